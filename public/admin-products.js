// @ts-check

// The table of products: editable in place, and updated live when others change a product.

import { announce } from './announcer.js';
import { cancelDelete, enhanceDelete } from './admin-delete.js';
import { Row } from './admin-row.js';
import { showSessionExpired } from './admin-session.js';
import { acceptDrops, describeUploadError, upload } from './admin-upload.js';
import { all, byId, one } from './dom.js';
import { t, tPlural } from './i18n.js';
import { followProducts } from './product-stream.js';
import { toast } from './toast.js';

const table = byId('product-table');
/** @type {Map<string, Row>} */
const rows = new Map();

for (const element of all(table, 'tbody tr')) enhance(new Row(element));
followProducts({
  root: table,
  ids: [...rows.keys()],
  knownIds: () => [...rows.keys()],
  onProduct: (product) => rows.get(product._id)?.show(product),
  onGone,
});

/** @param {string} id */
function onGone(id) {
  const row = rows.get(id);
  if (!row) return;
  cancelDelete(row);
  toast(t('admin-gone-now', { title: row.title }));
  remove(row);
}

/** @param {Row} row */
function enhance(row) {
  rows.set(row.id, row);
  enhanceDelete(row, () => remove(row));
  acceptDrops(row.element, 'dropping', (files) => addPictures(row, files));
}

/**
 * Moves the focus to the neighbour, or to the top of the page if there is none.
 *
 * @param {Row} row
 */
function remove(row) {
  rows.delete(row.id);
  const { element } = row;
  const hadFocus = element.contains(document.activeElement);
  const neighbour = element.nextElementSibling ?? element.previousElementSibling;
  element.remove();
  if (hadFocus) (neighbour ? one(neighbour, 'button.cell') : byId('main')).focus();
}

/**
 * @param {Row} row
 * @param {File[]} files
 */
async function addPictures(row, files) {
  const bar = one(row.element, '.product-table-progress', HTMLProgressElement);
  bar.setAttribute('aria-label', `${t('admin-uploading')}: ${row.title}`);
  bar.hidden = false;
  const result = await upload(row.id, files, (fraction) => { bar.value = fraction; });
  bar.hidden = true;
  if (result.ok) {
    row.show(result.payload, { quiet: true });
    announce(tPlural('admin-picture-added', files.length));
  } else if (result.status === 401) {
    showSessionExpired();
  } else {
    toast(describeUploadError(result), { kind: 'bad' });
  }
}
