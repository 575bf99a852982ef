// Follows one cart: the page hears at once when somebody else takes, changes or buys what is in it.

import { connect } from './live.js';
import { statusLine } from './live-status.js';

/**
 * root carries data-cart and data-socket. onCart(cart, reason) gets every state of the cart; reason is "snapshot" for
 * the first one of a connection. onProduct(product) is told of a new state of something in the cart.
 */
export function followCart(root, { onCart, onProduct }) {
  const frames = {
    cart: ({ cart, reason }) => onCart(cart, reason),
    update_products: ({ product }) => product && onProduct(product),
  };
  const showState = statusLine(() => connection.retryNow());
  // Each connection begins with the whole cart, so there is no place to resume from.
  const connection = connect({
    path: root.dataset.socket,
    params: { cart: root.dataset.cart, snapshot: 'false' },
    onFrame: (event, data) => frames[event]?.(data),
    onState: showState,
  });
}
