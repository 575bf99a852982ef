// Cart forms sent without leaving the page: the same form, the same address; the answer is the cart instead of a redirect.

import { counted, text } from './texts.js';

/** Sends a form. Gives {cart} when it was done, else {problem: a sentence, available?: what could be had}. */
export async function sendCartForm(form) {
  try {
    const response = await fetch(form.action, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams(new FormData(form)),
    });
    const answer = await response.json();
    if (response.ok) return { cart: answer.payload };
    return { problem: sentenceFor(answer), available: answer.available };
  } catch {
    // No connection, or an answer that is no JSON, as a proxy's error page is.
    return { problem: text('problem-unreachable') };
  }
}

function sentenceFor(problem) {
  switch (problem.code) {
    case 'insufficient_stock':
      return problem.available > 0 ? counted('cart-only', problem.available) : text('cart-sold-out');
    case 'not_for_sale':
      return text('cart-not-for-sale');
    case 'not_found':
      return text('cart-product-gone');
    case 'rate_limited':
      return text('problem-too-many');
    case 'validation':
      return problem.detail || text('problem-other');
    default:
      return text('problem-other');
  }
}

export const piecesIn = (cart) => cart.products.reduce((sum, line) => sum + line.quantity, 0);
