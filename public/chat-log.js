// @ts-check

// The conversation on the page: stored messages in order, day separators, and lines for who joined
// or left.

import { sameAddress, shortAddress } from './chat-address.js';
import { dayElement, messageElement, renameDays } from './chat-bubble.js';
import { byId, dataOf, one } from './dom.js';
import { locale, t, tPlural } from './i18n.js';

/** Beyond this, the oldest rows are removed; they can be loaded again. */
const MAX_ROWS = 400;
/** A reader who has scrolled up keeps more rows. */
const MAX_ROWS_SCROLLED_UP = 2000;
/** People named in one presence line. */
const MAX_NAMED = 2;

const names = new Intl.ListFormat(locale, { type: 'conjunction' });

/**
 * A presence line; action: they joined, rather than left. users has at most MAX_NAMED of them.
 *
 * @typedef {{ line: HTMLElement, action: boolean, users: string[], count: number }} Presence
 */

export class ChatLog {
  #list = byId('chat-log');
  #region = byId('chat-log-region');
  #me = '';
  /**
   * The presence line at the end of the log.
   *
   * @type {Presence | null}
   */
  #presence = null;
  newest = 0;

  /**
   * Replaces the log with the last messages.
   *
   * @param {string} me Who reads them.
   * @param {ChatMessage[]} messages
   */
  reset(me, messages) {
    this.#me = me;
    this.#presence = null;
    this.newest = messages.at(-1)?.seq ?? 0;
    this.#withoutAnnouncing(() => this.#list.replaceChildren(...this.#render(messages)));
  }

  /** The lowest seq on the page, or null. */
  oldest() {
    const first = this.#list.querySelector('[data-seq]');
    return first instanceof HTMLElement ? Number(first.dataset.seq) : null;
  }

  isEmpty() {
    return this.oldest() === null;
  }

  /** @param {ChatMessage} message */
  isOwn(message) {
    return sameAddress(message.user, this.#me);
  }

  /**
   * Adds a new message; false if it is already in the log.
   *
   * @param {ChatMessage} message
   */
  append(message) {
    if (message.seq <= this.newest) return false;
    this.newest = message.seq;
    this.#presence = null;
    const element = messageElement(message, this.isOwn(message));
    const last = lastMessage(row(this.#list.lastElementChild));
    if (last?.dataset.day !== element.dataset.day) {
      this.#list.append(dayElement(dataOf(element, 'day')));
      renameDays(this.#list);
    }
    markContinuation(row(this.#list.lastElementChild), element);
    this.#list.append(element);
    return true;
  }

  /**
   * Inserts older messages before the rest.
   *
   * @param {ChatMessage[]} messages
   */
  prepend(messages) {
    const elements = this.#render(messages);
    const end = elements.at(-1);
    if (!end) return;
    this.#withoutAnnouncing(() => {
      const first = row(this.#list.firstElementChild);
      // The first day of the log may have started in the older messages.
      if (first?.classList.contains('day') && first.dataset.day === end.dataset.day) first.remove();
      this.#list.prepend(...elements);
      connectRows(end, row(end.nextElementSibling));
    });
  }

  /**
   * Replaces the text of a deleted message with a note.
   *
   * @param {number} seq
   */
  erase(seq) {
    const element = this.#list.querySelector(`[data-seq="${Number(seq)}"]`);
    if (!element) return;
    element.classList.add('deleted');
    one(element, '.bubble').textContent = t('chat-deleted');
  }

  /**
   * Adds that a person joined or left; consecutive ones share a line.
   *
   * @param {string} user
   * @param {boolean} action Joined, rather than left.
   */
  addPresence(user, action) {
    const presence = this.#openPresence(action);
    if (presence.users.includes(user)) return;
    presence.count += 1;
    if (presence.users.length < MAX_NAMED) presence.users.push(user);
    const named = presence.users.map(shortAddress);
    const others = presence.count - named.length;
    if (others > 0) named.push(tPlural('chat-others', others));
    const id = action ? 'chat-joined' : 'chat-left';
    presence.line.textContent = tPlural(id, presence.count, { who: names.format(named) });
  }

  /**
   * The presence line at the end of the log, or a new one.
   *
   * @param {boolean} action
   */
  #openPresence(action) {
    const current = this.#presence;
    const isLast = current?.line === this.#list.lastElementChild;
    if (current?.action === action && isLast) return current;
    const line = document.createElement('li');
    line.className = 'presence';
    this.#list.append(line);
    this.#presence = { line, action, users: [], count: 0 };
    return this.#presence;
  }

  /**
   * Removes the oldest rows beyond the limit; true if any were removed.
   *
   * @param {boolean} isScrolledUp
   */
  trim(isScrolledUp) {
    let extra = this.#list.childElementCount - (isScrolledUp ? MAX_ROWS_SCROLLED_UP : MAX_ROWS);
    if (extra <= 0) return false;
    while (extra-- > 0) this.#list.firstElementChild?.remove();
    return true;
  }

  /** @param {ChatMessage[]} messages */
  #render(messages) {
    /** @type {HTMLElement[]} */
    const elements = [];
    for (const message of messages) {
      const element = messageElement(message, this.isOwn(message));
      const day = dataOf(element, 'day');
      if (elements.at(-1)?.dataset.day !== day) elements.push(dayElement(day));
      markContinuation(elements.at(-1) ?? null, element);
      elements.push(element);
    }
    return elements;
  }

  /**
   * Screen readers should not read history as if it were new.
   *
   * @param {() => void} change
   */
  #withoutAnnouncing(change) {
    this.#region.setAttribute('aria-live', 'off');
    change();
    setTimeout(() => this.#region.removeAttribute('aria-live'), 500);
  }
}

/**
 * A child of the log, all of which are made here.
 *
 * @param {Element | null} element
 */
function row(element) {
  return /** @type {HTMLElement | null} */ (element);
}

/**
 * Connects the last of the older messages to what follows it.
 *
 * @param {HTMLElement} end
 * @param {HTMLElement | null} next
 */
function connectRows(end, next) {
  const day = next?.dataset.day;
  if (day !== undefined && day !== end.dataset.day && !next?.classList.contains('day')) {
    // Its separator was removed when the log was trimmed.
    next?.before(dayElement(day));
  } else if (next?.classList.contains('message')) {
    markContinuation(end, next);
  }
}

/**
 * Skips presence lines, which belong to no day.
 *
 * @param {HTMLElement | null} element
 */
function lastMessage(element) {
  let last = element;
  while (last && last.dataset.day === undefined) last = row(last.previousElementSibling);
  return last;
}

/**
 * Messages of one sender within a minute are shown as a group.
 *
 * @param {HTMLElement | null} before
 * @param {HTMLElement} element
 */
function markContinuation(before, element) {
  const isSameSender = before?.dataset.user === element.dataset.user;
  const isSameMinute = before?.dataset.minute === element.dataset.minute;
  element.classList.toggle('continues', isSameSender && isSameMinute);
}
