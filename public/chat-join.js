// @ts-check

// The dialog that asks for an e-mail before the chat. It cannot be dismissed, and remembers the
// e-mail for the tab.

import { byId } from './dom.js';
import { t } from './i18n.js';

const STORAGE_KEY = 'vitrina-chat-address';

export class ChatJoinDialog {
  #dialog = byId('join', HTMLDialogElement);
  #form = byId('join-form');
  #field = byId('join-email', HTMLInputElement);
  #error = byId('join-error');
  /** @type {((address: string) => void) | null} */
  #resolve = null;

  constructor() {
    this.#dialog.addEventListener('cancel', (event) => event.preventDefault());
    // Some browsers close the dialog on a second Escape.
    this.#dialog.addEventListener('close', () => { if (this.#resolve) this.#dialog.showModal(); });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** The e-mail given earlier in this tab, or "". */
  remembered() {
    try {
      return sessionStorage.getItem(STORAGE_KEY) ?? '';
    } catch {
      return '';
    }
  }

  /**
   * Resolves to a plausible e-mail.
   *
   * @param {string} problem Why the dialog is shown again.
   * @returns {Promise<string>}
   */
  open(problem = '') {
    this.#field.value = this.remembered() || this.#field.value;
    this.#showProblem(problem);
    return new Promise((resolve) => {
      this.#resolve = resolve;
      if (!this.#dialog.open) this.#dialog.showModal();
      this.#field.focus();
    });
  }

  #submit() {
    const address = this.#field.value.trim();
    this.#field.value = address;
    // Browsers enforce maxlength only for typed text, not for text from a password manager.
    if (!this.#field.validity.valid || address.length > this.#field.maxLength) {
      this.#showProblem(t(address === '' ? 'chat-email-missing' : 'chat-email-bad'));
      this.#field.focus();
      return;
    }
    try {
      sessionStorage.setItem(STORAGE_KEY, address);
    } catch {
      // Without storage, a reload asks again.
    }
    const resolve = this.#resolve;
    this.#resolve = null;
    this.#dialog.close();
    resolve?.(address);
  }

  /** @param {string} problem */
  #showProblem(problem) {
    this.#error.textContent = problem;
    this.#error.hidden = problem === '';
    this.#field.setAttribute('aria-invalid', String(problem !== ''));
  }
}
