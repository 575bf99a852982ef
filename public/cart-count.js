// @ts-check

// The cart link in the header, with its number of items.

import { unitsIn } from './cart-request.js';
import { byId, one } from './dom.js';
import { tPlural } from './i18n.js';

const link = byId('cart-link', HTMLAnchorElement);
const STORAGE_KEY = 'vitrina-cart';

/** @typedef {{ url: string, units: number }} CartState */

/**
 * Shows a cart's number of items, also on pages that this tab later restores from the back-forward
 * cache.
 *
 * @param {Cart} cart
 */
export function updateCartLink(cart) {
  const state = { url: `/carts/${cart._id}`, units: unitsIn(cart) };
  render(state);
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(state));
  } catch {
    // Without storage, a restored page shows its old number until the next load.
  }
}

/** @param {CartState} state */
function render({ url, units }) {
  const number = one(link, '[data-cart-count]');
  link.href = url;
  number.textContent = String(units);
  number.hidden = units === 0;
  one(link, '[data-cart-count-text]').textContent = tPlural('cart-count', units);
}

addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  try {
    const state = JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? 'null');
    if (state) render(state);
  } catch {
    // As above.
  }
});
