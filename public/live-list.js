// The rows of the live page: found by id, patched in place, added and taken out without moving focus or scroll.

import { paint, paintPicture } from './product-paint.js';

const MOST_ROWS = 200;
const GONE_STAYS = 2500;
const ARRIVING = 2000;
/** Seconds that a pointer on the list holds a gone row: what one is about to press should not move. */
const MOST_WAITS = 6;

export class LiveList {
  #rows = document.getElementById('rows');
  #empty = document.getElementById('rows-empty');
  #overflow = document.getElementById('rows-overflow');
  #mould = document.getElementById('row-mould');
  #newRows;
  #onlyPage;

  constructor({ newRows, pages }) {
    this.#newRows = newRows;
    this.#onlyPage = pages <= 1;
  }

  ids() {
    return Array.from(this.#rows.children, (row) => row.dataset.productId);
  }

  find(id) {
    return this.#rows.querySelector(`[data-product-id="${CSS.escape(id)}"]`);
  }

  /** Patches a row; gives what changed, as [{field, from, to}]. */
  patch(row, product) {
    const changes = paint(row, product);
    if (paintPicture(row.querySelector('img'), product)) changes.push({ field: 'picture', from: '', to: '' });
    return changes;
  }

  /** Adds a row where this page has room for it; false when it belongs to another page. */
  add(product) {
    if (!this.#belongsHere(product)) return false;
    if (this.#rows.childElementCount >= MOST_ROWS) {
      if (this.#newRows === 'end') {
        this.#overflow.hidden = false;
        return false;
      }
      this.#rows.lastElementChild.remove();
    }
    const row = this.#make(product);
    if (this.#newRows === 'end') this.#rows.append(row);
    else this.#rows.prepend(row);
    this.#empty.hidden = true;
    row.classList.add('arriving');
    setTimeout(() => row.classList.remove('arriving'), ARRIVING);
    return true;
  }

  /** Greys a row, then takes it out: not while the focus is in it, nor at once while a pointer is on the list. */
  remove(row) {
    row.classList.add('leaving');
    const form = row.querySelector('form');
    form.querySelector('button').setAttribute('aria-disabled', 'true');
    let waits = 0;
    const leave = () => {
      const inTheWay = this.#rows.matches(':hover') && ++waits < MOST_WAITS;
      if (inTheWay || row.contains(document.activeElement)) {
        setTimeout(leave, 1000);
        return;
      }
      row.remove();
      this.#empty.hidden = this.#rows.childElementCount > 0;
    };
    setTimeout(leave, GONE_STAYS);
  }

  // Ids grow with time. On one of several pages, a product that is unknown here may simply stand on another.
  #belongsHere(product) {
    if (this.#newRows === 'none') return false;
    if (this.#onlyPage) return true;
    const edge = this.#newRows === 'end' ? this.#rows.lastElementChild : this.#rows.firstElementChild;
    return edge === null || product._id > edge.dataset.productId;
  }

  #make(product) {
    const row = this.#mould.content.firstElementChild.cloneNode(true);
    row.dataset.productId = product._id;
    row.querySelector('.row-title a').href = `/products/${product._id}`;
    row.querySelector('input[name="product"]').value = product._id;
    paint(row, product, { quiet: true });
    paintPicture(row.querySelector('img'), product);
    return row;
  }
}
