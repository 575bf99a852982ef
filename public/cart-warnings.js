// What an answer says of a cart that changed by itself: lines whose products left the shop.

import { counted } from './texts.js';

/** One sentence for the cart's warnings, or "". */
export function warningSentence(cart) {
  const dropped = cart.warnings.filter(({ code }) => code === 'product_deleted').length;
  return dropped > 0 ? counted('cart-warning-dropped', dropped) : '';
}

/** Shows the warning above the cart. A later answer without one leaves it there: it is still true. */
export function showWarning(sentence) {
  if (sentence === '') return;
  const notice = document.getElementById('cart-warnings');
  const item = document.createElement('li');
  item.textContent = sentence;
  notice.querySelector('ul').replaceChildren(item);
  notice.hidden = false;
}
