// What just happened, newest first: one entry for one product while it changes fast, still while somebody reads.

import { icon } from './icon.js';
import { counted, text, timeWithSeconds } from './texts.js';

const MOST_ENTRIES = 50;
/** Changes of one product this close together are one entry. */
const TOGETHER = 10_000;
/** Fields whose old and new value are shown; an eye needs no name for the first two. */
const SPEAKS_FOR_ITSELF = ['price', 'stock'];
const HAS_VALUES = ['title', 'category'];

export class LiveFeed {
  #list = document.getElementById('feed-list');
  #pausedLine = document.querySelector('[data-feed-paused]');
  /** Entries in the order shown: {id, title, kind, changes: Map of field to {from, to}, times, at, node}. */
  #entries = [];
  /** What happened while somebody reads, oldest first, at most as many as are ever shown. */
  #held = [];
  #pointed = false;
  #focused = false;

  constructor() {
    const area = document.getElementById('feed');
    const more = area.querySelector('[data-feed-more]');
    more.addEventListener('click', () => more.setAttribute('aria-expanded', String(area.classList.toggle('open'))));
    area.addEventListener('pointerenter', (event) => this.#reading({ pointed: event.pointerType === 'mouse' }));
    area.addEventListener('pointerleave', () => this.#reading({ pointed: false }));
    area.addEventListener('focusin', () => this.#reading({ focused: true }));
    area.addEventListener('focusout', (event) => this.#reading({ focused: area.contains(event.relatedTarget) }));
  }

  /** Notes a happening: kind "created", "deleted" or "changed", with changes as product-paint.js gives them. */
  note(happening) {
    const stamped = { ...happening, at: Date.now() };
    if (this.#pointed || this.#focused) {
      this.#held.push(stamped);
      if (this.#held.length > MOST_ENTRIES) this.#held.shift();
      this.#showPause();
    } else {
      this.#take(stamped);
    }
  }

  #reading({ pointed = this.#pointed, focused = this.#focused }) {
    this.#pointed = pointed;
    this.#focused = focused;
    if (!pointed && !focused) {
      for (const happening of this.#held) this.#take(happening);
      this.#held = [];
    }
    this.#showPause();
  }

  #showPause() {
    const paused = (this.#pointed || this.#focused) && this.#entries.length > 0;
    this.#pausedLine.hidden = !paused;
    if (paused) this.#pausedLine.textContent = counted('feed-paused', this.#held.length);
  }

  #take({ id, title, kind, changes = [], at }) {
    const place = this.#entries.findIndex((entry) => entry.id === id && at - entry.at < TOGETHER);
    const earlier = place >= 0 && this.#entries[place].kind === 'changed' && kind === 'changed';
    const entry = earlier ? this.#entries.splice(place, 1)[0] : { id, kind, changes: new Map(), times: 0, node: null };
    entry.title = title;
    entry.at = at;
    entry.times += 1;
    for (const { field, from, to } of changes) {
      entry.changes.set(field, { from: entry.changes.get(field)?.from ?? from, to });
    }

    const node = draw(entry);
    entry.node?.remove();
    entry.node = node;
    this.#list.prepend(node);
    this.#entries.unshift(entry);
    if (this.#entries.length > MOST_ENTRIES) this.#entries.pop().node.remove();
  }
}

function draw(entry) {
  const node = document.createElement('li');
  node.className = 'entry';

  const time = document.createElement('time');
  time.dateTime = new Date(entry.at).toISOString();
  time.textContent = timeWithSeconds(entry.at);

  const words = document.createElement('div');
  words.append(titleOf(entry), ...linesOf(entry));
  node.append(time, words);
  return node;
}

function titleOf({ id, title, kind }) {
  const element = document.createElement(kind === 'deleted' ? 'span' : 'a');
  element.className = 'entry-title';
  element.textContent = title;
  if (kind !== 'deleted') element.href = `/products/${id}`;
  return element;
}

function linesOf({ kind, changes, times }) {
  const lines = [];
  if (kind !== 'changed' || changes.size === 0) lines.push(line(text(`feed-${kind}`)));
  for (const [field, change] of changes) {
    const name = text(`feed-${field}`);
    if (SPEAKS_FOR_ITSELF.includes(field)) lines.push(fromTo(heard(`${name} `), change));
    else if (HAS_VALUES.includes(field)) lines.push(fromTo(`${name} `, change));
    else lines.push(line(name));
  }
  if (times > 1) lines.at(-1).append(` · ${text('feed-times', { count: times })}`);
  return lines;
}

function line(words) {
  const element = document.createElement('p');
  element.className = 'entry-what';
  element.textContent = words;
  return element;
}

// An arrow for the eye, "from … to …" for the ear.
function fromTo(name, { from, to }) {
  const element = line('');
  const arrow = icon('right');
  arrow.classList.add('arrow');
  element.append(name, seen('span', from), arrow, seen('b', to), heard(text('feed-from-to', { from, to })));
  return element;
}

function heard(words) {
  const element = document.createElement('span');
  element.className = 'visually-hidden';
  element.textContent = words;
  return element;
}

function seen(tag, words) {
  const element = document.createElement(tag);
  element.setAttribute('aria-hidden', 'true');
  element.textContent = words;
  return element;
}
