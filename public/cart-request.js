// @ts-check

// Sends cart forms without leaving the page. The server answers with the cart instead of a
// redirect.

import { t, tPlural } from './i18n.js';

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

/** @param {Problem} problem */
function describe({ code, detail, available = 0 }) {
  switch (code) {
    case 'insufficient_stock':
      return available > 0 ? tPlural('cart-only', available) : t('cart-sold-out');
    case 'not_for_sale':
      return t('cart-not-for-sale');
    case 'not_found':
      return t('cart-product-gone');
    case 'rate_limited':
      return t('problem-too-many');
    case 'validation':
      return detail || t('problem-other');
    default:
      return t('problem-other');
  }
}

/** @param {Cart} cart */
export const unitsIn = (cart) => cart.products.reduce((sum, line) => sum + line.quantity, 0);
