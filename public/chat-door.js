// The door of the chat: asks who is writing, cannot be dismissed, and remembers the answer for this tab.

import { text } from './texts.js';

const KEPT = 'vitrina-chat-address';

export class ChatDoor {
  #dialog = document.getElementById('join');
  #form = document.getElementById('join-form');
  #field = document.getElementById('join-email');
  #error = document.getElementById('join-error');
  #enter = null;

  constructor() {
    this.#dialog.addEventListener('cancel', (event) => event.preventDefault());
    // Some browsers let a second Escape through.
    this.#dialog.addEventListener('close', () => { if (this.#enter) this.#dialog.showModal(); });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#answer();
    });
  }

  /** The address given earlier in this tab, or null. */
  remembered() {
    try {
      return sessionStorage.getItem(KEPT);
    } catch {
      return null;
    }
  }

  /** Asks until there is an address that looks like one; problem is why it asks again. */
  ask(problem = '') {
    this.#field.value = this.remembered() ?? this.#field.value;
    this.#showProblem(problem);
    return new Promise((resolve) => {
      this.#enter = resolve;
      if (!this.#dialog.open) this.#dialog.showModal();
      this.#field.focus();
    });
  }

  #answer() {
    const address = this.#field.value.trim();
    this.#field.value = address;
    // A browser holds only typing to the maximum, not what a password manager fills in.
    if (!this.#field.validity.valid || address.length > this.#field.maxLength) {
      this.#showProblem(text(address === '' ? 'chat-email-missing' : 'chat-email-bad'));
      this.#field.focus();
      return;
    }
    try {
      sessionStorage.setItem(KEPT, address);
    } catch {
      // Then it is asked again after a reload.
    }
    const enter = this.#enter;
    this.#enter = null;
    this.#dialog.close();
    enter(address);
  }

  #showProblem(problem) {
    this.#error.textContent = problem;
    this.#error.hidden = problem === '';
    this.#field.setAttribute('aria-invalid', String(problem !== ''));
  }
}
