// Where the reader is: at the end, and then kept there; or further up, and then left in peace and told of what is new.

import { counted } from './texts.js';

/** This close to the end is at the end. */
const NEAR = 48;
/** This close to the top asks for older messages. */
const NEAR_TOP = 160;

export class ChatReader {
  #scroll = document.getElementById('chat-scroll');
  #button = document.getElementById('chat-new');
  #words = this.#button.querySelector('[data-chat-new-text]');
  #unseen = 0;
  #atEnd = true;
  #following = false;
  #height = 0;

  /** onTop is called when the reader nears the top. */
  constructor({ onTop }) {
    this.#scroll.addEventListener('scroll', () => {
      // The log grew or was trimmed in this frame: where it stands now is not where the reader went.
      if (this.#following) return;
      // Nor is it where the window has just changed its height: the observer below settles that.
      if (this.#scroll.clientHeight !== this.#height) return;
      this.#atEnd = this.#distance() < NEAR;
      if (this.#atEnd) this.#seen();
      if (this.#scroll.scrollTop < NEAR_TOP) onTop();
    }, { passive: true });
    this.#button.addEventListener('click', () => {
      this.toEnd();
      document.getElementById('composer-text').focus();
    });
    // The composer grows, a keyboard opens: who was at the end stays there.
    new ResizeObserver(() => {
      this.#height = this.#scroll.clientHeight;
      if (this.#atEnd) this.toEnd();
    }).observe(this.#scroll);
  }

  get atEnd() {
    return this.#atEnd;
  }

  /** Makes a change at the end of the log; count of its messages are news. */
  below(change, count = 0) {
    change();
    if (this.#atEnd) {
      this.#follow();
    } else if (count > 0) {
      this.#unseen += count;
      this.#words.textContent = counted('chat-new', this.#unseen);
      this.#button.hidden = false;
    }
  }

  /** Makes a change above what is being read, which stays where it is. */
  above(change) {
    const fromEnd = this.#scroll.scrollHeight - this.#scroll.scrollTop;
    change();
    this.#scroll.scrollTop = this.#scroll.scrollHeight - fromEnd;
  }

  toEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#atEnd = true;
    this.#seen();
  }

  // Once a frame, however many messages came in it: each scroll to the end makes the browser lay out the log.
  #follow() {
    if (this.#following) return;
    this.#following = true;
    requestAnimationFrame(() => {
      this.#following = false;
      this.toEnd();
    });
  }

  #distance() {
    return this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight;
  }

  #seen() {
    this.#unseen = 0;
    this.#button.hidden = true;
  }
}
