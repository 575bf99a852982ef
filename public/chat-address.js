// @ts-check

// E-mail addresses in the chat: shortened, in full on demand.

import { all, dataOf } from './dom.js';

const MAX_NAME = 24;
const ADDRESSES = '.who[data-user]';

let showsFull = false;

/**
 * "ana@…"; text that is not an address is only clipped.
 *
 * @param {string} user
 */
export function shortAddress(user) {
  const at = user.lastIndexOf('@');
  const name = at > 0 ? user.slice(0, at) : user;
  const clipped = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
  return at > 0 ? `${clipped}@…` : clipped;
}

/**
 * An element with a person's address, short or in full as the button is set.
 *
 * @param {string} tag
 * @param {string} user
 */
export function addressElement(tag, user) {
  const element = document.createElement(tag);
  element.className = 'who';
  element.dataset.user = user;
  element.title = user;
  element.textContent = showsFull ? user : shortAddress(user);
  return element;
}

/**
 * A click on an address toggles its form; the button toggles all of them.
 *
 * @param {HTMLElement} root
 * @param {HTMLElement} button
 */
export function enhanceAddresses(root, button) {
  root.addEventListener('click', (event) => {
    const element = event.target instanceof Element && event.target.closest(ADDRESSES);
    if (!(element instanceof HTMLElement)) return;
    const user = dataOf(element, 'user');
    element.textContent = element.textContent === user ? shortAddress(user) : user;
  });
  button.addEventListener('click', () => {
    showsFull = !showsFull;
    button.setAttribute('aria-pressed', String(showsFull));
    for (const element of all(root, ADDRESSES)) {
      const user = dataOf(element, 'user');
      element.textContent = showsFull ? user : shortAddress(user);
    }
  });
}

/**
 * @param {string} one
 * @param {string} other
 */
export const sameAddress = (one, other) => one.toLowerCase() === other.toLowerCase();
