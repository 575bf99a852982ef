// The number on the cart in the header.

import { piecesIn } from './cart-request.js';
import { counted } from './texts.js';

const link = document.getElementById('cart-link');
const KEPT = 'vitrina-cart';

/** Shows how much is in that cart, here and on pages of this tab that the browser brings back as they were. */
export function showCart(cart) {
  const seen = { url: `/carts/${cart._id}`, pieces: piecesIn(cart) };
  paint(seen);
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(seen));
  } catch {
    // Storage may be closed to us; then a page brought back shows its old number until the next load.
  }
}

function paint({ url, pieces }) {
  const number = link.querySelector('[data-cart-count]');
  link.href = url;
  number.textContent = pieces;
  number.hidden = pieces === 0;
  link.querySelector('[data-cart-count-text]').textContent = counted('cart-count', pieces);
}

addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  try {
    const seen = JSON.parse(sessionStorage.getItem(KEPT));
    if (seen) paint(seen);
  } catch {
    // As above.
  }
});
