// @ts-check

// The live page: applies changes of the stream to the list, and adds them to the feed.

import { announceChange } from './announcer.js';
import { byId, dataOf, one } from './dom.js';
import { t, tPlural } from './i18n.js';
import { LiveFeed } from './live-feed.js';
import { LiveList } from './live-list.js';
import { showExtra } from './live-status.js';
import { followProducts } from './product-stream.js';

const root = byId('live');
const totalLine = one(root, '[data-live-total]');
const list = new LiveList({ newRows: dataOf(root, 'newRows'), pages: Number(root.dataset.pages) });
const feed = new LiveFeed();
let total = Number(totalLine.dataset.total);

followProducts({
  root,
  knownIds: () => list.ids(),
  onProduct,
  onGone,
  onSnapshot: showTotal,
  onViewers: (count) => showExtra(tPlural('viewers', count)),
});

/**
 * @param {Product} product
 * @param {ProductAction | null} action
 */
function onProduct(product, action) {
  const { _id: id, title } = product;
  const row = list.find(id);
  if (row) {
    const changes = list.update(row, product);
    // Nothing visible changed: a repeated frame, or a change of the version only.
    if (changes.length > 0) notify({ id, title, kind: 'changed', changes });
    return;
  }
  list.add(product);
  if (action === 'created') {
    showTotal(total + 1);
    notify({ id, title, kind: 'created' });
  } else if (action === 'updated') {
    notify({ id, title, kind: 'changed' });
  }
}

/** @param {string} id */
function onGone(id) {
  const row = list.find(id);
  // One deletion can arrive twice: as a change without a product, and as the deletion itself.
  if (row?.classList.contains('leaving')) return;
  showTotal(Math.max(0, total - 1));
  if (!row) return;
  list.remove(row);
  notify({ id, title: one(row, '[data-field="title"]').textContent, kind: 'deleted' });
}

/** @param {number} count */
function showTotal(count) {
  total = count;
  totalLine.textContent = tPlural('live-total', total);
}

/** @param {FeedChange} change */
function notify(change) {
  feed.add(change);
  const details = (change.changes ?? [])
    .filter(({ field }) => field === 'price' || field === 'stock')
    .map(({ field, from, to }) => `${t(`feed-${field}`)} ${t('feed-from-to', { from, to })}`);
  announceChange(`${change.title}: ${details.join(', ') || t(`feed-${change.kind}`)}`);
}
