// @ts-check

// Updates a product on a page: changes only what differs, and highlights changed numbers.

import { all, one } from './dom.js';
import { t } from './i18n.js';
import { isBuyable, pictureOf, priceText, stockState, stockText } from './product-format.js';

const HIGHLIGHT_MS = 2000;
const PLACEHOLDER = new URL('./placeholder.svg', import.meta.url).href;
/** @type {WeakMap<Element, ReturnType<typeof setTimeout>>} */
const highlightTimers = new WeakMap();

/**
 * Updates all [data-field] elements in root, and the data-price, data-available and data-status of
 * holder. Returns what changed.
 *
 * @param {HTMLElement} holder
 * @param {Product} product
 * @param {{ root?: HTMLElement, quiet?: boolean }} options
 */
export function renderProduct(holder, product, { root = holder, quiet = false } = {}) {
  /** @type {FieldChange[]} */
  const changes = [];
  /** @type {(field: string, text: string, isHighlighted: boolean) => void} */
  const set = (field, text, isHighlighted) => {
    const elements = all(root, `[data-field="${field}"]`);
    const before = elements[0]?.textContent;
    if (before === undefined || before === text) return;
    for (const element of elements) {
      element.textContent = text;
      if (isHighlighted && !quiet) highlight(element);
    }
    changes.push({ field, from: before, to: text });
  };

  set('title', product.title, false);
  set('price', priceText(product.price), true);
  set('stock', stockText(product), true);
  for (const [field, value] of Object.entries(product)) {
    if (typeof value === 'string') set(field, value, false);
  }
  for (const element of all(root, '[data-field="stock"]')) {
    element.dataset.state = stockState(product);
  }

  holder.dataset.price = String(product.price);
  holder.dataset.available = String(product.available);
  holder.dataset.status = String(product.status);
  if (changes.some((change) => change.field === 'title') || quiet) labelForm(root, product);
  setBuyable(root, isBuyable(product));
  return changes;
}

/**
 * Shows the product's first picture; true if it differs from the one before.
 *
 * @param {HTMLImageElement} image
 * @param {Product} product
 */
export function renderPicture(image, product) {
  const picture = pictureOf(product);
  const srcset = picture ? `${picture.src320} 320w, ${picture.src960} 960w` : '';
  if (srcset === (image.getAttribute('srcset') ?? '')) return false;
  if (picture) image.srcset = srcset;
  else image.removeAttribute('srcset');
  image.src = picture?.src320 ?? PLACEHOLDER;
  image.alt = picture ? product.title : '';
  return true;
}

/**
 * `disabled` would take the focus from the button, so it is only marked as disabled.
 *
 * @param {HTMLElement} root
 * @param {boolean} buyable
 */
export function setBuyable(root, buyable) {
  const button = one(root, 'form[data-add] button', HTMLButtonElement);
  button.disabled = false;
  button.setAttribute('aria-disabled', String(!buyable));
}

/**
 * @param {HTMLElement} root
 * @param {Product} product
 */
function labelForm(root, product) {
  const form = one(root, 'form[data-add]');
  form.dataset.title = product.title;
  const button = one(form, 'button');
  if (!button.hasAttribute('aria-label')) return;
  button.setAttribute('aria-label', t('add-title-to-cart', { title: product.title }));
}

/**
 * Highlights an element for HIGHLIGHT_MS; restarts if it changes again meanwhile.
 *
 * @param {HTMLElement} element
 */
export function highlight(element) {
  clearTimeout(highlightTimers.get(element));
  element.classList.remove('changed');
  // Reading the layout makes the browser notice the removal, so the animation restarts.
  void element.offsetWidth;
  element.classList.add('changed');
  const timer = setTimeout(() => element.classList.remove('changed'), HIGHLIGHT_MS);
  highlightTimers.set(element, timer);
}
