// Follows the product stream for a page that already shows products: changes, and a whole snapshot when there was a gap.

import { connect } from './live.js';
import { statusLine } from './live-status.js';

const nothing = () => {};

/**
 * root carries data-socket and data-cursor. ids limits the stream. knownIds() gives the ids that the page shows.
 * onProduct(product, action) is told of a new state; action is null when it comes from a snapshot.
 * onGone(id) is told of a product that is no longer there, onWhole(count) of a snapshot's end, onViewers(count) of
 * how many pages of the whole shop look on.
 */
export function followProducts({ root, ids = null, knownIds, onProduct, onGone, onWhole = nothing, onViewers = nothing }) {
  // While a snapshot arrives: what the page shows and the snapshot has not named yet.
  let unconfirmed = null;
  let snapshotCount = 0;

  const frames = {
    welcome({ resumed }) {
      unconfirmed = resumed ? null : new Set(knownIds());
      snapshotCount = 0;
      // Half a snapshot is no place to resume from.
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
      onWhole(snapshotCount);
      connection.reached(cursor);
    },
    update_products({ id, action, product, cursor }) {
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
  // The socket opens in the next turn, so connection is there before its first frame.
  const connection = connect({
    path: root.dataset.socket,
    params: ids ? { ids: ids.join(',') } : {},
    since: root.dataset.cursor || null,
    onFrame: (event, data) => frames[event]?.(data),
    onState: showState,
  });
}
