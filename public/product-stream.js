// @ts-check

// Follows the product stream for a page that already shows products: applies changes, and snapshots
// after a gap.

import { dataOf } from './dom.js';
import { connect } from './live.js';
import { statusLine } from './live-status.js';

const noop = () => {};

/**
 * A page's products, and its reactions to changes.
 *
 * @typedef {object} ProductFollower
 * @property {HTMLElement} root Has data-socket and data-cursor.
 * @property {string[] | null} [ids] Limits the stream.
 * @property {() => string[]} knownIds The ids on the page.
 * @property {(product: Product, action: ProductAction | null) => void} onProduct Gets every new
 *   state; action is null in a snapshot.
 * @property {(id: string) => void} onGone Called for a deleted product.
 * @property {(count: number) => void} [onSnapshot] Called at the end of a snapshot.
 * @property {(count: number) => void} [onViewers] Called when the number of viewers of the shop
 *   changes.
 */

/** @param {ProductFollower} follower */
export function followProducts({
  root, ids = null, knownIds, onProduct, onGone, onSnapshot = noop, onViewers = noop,
}) {
  // During a snapshot: ids on the page that the snapshot has not contained yet.
  /** @type {Set<string> | null} */
  let unconfirmed = null;
  let snapshotCount = 0;

  /** @type {FrameHandlers} */
  const handlers = {
    welcome({ resumed }) {
      unconfirmed = resumed ? null : new Set(knownIds());
      snapshotCount = 0;
      // An incomplete snapshot cannot be resumed.
      if (!resumed) connection.reached(null);
    },
    products({ products, remaining, cursor }) {
      for (const product of products) {
        unconfirmed?.delete(product._id);
        onProduct(product, null);
      }
      snapshotCount += products.length;
      if (remaining > 0) return;
      for (const id of unconfirmed ?? []) onGone(id);
      unconfirmed = null;
      onSnapshot(snapshotCount);
      connection.reached(cursor);
    },
    'update_products'({ id, action, product, cursor }) {
      unconfirmed?.delete(id);
      if (product === null || action === 'deleted') onGone(id);
      else onProduct(product, action);
      if (unconfirmed === null) connection.reached(cursor);
    },
    position({ cursor }) {
      if (unconfirmed === null) connection.reached(cursor);
    },
    viewers({ count }) {
      onViewers(count);
    },
  };

  const showState = statusLine(() => connection.retryNow());
  // The socket opens asynchronously, so `connection` is set before the first frame.
  const connection = connect({
    path: dataOf(root, 'socket'),
    params: ids ? { ids: ids.join(',') } : {},
    since: root.dataset.cursor || null,
    handlers,
    onState: showState,
  });
}
