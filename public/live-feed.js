// @ts-check

// The feed of changes, newest first. Quick changes of one product share an entry; reading pauses
// the feed.

import { byId, one } from './dom.js';
import { icon } from './icon.js';
import { t, timeWithSeconds, tPlural } from './i18n.js';

const MAX_ENTRIES = 50;
/** Changes of one product within this time share an entry. */
const GROUP_MS = 10_000;
/** Fields whose old and new value are shown; the first two need no visible label. */
const UNLABELLED_FIELDS = ['price', 'stock'];
const LABELLED_FIELDS = ['title', 'category'];

/** @typedef {{ from: string, to: string }} FromTo */

/**
 * Changes of one product that share an entry.
 *
 * @typedef {object} FeedEntry
 * @property {string} id
 * @property {string} title
 * @property {FeedChange['kind']} kind
 * @property {Map<string, FromTo>} changes By field.
 * @property {number} times
 * @property {number} at Time of the last one.
 * @property {HTMLElement} node
 */

/** @typedef {FeedChange & { at: number }} StampedChange */

export class LiveFeed {
  #list = byId('feed-list');
  #pausedLine = one(document, '[data-feed-paused]');
  /**
   * In display order.
   *
   * @type {FeedEntry[]}
   */
  #entries = [];
  /**
   * Changes that arrived while paused, oldest first; at most MAX_ENTRIES.
   *
   * @type {StampedChange[]}
   */
  #queue = [];
  #hovered = false;
  #focused = false;

  constructor() {
    const area = byId('feed');
    const more = one(area, '[data-feed-more]');
    more.addEventListener('click', () => {
      more.setAttribute('aria-expanded', String(area.classList.toggle('open')));
    });
    area.addEventListener('pointerenter', ({ pointerType }) => {
      this.#setReading({ hovered: pointerType === 'mouse' });
    });
    area.addEventListener('pointerleave', () => this.#setReading({ hovered: false }));
    area.addEventListener('focusin', () => this.#setReading({ focused: true }));
    area.addEventListener('focusout', ({ relatedTarget }) => {
      const focused = relatedTarget instanceof Node && area.contains(relatedTarget);
      this.#setReading({ focused });
    });
  }

  /** @param {FeedChange} change */
  add(change) {
    const stamped = { ...change, at: Date.now() };
    if (this.#hovered || this.#focused) {
      this.#queue.push(stamped);
      if (this.#queue.length > MAX_ENTRIES) this.#queue.shift();
      this.#showPaused();
    } else {
      this.#insert(stamped);
    }
  }

  /** @param {{ hovered?: boolean, focused?: boolean }} reading */
  #setReading({ hovered = this.#hovered, focused = this.#focused }) {
    this.#hovered = hovered;
    this.#focused = focused;
    if (!hovered && !focused) {
      for (const change of this.#queue) this.#insert(change);
      this.#queue = [];
    }
    this.#showPaused();
  }

  #showPaused() {
    const paused = (this.#hovered || this.#focused) && this.#entries.length > 0;
    this.#pausedLine.hidden = !paused;
    if (paused) this.#pausedLine.textContent = tPlural('feed-paused', this.#queue.length);
  }

  /** @param {StampedChange} change */
  #insert({ id, title, kind, changes = [], at }) {
    const earlier = this.#takeRecent(id, kind, at);
    const merged = new Map(earlier?.changes);
    for (const { field, from, to } of changes) {
      merged.set(field, { from: merged.get(field)?.from ?? from, to });
    }
    const times = (earlier?.times ?? 0) + 1;
    const node = renderEntry({ id, title, kind, changes: merged, times, at });
    earlier?.node.remove();
    this.#list.prepend(node);
    this.#entries.unshift({ id, title, kind, changes: merged, times, at, node });
    if (this.#entries.length > MAX_ENTRIES) this.#entries.pop()?.node.remove();
  }

  /**
   * Removes and returns the recent entry that a change of this kind joins, if any.
   *
   * @param {string} id
   * @param {FeedChange['kind']} kind
   * @param {number} at
   */
  #takeRecent(id, kind, at) {
    const index = this.#entries.findIndex((entry) => entry.id === id && at - entry.at < GROUP_MS);
    const joins = this.#entries[index]?.kind === 'changed' && kind === 'changed';
    return joins ? this.#entries.splice(index, 1)[0] : undefined;
  }
}

/** @param {Omit<FeedEntry, 'node'>} entry */
function renderEntry(entry) {
  const node = document.createElement('li');
  node.className = 'entry';

  const time = document.createElement('time');
  time.dateTime = new Date(entry.at).toISOString();
  time.textContent = timeWithSeconds(entry.at);

  const body = document.createElement('div');
  body.append(renderTitle(entry), ...renderLines(entry));
  node.append(time, body);
  return node;
}

/** @param {Pick<FeedEntry, 'id' | 'title' | 'kind'>} entry */
function renderTitle({ id, title, kind }) {
  const element = document.createElement(kind === 'deleted' ? 'span' : 'a');
  element.className = 'entry-title';
  element.textContent = title;
  if (element instanceof HTMLAnchorElement) element.href = `/products/${id}`;
  return element;
}

/** @param {Pick<FeedEntry, 'kind' | 'changes' | 'times'>} entry */
function renderLines({ kind, changes, times }) {
  const lines = [];
  if (kind !== 'changed' || changes.size === 0) lines.push(line(t(`feed-${kind}`)));
  for (const [field, change] of changes) {
    const name = t(`feed-${field}`);
    if (UNLABELLED_FIELDS.includes(field)) lines.push(fromTo(audible(`${name} `), change));
    else if (LABELLED_FIELDS.includes(field)) lines.push(fromTo(`${name} `, change));
    else lines.push(line(name));
  }
  if (times > 1) lines.at(-1)?.append(` · ${t('feed-times', { count: times })}`);
  return lines;
}

/** @param {string} text */
function line(text) {
  const element = document.createElement('p');
  element.className = 'entry-change';
  element.textContent = text;
  return element;
}

/**
 * An arrow on the screen; "from … to …" for screen readers.
 *
 * @param {string | HTMLElement} name
 * @param {FromTo} change
 */
function fromTo(name, { from, to }) {
  const element = line('');
  const arrow = icon('right');
  arrow.classList.add('arrow');
  const sentence = audible(t('feed-from-to', { from, to }));
  element.append(name, silent('span', from), arrow, silent('b', to), sentence);
  return element;
}

/**
 * Text for screen readers only.
 *
 * @param {string} text
 */
function audible(text) {
  const element = document.createElement('span');
  element.className = 'visually-hidden';
  element.textContent = text;
  return element;
}

/**
 * Text that is hidden from screen readers.
 *
 * @param {string} tag
 * @param {string} text
 */
function silent(tag, text) {
  const element = document.createElement(tag);
  element.setAttribute('aria-hidden', 'true');
  element.textContent = text;
  return element;
}
