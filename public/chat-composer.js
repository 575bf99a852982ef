// @ts-check

// The field for new messages: grows to MAX_LINES, Enter sends, Shift + Enter breaks the line.

import { byId } from './dom.js';
import { t } from './i18n.js';

const MAX_CHARACTERS = Number(byId('chat').dataset.message);
/** The number of characters left is shown from here on. */
const SHOWN_LEFT = 200;
const MAX_LINES = 5;

export class ChatComposer {
  #form = byId('composer');
  #field = byId('composer-text', HTMLTextAreaElement);
  #count = byId('composer-count');
  #onSend;

  /** @param {(text: string) => string} onSend Queues a message; returns why it cannot, or "". */
  constructor(onSend) {
    this.#onSend = onSend;
    this.#field.addEventListener('input', () => this.#autosize());
    this.#field.addEventListener('keydown', (event) => {
      // Enter also confirms a word in an input method, such as for Chinese or Japanese.
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
    const text = this.#field.value.trim();
    if (text === '' || countCharacters(text) > MAX_CHARACTERS) return;
    const problem = this.#onSend(text);
    if (problem === '') {
      this.#field.value = '';
      this.#autosize();
    } else {
      this.#count.textContent = problem;
    }
    this.#field.focus();
  }

  #autosize() {
    const field = this.#field;
    const style = getComputedStyle(field);
    const line = parseFloat(style.lineHeight);
    const frame = parseFloat(style.paddingTop) + parseFloat(style.paddingBottom) + 2;
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight + 2, line * MAX_LINES + frame)}px`;
    field.style.overflowY = field.scrollHeight > field.clientHeight ? 'auto' : 'hidden';
    this.#showCount();
  }

  #showCount() {
    const left = MAX_CHARACTERS - countCharacters(this.#field.value.trim());
    this.#count.toggleAttribute('data-bad', left < 0);
    this.#count.textContent = countText(left);
  }
}

/** @param {number} left */
function countText(left) {
  if (left < 0) return t('chat-too-long', { count: -left });
  return left <= SHOWN_LEFT ? t('chat-count-left', { count: left }) : '';
}

/**
 * Like the server, counts an emoji as one character.
 *
 * @param {string} text
 */
const countCharacters = (text) => [...text].length;
