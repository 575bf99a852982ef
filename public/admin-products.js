// The table of products: its rows can be changed in place, and follow whoever else changes them.

import { announce } from './announcer.js';
import { forget, wakeDelete } from './admin-delete.js';
import { Row } from './admin-row.js';
import { overSession } from './admin-session.js';
import { pictureProblem, takeDrops, upload } from './admin-upload.js';
import { followProducts } from './product-stream.js';
import { counted, text } from './texts.js';
import { toast } from './toast.js';

const table = document.getElementById('goods');
const rows = new Map();

for (const element of table.tBodies[0].rows) wake(new Row(element));
followProducts({
  root: table,
  ids: [...rows.keys()],
  knownIds: () => [...rows.keys()],
  onProduct: (product) => rows.get(product._id)?.show(product),
  onGone,
});

function onGone(id) {
  const row = rows.get(id);
  if (!row) return;
  forget(row);
  toast(text('admin-gone-now', { title: row.title }));
  takeOut(row);
}

function wake(row) {
  rows.set(row.id, row);
  wakeDelete(row, takeOut);
  takeDrops(row.element, 'dropping', (files) => addPictures(row, files));
}

// The focus goes on to the neighbour, or to the top when there is none.
function takeOut(row) {
  rows.delete(row.id);
  const { element } = row;
  const hadFocus = element.contains(document.activeElement);
  const neighbour = element.nextElementSibling ?? element.previousElementSibling;
  element.remove();
  if (!hadFocus) return;
  (neighbour?.querySelector('button.cell') ?? document.getElementById('main')).focus();
}

async function addPictures(row, files) {
  const bar = row.element.querySelector('.goods-progress');
  bar.setAttribute('aria-label', `${text('admin-uploading')}: ${row.title}`);
  bar.hidden = false;
  const answer = await upload(row.id, files, (part) => { bar.value = part; });
  bar.hidden = true;
  if (answer.ok) {
    row.show(answer.payload, { quiet: true });
    announce(counted('admin-picture-added', files.length));
  } else if (answer.status === 401) {
    overSession();
  } else {
    toast(pictureProblem(answer), { kind: 'bad' });
  }
}
