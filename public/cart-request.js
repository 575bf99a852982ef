// @ts-check

// Sends cart forms without leaving the page. The server answers with the cart instead of a
// redirect.

import { t } from './i18n.js';

/**
 * @param {HTMLFormElement} form
 * @returns {Promise<CartResult>}
 */
export async function sendCartForm(form) {
  try {
    // These forms have no files.
    const fields = /** @type {[string, string][]} */ ([...new FormData(form)]);
    const response = await fetch(form.action, {
      method: 'POST',
      headers: { Accept: 'application/json' },
      body: new URLSearchParams(fields),
    });
    const body = await response.json();
    if (response.ok) return { cart: body.payload };
    return { problem: describe(body), available: body.available };
  } catch {
    // No connection, or a body that is not JSON, such as a proxy's error page.
    return { problem: t('problem-unreachable') };
  }
}

/**
 * The reason as the server writes it on its pages. A request that did not reach the form has none.
 *
 * @param {Problem} problem
 */
function describe({ text, code }) {
  return text ?? t(code === 'rate_limited' ? 'problem-too-many' : 'problem-other');
}

/** @param {Cart} cart */
export const unitsIn = (cart) => cart.products.reduce((sum, line) => sum + line.quantity, 0);
