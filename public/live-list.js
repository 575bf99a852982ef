// @ts-check

// The rows of the live page: updated in place, inserted and removed without moving focus or scroll.

import { all, byId, dataOf, one } from './dom.js';
import { renderPicture, renderProduct } from './product-render.js';

const MAX_ROWS = Number(byId('live').dataset.maxRows);
const REMOVE_DELAY_MS = 2500;
const ARRIVING_MS = 2000;
/**
 * How often, a second apart, a pointer on the list may postpone a removal: rows under it should not
 * move.
 */
const MAX_POSTPONEMENTS = 6;

export class LiveList {
  #rows = byId('rows');
  #empty = byId('rows-empty');
  #overflow = byId('rows-overflow');
  #template = byId('row-template', HTMLTemplateElement);
  #newRows;
  #isOnlyPage;

  /**
   * @param {object} place
   * @param {string} place.newRows Where a new product goes: "end", "start" or "none".
   * @param {number} place.pages
   */
  constructor({ newRows, pages }) {
    this.#newRows = newRows;
    this.#isOnlyPage = pages <= 1;
  }

  ids() {
    return all(this.#rows, '.row').map((row) => dataOf(row, 'productId'));
  }

  /** @param {string} id */
  find(id) {
    return all(this.#rows, `[data-product-id="${CSS.escape(id)}"]`)[0];
  }

  /**
   * Updates a row; returns what changed.
   *
   * @param {HTMLElement} row
   * @param {Product} product
   */
  update(row, product) {
    const changes = renderProduct(row, product);
    if (renderPicture(one(row, 'img', HTMLImageElement), product)) {
      changes.push({ field: 'picture', from: '', to: '' });
    }
    return changes;
  }

  /**
   * Inserts a row if it belongs on this page and fits; false if not.
   *
   * @param {Product} product
   */
  add(product) {
    if (!this.#belongsHere(product)) return false;
    if (this.#rows.childElementCount >= MAX_ROWS) {
      if (this.#newRows === 'end') {
        this.#overflow.hidden = false;
        return false;
      }
      this.#rows.lastElementChild?.remove();
    }
    const row = this.#create(product);
    if (this.#newRows === 'end') this.#rows.append(row);
    else this.#rows.prepend(row);
    this.#empty.hidden = true;
    row.classList.add('arriving');
    setTimeout(() => row.classList.remove('arriving'), ARRIVING_MS);
    return true;
  }

  /**
   * Dims a row and removes it later: never while it has the focus, and postponed while the list is
   * hovered.
   *
   * @param {HTMLElement} row
   */
  remove(row) {
    row.classList.add('leaving');
    one(row, 'form button').setAttribute('aria-disabled', 'true');
    let postponements = 0;
    const removeNow = () => {
      const isHovered = this.#rows.matches(':hover') && ++postponements < MAX_POSTPONEMENTS;
      if (isHovered || row.contains(document.activeElement)) {
        setTimeout(removeNow, 1000);
        return;
      }
      row.remove();
      this.#empty.hidden = this.#rows.childElementCount > 0;
    };
    setTimeout(removeNow, REMOVE_DELAY_MS);
  }

  /**
   * Ids increase with time. With several pages, an unknown product may be on another one.
   *
   * @param {Product} product
   */
  #belongsHere(product) {
    if (this.#newRows === 'none') return false;
    if (this.#isOnlyPage) return true;
    const edge = this.ids().at(this.#newRows === 'end' ? -1 : 0);
    return edge === undefined || product._id > edge;
  }

  /** @param {Product} product */
  #create(product) {
    const row = /** @type {HTMLElement} */ (one(this.#template.content, '.row').cloneNode(true));
    row.dataset.productId = product._id;
    one(row, '.row-title a', HTMLAnchorElement).href = `/products/${product._id}`;
    one(row, 'input[name="product"]', HTMLInputElement).value = product._id;
    renderProduct(row, product, { quiet: true });
    renderPicture(one(row, 'img', HTMLImageElement), product);
    return row;
  }
}
