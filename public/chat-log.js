// The conversation as it stands on the page: stored messages in order, days between them, comings and goings as quiet lines.

import { sameAddress, shortAddress } from './chat-address.js';
import { dayElement, messageElement, renameDays } from './chat-bubble.js';
import { counted, locale, text } from './texts.js';

/** Above this, the oldest rows go when a new one comes; they can be fetched again. */
const MOST_ROWS = 400;
/** Whoever reads far back keeps more, but not without end. */
const MOST_ROWS_READING = 2000;
const NAMED = 2;

const names = new Intl.ListFormat(locale, { type: 'conjunction' });

export class ChatLog {
  #list = document.getElementById('chat-log');
  #region = document.getElementById('chat-log-region');
  #me = '';
  /** Who came or went in the line that ends the log: {action, users (the first few), count}. */
  #crowd = null;
  newest = 0;

  /** Starts anew with the last messages, read by that person. */
  restart(me, messages) {
    this.#me = me;
    this.#crowd = null;
    this.newest = messages.at(-1)?.seq ?? 0;
    this.#quietly(() => this.#list.replaceChildren(...this.#draw(messages)));
  }

  /** The lowest seq on the page, or null. */
  oldest() {
    const first = this.#list.querySelector('[data-seq]');
    return first ? Number(first.dataset.seq) : null;
  }

  isEmpty() {
    return this.oldest() === null;
  }

  isOwn(message) {
    return sameAddress(message.user, this.#me);
  }

  /** Adds a new message; false when it is there already. */
  append(message) {
    if (message.seq <= this.newest) return false;
    this.newest = message.seq;
    this.#crowd = null;
    const element = messageElement(message, this.isOwn(message));
    const last = lastMessage(this.#list.lastElementChild);
    if (last?.dataset.day !== element.dataset.day) {
      this.#list.append(dayElement(element.dataset.day));
      renameDays(this.#list);
    }
    joinUp(this.#list.lastElementChild, element);
    this.#list.append(element);
    return true;
  }

  /** Puts older messages before the rest. */
  prepend(messages) {
    if (messages.length === 0) return;
    this.#quietly(() => {
      const elements = this.#draw(messages);
      const first = this.#list.firstElementChild;
      const end = elements.at(-1);
      // The day that headed the log may have begun further up.
      if (first?.classList.contains('day') && first.dataset.day === end.dataset.day) first.remove();
      this.#list.prepend(...elements);
      const next = end.nextElementSibling;
      if (next?.dataset.day !== undefined && next.dataset.day !== end.dataset.day && !next.classList.contains('day')) {
        // Its separator went when the log was trimmed.
        next.before(dayElement(next.dataset.day));
      } else if (next?.classList.contains('message')) {
        joinUp(end, next);
      }
    });
  }

  /** Leaves the place of a deleted message, without its words. */
  erase(seq) {
    const element = this.#list.querySelector(`[data-seq="${Number(seq)}"]`);
    if (!element) return;
    element.classList.add('deleted');
    element.querySelector('.bubble').textContent = text('chat-deleted');
  }

  /** Somebody came (action true) or went; several in a row share a line. */
  presence(user, action) {
    const last = this.#list.lastElementChild;
    const goesOn = this.#crowd?.action === action && last?.classList.contains('presence');
    if (!goesOn) {
      this.#crowd = { action, users: [], count: 0 };
      const line = document.createElement('li');
      line.className = 'presence';
      this.#list.append(line);
    }
    const crowd = this.#crowd;
    if (crowd.users.includes(user)) return;
    crowd.count += 1;
    if (crowd.users.length < NAMED) crowd.users.push(user);
    const shown = crowd.users.map(shortAddress);
    const others = crowd.count - shown.length;
    if (others > 0) shown.push(counted('chat-others', others));
    const id = action ? 'chat-joined' : 'chat-left';
    this.#list.lastElementChild.textContent = counted(id, crowd.count, { who: names.format(shown) });
  }

  /** Drops the oldest rows above the bound; true when some went. */
  trim(reading) {
    let extra = this.#list.childElementCount - (reading ? MOST_ROWS_READING : MOST_ROWS);
    if (extra <= 0) return false;
    while (extra-- > 0) this.#list.firstElementChild.remove();
    return true;
  }

  #draw(messages) {
    const elements = [];
    for (const message of messages) {
      const element = messageElement(message, this.isOwn(message));
      const last = elements.at(-1);
      if (last?.dataset.day !== element.dataset.day) elements.push(dayElement(element.dataset.day));
      joinUp(elements.at(-1), element);
      elements.push(element);
    }
    return elements;
  }

  // What is filled in from the past is not read out as if it had just been said.
  #quietly(change) {
    this.#region.setAttribute('aria-live', 'off');
    change();
    setTimeout(() => this.#region.removeAttribute('aria-live'), 500);
  }
}

// Comings and goings do not begin a new day.
function lastMessage(element) {
  let last = element;
  while (last && last.dataset.day === undefined) last = last.previousElementSibling;
  return last;
}

// A message of the same sender in the same minute hangs on the one before.
function joinUp(before, element) {
  const goesOn = before?.dataset.user === element.dataset.user && before?.dataset.minute === element.dataset.minute;
  element.classList.toggle('continues', goesOn);
}
