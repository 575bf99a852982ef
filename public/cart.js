// @ts-check

// The cart page: applies changes in place, whether made here or elsewhere. Without this script, its
// forms still work.

import { announce } from './announcer.js';
import { updateCartLink } from './cart-count.js';
import { enhanceLine, isAvailable, replaceText, showAvailable, showLine } from './cart-line.js';
import { followCart } from './cart-live.js';
import { sendCartForm, unitsIn } from './cart-request.js';
import { showWarning, warningSentence } from './cart-warnings.js';
import { all, byId, dataOf, one } from './dom.js';
import { t, tPlural } from './i18n.js';
import { priceText } from './product-format.js';
import { toast } from './toast.js';

const page = byId('cart');
const heading = byId('cart-heading');
const list = byId('lines');
/** The form, which a visitor without a cart does not have. */
const purchase = document.querySelector('form#purchase');
const emptyForm = one(page, '[data-empty]', HTMLFormElement);

/** Version of the cart on the page. */
let shownVersion = 0;
/** Requests of this page in progress; the changes they cause are not announced. */
let inFlight = 0;

for (const line of lines()) enhance(line);
emptyForm.addEventListener('submit', (event) => {
  event.preventDefault();
  empty();
});
if (purchase) ignoreDoubleClicks(purchase);
if (page.dataset.cart) followCart(page, { onCart, onProduct });

function lines() {
  return all(list, '[data-line]');
}

/** @param {HTMLElement} line */
function enhance(line) {
  enhanceLine(line, { send, onCart: showCart, onRemoved });
}

/** @param {HTMLFormElement} form */
async function send(form) {
  inFlight += 1;
  const result = await sendCartForm(form);
  inFlight -= 1;
  return result;
}

async function empty() {
  const { cart, problem } = await send(emptyForm);
  if (!cart) {
    toast(problem, { kind: 'bad' });
    return;
  }
  showCart(cart);
  announce(t('cart-emptied'));
  heading.focus();
}

/**
 * Moves the focus to the neighbour's button, or to the heading if there is none.
 *
 * @param {HTMLElement} line
 * @param {Cart} cart
 * @param {Element | null} neighbour
 */
function onRemoved(line, cart, neighbour) {
  showCart(cart);
  (neighbour ? one(neighbour, '[data-remove] button') : heading).focus();
  announce(t('cart-removed', { title: dataOf(line, 'title') }));
}

/**
 * A state of the cart from the stream.
 *
 * @param {Cart} cart
 * @param {CartReason} reason
 */
function onCart(cart, reason) {
  const isNew = cart.version > shownVersion && inFlight === 0;
  const hadLines = list.children.length > 0;
  showCart(cart);
  if (reason === 'short') toast(t('cart-notice-short'), { kind: 'bad' });
  if (reason === 'expired') toast(t('cart-notice-expired'), { kind: 'bad' });
  if (reason === 'available') toast(t('cart-notice-available'));
  if (reason === 'price') toast(t('cart-notice-price', { total: priceText(cart.total) }));
  if (reason === 'changed' && isNew && hadLines && cart.products.length === 0) {
    toast(t('cart-notice-bought'));
  }
}

/**
 * A state from the stream of a product in the cart.
 *
 * @param {Product} product
 */
function onProduct(product) {
  const line = findLine(product._id);
  if (line) showAvailable(line, product.available);
}

/** @param {string} id */
function findLine(id) {
  return lines().find((line) => line.dataset.productId === id);
}

/**
 * Shows a cart; ignores a version older than the one on the page.
 *
 * @param {Cart} cart
 */
async function showCart(cart) {
  if (cart.version < shownVersion) return;
  shownVersion = cart.version;
  const missing = new Map(cart.products.map((entry) => [entry.product._id, entry]));
  for (const line of lines()) {
    const id = dataOf(line, 'productId');
    const entry = missing.get(id);
    missing.delete(id);
    if (entry) showLine(line, entry);
    else line.remove();
  }
  showWarning(warningSentence(cart));
  showSummary(cart);
  updateCartLink(cart);
  if (missing.size > 0) await fetchLines(new Set(missing.keys()));
}

/** @param {Cart} cart */
function showSummary(cart) {
  const units = unitsIn(cart);
  one(page, '[data-units]').textContent = tPlural('cart-count', units);
  for (const element of all(page, '[data-total]')) {
    replaceText(element, priceText(cart.total));
  }
  page.hidden = units === 0;
  byId('cart-empty').hidden = units > 0;
  if (purchase) showPurchase(purchase, cart);
}

/**
 * @param {Element} form
 * @param {Cart} cart
 */
function showPurchase(form, cart) {
  const available = cart.products.filter(isAvailable).length;
  one(form, '[name="total"]', HTMLInputElement).value = String(cart.total);
  const buy = one(form, '[data-buy]');
  buy.textContent = t('purchase-action', { total: priceText(cart.total) });
  buy.hidden = available < cart.products.length;
  const isPartial = available > 0 && available < cart.products.length;
  one(form, '[data-partial]').hidden = !isPartial;
}

/**
 * Adds lines that another page added, as the server renders them.
 *
 * @param {Set<string>} ids
 */
async function fetchLines(ids) {
  try {
    const response = await fetch(location.href, { headers: { Accept: 'text/html' } });
    const html = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const line of all(html, '[data-line]')) {
      const id = dataOf(line, 'productId');
      if (!ids.has(id) || findLine(id)) continue;
      const adopted = document.adoptNode(line);
      list.append(adopted);
      enhance(adopted);
    }
  } catch {
    // Offline, which the status line shows; the next connection starts with the whole cart.
  }
}

/**
 * The form's key would also keep a double click from buying twice.
 *
 * @param {Element} form
 */
function ignoreDoubleClicks(form) {
  let sent = false;
  form.addEventListener('submit', (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener('pageshow', () => { sent = false; });
}
