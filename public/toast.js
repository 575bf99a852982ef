// @ts-check

// Short messages, shown and announced one at a time: a new one replaces the one before.

import { byId } from './dom.js';
import { icon } from './icon.js';
import { t } from './i18n.js';

const container = byId('toasts');
const TOAST_MS = 6000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/**
 * @typedef {object} ToastOptions
 * @property {'good' | 'bad'} [kind] A bad one stays until it is closed.
 * @property {{ href: string, label: string }} [link]
 */

/**
 * Shows a sentence.
 *
 * @param {string} sentence
 * @param {ToastOptions} options
 */
export function toast(sentence, { kind = 'good', link } = {}) {
  if (kind === 'bad' && isShown(sentence)) return;
  const box = document.createElement('div');
  box.className = 'toast';
  box.dataset.kind = kind;

  const paragraph = document.createElement('p');
  paragraph.textContent = sentence;
  box.append(paragraph);

  if (link) {
    const anchor = document.createElement('a');
    anchor.href = link.href;
    anchor.textContent = link.label;
    box.append(anchor);
  }
  box.append(closeButton(box));

  container.replaceChildren(box);
  clearTimeout(timer);
  if (kind !== 'bad') removeLater(box);
}

/**
 * Replacing an identical toast could remove its link from under a pointer that is about to click
 * it.
 *
 * @param {string} sentence
 */
function isShown(sentence) {
  return container.querySelector('.toast[data-kind="bad"] p')?.textContent === sentence;
}

/** @param {HTMLElement} box */
function closeButton(box) {
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('aria-label', t('dismiss'));
  button.append(icon('close'));
  button.addEventListener('click', () => box.remove());
  return button;
}

/**
 * A toast stays while the pointer or the focus is on it.
 *
 * @param {HTMLElement} box
 */
function removeLater(box) {
  timer = setTimeout(() => {
    if (box.matches(':hover') || box.contains(document.activeElement)) removeLater(box);
    else box.remove();
  }, TOAST_MS);
}
