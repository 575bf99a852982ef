// @ts-check

// A row of the product table: edits values in place, and resolves conflicts with other people's
// changes.

import { announce } from './announcer.js';
import { callApi, describe, isSessionExpired, productPath } from './admin-api.js';
import { showConflict } from './admin-conflict.js';
import { openEditor } from './admin-editor.js';
import { showSessionExpired } from './admin-session.js';
import { FIELDS, isSame, toApiValue, toDisplayText, toInputValue } from './admin-values.js';
import { byId, dataOf, one } from './dom.js';
import { t } from './i18n.js';
import { highlight, renderPicture } from './product-render.js';
import { toast } from './toast.js';

/** A busy product may change repeatedly while one of its values is saved. */
const MAX_ATTEMPTS = Number(byId('product-table').dataset.attempts);

export class Row {
  /** @type {Map<ProductField, HTMLButtonElement>} */
  #cells = new Map();
  /** @type {Map<ProductField, ReturnType<typeof openEditor>>} */
  #editors = new Map();
  /** @type {number} */
  #version;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.id = dataOf(element, 'productId');
    this.#version = Number(element.dataset.version);
    for (const field of FIELDS) this.#enhance(field);
    this.#updateLabels();
  }

  get version() { return this.#version; }
  get title() { return this.#value('title'); }

  /**
   * Shows a new state of the product; an open editor keeps its value and shows a warning.
   *
   * @param {Product} product
   */
  show(product, { quiet = false } = {}) {
    this.#version = product.version;
    this.element.dataset.version = String(product.version);
    for (const field of FIELDS) this.#showValue(field, toInputValue(product, field), quiet);
    renderPicture(one(this.element, '.product-table-picture img', HTMLImageElement), product);
    this.#updateLabels();
  }

  /** @param {ProductField} field */
  #cell(field) {
    return /** @type {HTMLButtonElement} */ (this.#cells.get(field));
  }

  /** @param {ProductField} field */
  #value(field) {
    return dataOf(this.#cell(field), 'value');
  }

  /** @param {ProductField} field */
  #enhance(field) {
    const span = one(this.element, `[data-cell="${field}"]`);
    const button = document.createElement('button');
    button.type = 'button';
    button.className = span.className;
    Object.assign(button.dataset, span.dataset);
    button.textContent = span.textContent;
    span.replaceWith(button);
    this.#cells.set(field, button);
    button.addEventListener('click', () => {
      if (field === 'status') this.#toggleStatus();
      else this.#openEditor(field);
    });
    button.addEventListener('keydown', (event) => moveBetweenRows(event, button));
  }

  #updateLabels() {
    const { title } = this;
    for (const [field, cell] of this.#cells) {
      const value = toDisplayText(field, this.#value(field));
      const label = t('admin-edit-cell', { field: t(`field-${field}`), title, value });
      cell.setAttribute('aria-label', label);
    }
    const remove = one(this.element, '[data-delete]');
    remove.setAttribute('aria-label', t('admin-delete-title', { title }));
    const edit = one(this.element, '.product-table-actions a');
    edit.setAttribute('aria-label', t('admin-edit-title', { title }));
  }

  /**
   * @param {ProductField} field
   * @param {string} value
   * @param {boolean} quiet
   */
  #showValue(field, value, quiet) {
    const cell = this.#cell(field);
    if (isSame(field, this.#value(field), value)) return;
    cell.dataset.value = value;
    const text = toDisplayText(field, value);
    cell.textContent = text;
    this.#editors.get(field)?.warn(value, t('admin-changed-here', { value: text }));
    if (!quiet) highlight(cell);
  }

  /** @param {ProductField} field */
  #openEditor(field) {
    const cell = this.#cell(field);
    const base = this.#value(field);
    const label = `${t(`field-${field}`)}, ${this.title}`;
    this.#editors.set(field, openEditor(cell, {
      field,
      label,
      value: base,
      save: (value) => this.#save(field, value, base),
      onClose: (focus) => {
        this.#editors.delete(field);
        if (focus) cell.focus();
      },
    }));
  }

  async #toggleStatus() {
    const cell = this.#cell('status');
    if (cell.ariaBusy === 'true') return;
    cell.ariaBusy = 'true';
    const base = this.#value('status');
    const error = await this.#save('status', base === 'true' ? 'false' : 'true', base);
    cell.ariaBusy = 'false';
    if (error !== null) toast(error, { kind: 'bad' });
  }

  /**
   * Saves a value that was edited from base. Resolves to null if it was saved or a conflict is
   * shown, else to an error.
   *
   * @param {ProductField} field
   * @param {string} value
   * @param {string} base
   */
  async #save(field, value, base) {
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
      if (!isSame(field, this.#value(field), base)) {
        this.#resolveConflict(field, value);
        return null;
      }
      const body = { [field]: toApiValue(field, value) };
      const result = await callApi('PUT', productPath(this.id), { body, version: this.#version });
      if (result.ok) {
        this.show(result.payload, { quiet: true });
        this.#announceSaved(field, value);
        return null;
      }
      if (result.status !== 412) return this.#describeFailure(result, field);
      // Someone else changed the product. If they changed another field, try again.
      const current = await callApi('GET', productPath(this.id));
      if (!current.ok) return this.#describeFailure(current, field);
      this.show(current.payload);
    }
    return t('problem-too-many');
  }

  /**
   * @param {ProductField} field
   * @param {string} value
   */
  #announceSaved(field, value) {
    announce(t('admin-saved', {
      field: t(`field-${field}`),
      title: this.title,
      value: toDisplayText(field, value),
    }));
  }

  /**
   * @param {ApiFailure} failure
   * @param {ProductField} field
   */
  #describeFailure(failure, field) {
    if (isSessionExpired(failure)) showSessionExpired();
    return describe(failure, field);
  }

  /**
   * Lets the admin choose, unless both values are the same.
   *
   * @param {ProductField} field
   * @param {string} mine
   */
  #resolveConflict(field, mine) {
    const theirs = this.#value(field);
    if (isSame(field, mine, theirs)) return;
    this.#editors.get(field)?.close(false);
    showConflict(this.#cell(field), {
      field,
      mine,
      theirs,
      keep: async () => {
        const error = await this.#save(field, mine, this.#value(field));
        if (error !== null) toast(error, { kind: 'bad' });
      },
      take: () => announce(toDisplayText(field, this.#value(field))),
    });
  }
}

/**
 * The up and down arrows move to the same column of the neighbouring rows.
 *
 * @param {KeyboardEvent} event
 * @param {HTMLElement} cell
 */
function moveBetweenRows(event, cell) {
  const row = cell.closest('tr');
  let neighbour = null;
  if (event.key === 'ArrowUp') neighbour = row?.previousElementSibling;
  if (event.key === 'ArrowDown') neighbour = row?.nextElementSibling;
  if (!neighbour) return;
  event.preventDefault();
  one(neighbour, `button[data-cell="${cell.dataset.cell}"]`).focus();
}
