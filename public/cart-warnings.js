// What an answer says of a cart that changed by itself: lines whose products left the shop.

import { counted } from './texts.js';

const KEPT = 'vitrina-cart-dropped';

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

/** The server tells of a dropped line once; the page that is loaded next shows what this one could not. */
export function keepWarning(sentence) {
  if (sentence === '') return;
  try {
    sessionStorage.setItem(KEPT, sentence);
  } catch {
    // Without storage the words are shown here, as long as this page still stands.
    showWarning(sentence);
  }
}

export function showKeptWarning() {
  try {
    showWarning(sessionStorage.getItem(KEPT) ?? '');
    sessionStorage.removeItem(KEPT);
  } catch {
    // Then nothing was kept either.
  }
}
