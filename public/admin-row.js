// One row of the table: its values become fields, and whoever else changes them is neither lost nor overwritten.

import { announce } from './announcer.js';
import { ask, isOver, pathOf, sentenceFor } from './admin-api.js';
import { showClash } from './admin-clash.js';
import { openEditor } from './admin-editor.js';
import { overSession } from './admin-session.js';
import { FIELDS, same, shown, valueOf, wanted } from './admin-values.js';
import { mark, paintPicture } from './product-paint.js';
import { text } from './texts.js';
import { toast } from './toast.js';

/** A busy product may change again and again while one value of it is stored. */
const MOST_TRIES = 5;

export class Row {
  #cells = new Map();
  #editors = new Map();
  #version;

  constructor(element) {
    this.element = element;
    this.id = element.dataset.productId;
    this.#version = Number(element.dataset.version);
    for (const field of FIELDS) this.#wake(field);
  }

  get version() { return this.#version; }
  get title() { return this.#cells.get('title').dataset.value; }

  /** Shows a product as it is now; a field that somebody has open is left alone, and told. */
  show(product, { quiet = false } = {}) {
    this.#version = product.version;
    this.element.dataset.version = product.version;
    for (const field of FIELDS) this.#showValue(field, valueOf(product, field), quiet);
    paintPicture(this.element.querySelector('.goods-picture img'), product);
    this.#name();
  }

  #wake(field) {
    const span = this.element.querySelector(`[data-cell="${field}"]`);
    const button = document.createElement('button');
    button.type = 'button';
    button.className = span.className;
    Object.assign(button.dataset, span.dataset);
    button.textContent = span.textContent;
    span.replaceWith(button);
    this.#cells.set(field, button);
    button.addEventListener('click', () => (field === 'status' ? this.#toggle() : this.#open(field)));
    button.addEventListener('keydown', (event) => stepBetweenRows(event, button));
    if (field === FIELDS.at(-1)) this.#name();
  }

  #name() {
    for (const [field, cell] of this.#cells) {
      const value = shown(field, cell.dataset.value);
      cell.setAttribute('aria-label', text('admin-edit-cell', { field: text(`admin-field-${field}`), title: this.title, value }));
    }
    const { title } = this;
    this.element.querySelector('[data-delete]').setAttribute('aria-label', text('admin-delete-title', { title }));
    this.element.querySelector('.goods-ways a').setAttribute('aria-label', text('admin-edit-title', { title }));
  }

  #showValue(field, value, quiet) {
    const cell = this.#cells.get(field);
    if (same(field, cell.dataset.value, value)) return;
    cell.dataset.value = value;
    cell.textContent = shown(field, value);
    this.#editors.get(field)?.warn(value, text('admin-changed-here', { value: shown(field, value) }));
    if (!quiet) mark(cell);
  }

  #open(field) {
    const cell = this.#cells.get(field);
    const base = cell.dataset.value;
    const label = `${text(`admin-field-${field}`)}, ${this.title}`;
    this.#editors.set(field, openEditor(cell, {
      field,
      label,
      value: base,
      save: (value) => this.#save(field, value, base),
      done: (focus) => {
        this.#editors.delete(field);
        if (focus) cell.focus();
      },
    }));
  }

  async #toggle() {
    const cell = this.#cells.get('status');
    if (cell.ariaBusy === 'true') return;
    cell.ariaBusy = 'true';
    const base = cell.dataset.value;
    const problem = await this.#save('status', base === 'true' ? 'false' : 'true', base);
    cell.ariaBusy = 'false';
    if (problem !== null) toast(problem, { kind: 'bad' });
  }

  /** Stores a value that was made from base. Gives null when it was stored or a clash is shown, else why not. */
  async #save(field, value, base) {
    const cell = this.#cells.get(field);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      if (!same(field, cell.dataset.value, base)) return this.#clash(field, value);
      const answer = await ask('PUT', pathOf(this.id), { body: { [field]: wanted(field, value) }, version: this.#version });
      if (answer.ok) {
        this.show(answer.payload, { quiet: true });
        announce(text('admin-saved', { field: text(`admin-field-${field}`), title: this.title, value: shown(field, value) }));
        return null;
      }
      if (answer.status !== 412) return this.#refusal(answer, field);
      // Somebody changed the product. If it was another value of it, nothing stands against this one.
      const now = await ask('GET', pathOf(this.id));
      if (!now.ok) return this.#refusal(now, field);
      this.show(now.payload);
    }
    return text('problem-too-many');
  }

  #refusal(answer, field) {
    if (isOver(answer)) overSession();
    return sentenceFor(answer, field);
  }

  #clash(field, mine) {
    const cell = this.#cells.get(field);
    const theirs = cell.dataset.value;
    if (same(field, mine, theirs)) return null;
    this.#editors.get(field)?.close(false);
    showClash(cell, {
      field,
      mine,
      theirs,
      keep: async () => {
        const problem = await this.#save(field, mine, cell.dataset.value);
        if (problem !== null) toast(problem, { kind: 'bad' });
      },
      take: () => announce(shown(field, cell.dataset.value)),
    });
    return null;
  }
}

// Up and down lead to the same value of the neighbours, as in a sheet.
function stepBetweenRows(event, cell) {
  const way = { ArrowUp: 'previousElementSibling', ArrowDown: 'nextElementSibling' }[event.key];
  if (!way) return;
  const neighbour = cell.closest('tr')[way]?.querySelector(`button[data-cell="${cell.dataset.cell}"]`);
  if (!neighbour) return;
  event.preventDefault();
  neighbour.focus();
}
