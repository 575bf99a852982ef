// Where messages are written: grows to five lines, Enter sends, Shift + Enter breaks the line.

import { text } from './texts.js';

const MOST_LETTERS = 2000;
const COUNT_FROM = 1800;
const MOST_LINES = 5;

export class ChatComposer {
  #form = document.getElementById('composer');
  #field = document.getElementById('composer-text');
  #count = document.getElementById('composer-count');
  #onSend;

  /** onSend(words) takes a message; it gives why it cannot, or "". */
  constructor(onSend) {
    this.#onSend = onSend;
    this.#field.addEventListener('input', () => this.#fit());
    this.#field.addEventListener('keydown', (event) => {
      // Enter that ends the writing of a Chinese or Japanese word is not ours.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  focus() {
    this.#field.focus();
  }

  #send() {
    const words = this.#field.value.trim();
    if (words === '' || letters(words) > MOST_LETTERS) return;
    const problem = this.#onSend(words);
    if (problem === '') {
      this.#field.value = '';
      this.#fit();
    } else {
      this.#count.textContent = problem;
    }
    this.#field.focus();
  }

  #fit() {
    const field = this.#field;
    const style = getComputedStyle(field);
    const line = parseFloat(style.lineHeight);
    const frame = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom) + 2;
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight + 2, line * MOST_LINES + frame)}px`;
    field.style.overflowY = field.scrollHeight > field.clientHeight ? 'auto' : 'hidden';

    const left = MOST_LETTERS - letters(field.value.trim());
    this.#count.toggleAttribute('data-bad', left < 0);
    if (left < 0) this.#count.textContent = text('chat-too-long', { count: -left });
    else this.#count.textContent = left <= MOST_LETTERS - COUNT_FROM ? text('chat-count-left', { count: left }) : '';
  }
}

// As the server counts: an emoji is one, not two.
const letters = (words) => [...words].length;
