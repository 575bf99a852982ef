// @ts-check

// Messages being sent: one at a time, to keep their order; each with a nonce, so that the server
// stores it once however often it is sent; saved for the tab, so that a reload loses none.

import { bubble } from './chat-bubble.js';
import { byId } from './dom.js';
import { icon } from './icon.js';
import { t } from './i18n.js';

const STORAGE_KEY = 'vitrina-chat-outbox';
const MAX_KEPT_MESSAGES = 50;
const ANSWER_TIMEOUT = 10_000;
const RATE_LIMIT_PAUSE = 1500;

/**
 * @typedef {object} OutboxEntry
 * @property {string} nonce
 * @property {string} text
 * @property {string} problem Why it failed, or "".
 * @property {boolean} final Sending it again is useless.
 * @property {boolean} timedOutOnce
 * @property {HTMLElement} node
 */

export class ChatOutbox {
  #list = byId('chat-pending');
  /**
   * Oldest first.
   *
   * @type {OutboxEntry[]}
   */
  #entries = [];
  /** @type {OutboxEntry | null} */
  #inFlight = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #send;
  #onTimedOut;
  #open = false;

  /**
   * send returns false without a connection. onTimedOut is called when a message gets no answer, so
   * that the page reconnects; the message is then sent once more.
   *
   * @param {{ send: (nonce: string, text: string) => boolean, onTimedOut: () => void }} connection
   */
  constructor({ send, onTimedOut }) {
    this.#send = send;
    this.#onTimedOut = onTimedOut;
    for (const { nonce, words } of restore()) this.#append(nonce, words);
  }

  /**
   * Queues a message; returns why it cannot, or "".
   *
   * @param {string} text
   */
  add(text) {
    if (this.#entries.length >= MAX_KEPT_MESSAGES) {
      return t('chat-outbox-full', { count: MAX_KEPT_MESSAGES });
    }
    this.#append(randomNonce(), text);
    this.#next();
    return '';
  }

  /** Starts sending, after the join. */
  resume() {
    this.#open = true;
    this.#next();
  }

  /** Stops sending, without a connection; a message in flight will be sent again. */
  pause() {
    this.#open = false;
    this.#clearInFlight();
  }

  /**
   * The message with that nonce is stored; true if it was sent from here.
   *
   * @param {string} nonce
   */
  acknowledge(nonce) {
    const entry = this.#entries.find((other) => other.nonce === nonce);
    if (!entry) return false;
    this.#remove(entry);
    return true;
  }

  /**
   * The server rejected the message, if there is one with that nonce.
   *
   * @param {string | undefined} nonce
   * @param {string} problem
   * @param {boolean} final Sending it again is useless.
   */
  reject(nonce, problem, final) {
    const entry = this.#entries.find((other) => other.nonce === nonce);
    if (entry) this.#fail(entry, problem, final);
  }

  /** Pauses as the server asks; the message in flight is then sent again. */
  pauseAfterRateLimit() {
    clearTimeout(this.#timer);
    this.#inFlight = null;
    this.#timer = setTimeout(() => this.#next(), RATE_LIMIT_PAUSE);
  }

  /**
   * @param {string} nonce
   * @param {string} text
   */
  #append(nonce, text) {
    const node = document.createElement('li');
    const entry = { nonce, text, problem: '', final: false, timedOutOnce: false, node };
    node.className = 'message own';
    this.#entries.push(entry);
    this.#render(entry);
    this.#list.append(node);
    this.#save();
  }

  #next() {
    if (!this.#open || this.#inFlight) return;
    const entry = this.#entries.find((other) => other.problem === '');
    if (!entry || !this.#send(entry.nonce, entry.text)) return;
    this.#inFlight = entry;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onTimeout(entry), ANSWER_TIMEOUT);
  }

  /** @param {OutboxEntry} entry */
  #onTimeout(entry) {
    if (entry.timedOutOnce) {
      this.#fail(entry, t('chat-failed'), false);
      return;
    }
    entry.timedOutOnce = true;
    this.#clearInFlight();
    this.#onTimedOut();
  }

  #clearInFlight() {
    clearTimeout(this.#timer);
    this.#inFlight = null;
  }

  /**
   * @param {OutboxEntry} entry
   * @param {string} problem
   * @param {boolean} final
   */
  #fail(entry, problem, final) {
    entry.problem = problem;
    entry.final = final;
    this.#render(entry);
    if (this.#inFlight === entry) this.#clearInFlight();
    this.#next();
  }

  /** @param {OutboxEntry} entry */
  #remove(entry) {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    entry.node.remove();
    this.#save();
    if (this.#inFlight === entry) this.#clearInFlight();
    this.#next();
  }

  /** @param {OutboxEntry} entry */
  #render(entry) {
    const failed = entry.problem !== '';
    entry.node.classList.toggle('failed', failed);
    entry.node.classList.toggle('pending', !failed);
    const state = document.createElement('p');
    state.className = 'message-state';
    const label = document.createElement('span');
    label.append(icon(failed ? 'alert' : 'clock'), failed ? entry.problem : t('chat-sending'));
    state.append(label);
    if (failed) {
      if (!entry.final) state.append(this.#button('chat-send-again', () => this.#retry(entry)));
      state.append(this.#button('chat-discard', () => this.#remove(entry)));
    }
    entry.node.replaceChildren(bubble(entry.text), state);
  }

  /** @param {OutboxEntry} entry */
  #retry(entry) {
    entry.problem = '';
    entry.timedOutOnce = false;
    this.#render(entry);
    byId('composer-text').focus();
    this.#next();
  }

  /**
   * @param {string} id
   * @param {() => void} onClick
   */
  #button(id, onClick) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'link-button';
    button.textContent = t(id);
    button.addEventListener('click', onClick);
    return button;
  }

  #save() {
    try {
      const saved = this.#entries.map(({ nonce, text }) => ({ nonce, words: text }));
      sessionStorage.setItem(STORAGE_KEY, JSON.stringify(saved));
    } catch {
      // Without storage, a reload loses them.
    }
  }
}

/** @returns {{ nonce: string, words: string }[]} */
function restore() {
  try {
    return JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? '[]');
  } catch {
    return [];
  }
}

// randomUUID exists on https and localhost only; getRandomValues also on plain http.
function randomNonce() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
