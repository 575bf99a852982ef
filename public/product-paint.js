// Brings a product's place on a page up to date: touches only what differs, and marks the numbers that moved.

import { isBuyable, pictureOf, priceText, stockState, stockText } from './product-words.js';
import { text } from './texts.js';

const MARKED = 2000;
const STAND_IN = new URL('./placeholder.svg', import.meta.url).href;
const marks = new WeakMap();

/** The element that holds a product's facts has data-product-id, -price, -available and -status; fields may lie in root. */
export function paint(holder, product, { root = holder, quiet = false } = {}) {
  const changes = [];
  const set = (field, words, noticeable) => {
    const places = root.querySelectorAll(`[data-field="${field}"]`);
    const before = places[0]?.textContent;
    if (before === undefined || before === words) return;
    for (const place of places) {
      place.textContent = words;
      if (noticeable && !quiet) mark(place);
    }
    changes.push({ field, from: before, to: words });
  };

  set('title', product.title, false);
  set('price', priceText(product.price), true);
  set('stock', stockText(product), true);
  set('category', product.category, false);
  set('code', product.code, false);
  set('description', product.description, false);
  for (const place of root.querySelectorAll('[data-field="stock"]')) place.dataset.state = stockState(product);

  holder.dataset.price = product.price;
  holder.dataset.available = product.available;
  holder.dataset.status = product.status;
  if (changes.some((change) => change.field === 'title') || quiet) nameForm(root, product);
  setBuyable(root, isBuyable(product));
  return changes;
}

/** Shows the product's first picture in that image; true when it is another one than before. */
export function paintPicture(image, product) {
  const picture = pictureOf(product);
  const wanted = picture ? `${picture.src320} 320w, ${picture.src960} 960w` : '';
  if (wanted === (image.getAttribute('srcset') ?? '')) return false;
  if (picture) image.srcset = wanted;
  else image.removeAttribute('srcset');
  image.src = picture?.src320 ?? STAND_IN;
  image.alt = picture ? product.title : '';
  return true;
}

// A button that has the focus must not lose it by being disabled, so it only says that it is.
export function setBuyable(root, buyable) {
  const button = root.querySelector('form[data-add] button');
  if (!button) return;
  button.disabled = false;
  button.setAttribute('aria-disabled', String(!buyable));
}

function nameForm(root, product) {
  const form = root.querySelector('form[data-add]');
  if (!form) return;
  form.dataset.title = product.title;
  const button = form.querySelector('button');
  if (button.hasAttribute('aria-label')) button.setAttribute('aria-label', text('add-title-to-cart', { title: product.title }));
}

/** Lights an element from behind for two seconds; again from the start when it changes meanwhile. */
export function mark(element) {
  clearTimeout(marks.get(element));
  element.classList.remove('changed');
  // Reading the layout makes the browser see the class go, so that the animation starts anew.
  void element.offsetWidth;
  element.classList.add('changed');
  marks.set(element, setTimeout(() => element.classList.remove('changed'), MARKED));
}
