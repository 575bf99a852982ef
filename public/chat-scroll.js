// @ts-check

// The scroll position of the chat: a reader at the end stays there; further up, the position is
// kept, and new messages are counted on a button.

import { byId, one } from './dom.js';
import { tPlural } from './i18n.js';

/** This close to the end counts as at the end. */
const NEAR_END_PX = 48;
/** This close to the top, older messages are loaded. */
const PREFETCH_PX = 160;

export class ChatScroll {
  #scroll = byId('chat-scroll');
  #button = byId('chat-new');
  #label = one(this.#button, '[data-chat-new-text]');
  #unseen = 0;
  #atEnd = true;
  #following = false;
  #height = 0;

  /**
   * onTop is called when the reader nears the top.
   *
   * @param {{ onTop: () => void }} reader
   */
  constructor({ onTop }) {
    this.#scroll.addEventListener('scroll', () => {
      // The log changed in this frame: the reader did not scroll.
      if (this.#following) return;
      // The window changed its height: the observer below handles that.
      if (this.#scroll.clientHeight !== this.#height) return;
      this.#atEnd = this.#distanceFromEnd() < NEAR_END_PX;
      if (this.#atEnd) this.#clearUnseen();
      if (this.#scroll.scrollTop < PREFETCH_PX) onTop();
    }, { passive: true });
    this.#button.addEventListener('click', () => {
      this.scrollToEnd();
      byId('composer-text').focus();
    });
    // When the composer grows or a keyboard opens, a reader at the end stays there.
    new ResizeObserver(() => {
      this.#height = this.#scroll.clientHeight;
      if (this.#atEnd) this.scrollToEnd();
    }).observe(this.#scroll);
  }

  get atEnd() {
    return this.#atEnd;
  }

  /**
   * Applies a change at the end of the log; count is how many new messages it adds.
   *
   * @param {() => void} change
   */
  appendKeepingScroll(change, count = 0) {
    change();
    if (this.#atEnd) {
      this.#follow();
    } else if (count > 0) {
      this.#unseen += count;
      this.#label.textContent = tPlural('chat-new', this.#unseen);
      this.#button.hidden = false;
    }
  }

  /**
   * Applies a change above what is being read, without moving it.
   *
   * @param {() => void} change
   */
  prependKeepingScroll(change) {
    const fromEnd = this.#scroll.scrollHeight - this.#scroll.scrollTop;
    change();
    this.#scroll.scrollTop = this.#scroll.scrollHeight - fromEnd;
  }

  scrollToEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#atEnd = true;
    this.#clearUnseen();
  }

  // Scrolls once per animation frame, since each scroll to the end forces a layout of the log.
  #follow() {
    if (this.#following) return;
    this.#following = true;
    requestAnimationFrame(() => {
      this.#following = false;
      this.scrollToEnd();
    });
  }

  #distanceFromEnd() {
    return this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight;
  }

  #clearUnseen() {
    this.#unseen = 0;
    this.#button.hidden = true;
  }
}
