// @ts-check

// Warnings about lines that left the cart because their products were deleted.

import { byId, one } from './dom.js';
import { tPlural } from './i18n.js';

/**
 * One sentence for the cart's warnings, or "".
 *
 * @param {Cart} cart
 */
export function warningSentence(cart) {
  const dropped = cart.warnings.filter(({ code }) => code === 'product_deleted').length;
  return dropped > 0 ? tPlural('cart-warning-dropped', dropped) : '';
}

/**
 * Shows the warning above the cart. A later cart without warnings leaves it there: it is still
 * true.
 *
 * @param {string} sentence
 */
export function showWarning(sentence) {
  if (sentence === '') return;
  const notice = byId('cart-warnings');
  const item = document.createElement('li');
  item.textContent = sentence;
  one(notice, 'ul').replaceChildren(item);
  notice.hidden = false;
}
