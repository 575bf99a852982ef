// The live page: the stream's changes go to the list, and what they were to the feed beside it.

import { announceChange } from './announcer.js';
import { LiveFeed } from './live-feed.js';
import { LiveList } from './live-list.js';
import { showExtra } from './live-status.js';
import { followProducts } from './product-stream.js';
import { counted, text } from './texts.js';

const root = document.getElementById('live');
const totalLine = root.querySelector('[data-live-total]');
const list = new LiveList({ newRows: root.dataset.newRows, pages: Number(root.dataset.pages) });
const feed = new LiveFeed();
let total = Number(totalLine.dataset.total);

followProducts({
  root,
  knownIds: () => list.ids(),
  onProduct,
  onGone,
  onWhole: showTotal,
  onViewers: (count) => showExtra(counted('viewers', count)),
});

function onProduct(product, action) {
  const { _id: id, title } = product;
  const row = list.find(id);
  if (row) {
    const changes = list.patch(row, product);
    // A repeated or invisible change, such as one of the version alone, is no news.
    if (changes.length > 0) tell({ id, title, kind: 'changed', changes });
    return;
  }
  list.add(product);
  if (action === 'created') {
    showTotal(total + 1);
    tell({ id, title, kind: 'created' });
  } else if (action === 'updated') {
    tell({ id, title, kind: 'changed' });
  }
}

function onGone(id) {
  const row = list.find(id);
  // A change that found nothing any more and the deletion itself may both tell of one product's end.
  if (row?.classList.contains('leaving')) return;
  showTotal(Math.max(0, total - 1));
  if (!row) return;
  list.remove(row);
  tell({ id, title: row.querySelector('[data-field="title"]').textContent, kind: 'deleted' });
}

function showTotal(count) {
  total = count;
  totalLine.textContent = counted('live-total', total);
}

function tell(happening) {
  feed.note(happening);
  const what = (happening.changes ?? [])
    .filter((change) => change.field === 'price' || change.field === 'stock')
    .map((change) => `${text(`feed-${change.field}`)} ${text('feed-from-to', change)}`);
  announceChange(`${happening.title}: ${what.join(', ') || text(`feed-${happening.kind}`)}`);
}
