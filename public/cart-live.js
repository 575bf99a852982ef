// @ts-check

// Follows one cart: the page updates at once when someone else changes or buys what is in it.

import { dataOf } from './dom.js';
import { connect } from './live.js';
import { statusLine } from './live-status.js';

/**
 * A page's reactions to the frames of a cart.
 *
 * @typedef {object} CartFollower
 * @property {(cart: Cart, reason: CartReason) => void} onCart Gets every state of the cart; reason
 *   is "snapshot" for the first one of a connection.
 * @property {(product: Product) => void} onProduct Gets every new state of a product in the cart.
 */

/**
 * @param {HTMLElement} root Has data-cart and data-socket.
 * @param {CartFollower} follower
 */
export function followCart(root, { onCart, onProduct }) {
  const showState = statusLine(() => connection.retryNow());
  // Each connection starts with the whole cart, so there is no cursor to resume from.
  const connection = connect({
    path: dataOf(root, 'socket'),
    params: { cart: dataOf(root, 'cart'), snapshot: 'false' },
    handlers: {
      cart: ({ cart, reason }) => onCart(cart, reason),
      'update_products': ({ product }) => {
        if (product) onProduct(product);
      },
    },
    onState: showState,
  });
}
