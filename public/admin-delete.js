// @ts-check

// Deletes a product after a few seconds in which it can be undone. Leaving the page asks for
// confirmation and cancels pending deletions.

import { announce } from './announcer.js';
import { callApi, describe, isSessionExpired, productPath } from './admin-api.js';
import { showSessionExpired } from './admin-session.js';
import { one } from './dom.js';
import { t } from './i18n.js';
import { toast } from './toast.js';

const UNDO_SECONDS = 5;

/**
 * Rows with a pending deletion, each with the function that cancels it.
 *
 * @type {Map<ProductRow, () => void>}
 */
const pending = new Map();

/**
 * Enhances a row's button.
 *
 * @param {ProductRow} row
 * @param {() => void} onDeleted Removes the row from the table.
 */
export function enhanceDelete(row, onDeleted) {
  const button = one(row.element, '[data-delete]', HTMLButtonElement);
  button.addEventListener('click', () => {
    const cancel = pending.get(row);
    if (cancel) cancel();
    else startCountdown(row, button, onDeleted);
  });
}

/**
 * Cancels the pending deletion of a row, if any.
 *
 * @param {ProductRow} row
 */
export function cancelDelete(row) {
  pending.get(row)?.();
}

/**
 * @param {ProductRow} row
 * @param {HTMLButtonElement} button
 * @param {() => void} onDeleted
 */
function startCountdown(row, button, onDeleted) {
  // Deletes only the version shown now; a later one must be seen first.
  const { version } = row;
  let left = UNDO_SECONDS;
  row.element.classList.add('leaving');
  showCountdown(row, button, left);
  announce(t('admin-going', { seconds: UNDO_SECONDS }));

  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) {
      showCountdown(row, button, left);
      return;
    }
    clearInterval(timer);
    pending.delete(row);
    button.disabled = true;
    send(row, version, () => restore(row, button), onDeleted);
  }, 1000);
  pending.set(row, () => {
    clearInterval(timer);
    pending.delete(row);
    restore(row, button);
    announce(t('admin-undone', { title: row.title }));
  });
}

/**
 * @param {ProductRow} row
 * @param {HTMLButtonElement} button
 * @param {number} left
 */
function showCountdown(row, button, left) {
  button.textContent = `${t('admin-undo')} (${left})`;
  const label = t('admin-delete-title', { title: row.title });
  button.setAttribute('aria-label', `${button.textContent}: ${label}`);
}

/**
 * @param {ProductRow} row
 * @param {number} version
 * @param {() => void} onFailure
 * @param {() => void} onDeleted
 */
async function send(row, version, onFailure, onDeleted) {
  const result = await callApi('DELETE', productPath(row.id), { version });
  if (result.ok || result.status === 404) {
    announce(t('admin-gone-now', { title: row.title }));
    onDeleted();
    return;
  }
  onFailure();
  if (isSessionExpired(result)) showSessionExpired();
  else toast(failureText(row, result), { kind: 'bad' });
}

/**
 * @param {ProductRow} row
 * @param {ApiFailure} failure
 */
function failureText(row, failure) {
  return failure.status === 412 ? t('admin-not-deleted', { title: row.title }) : describe(failure);
}

/**
 * @param {ProductRow} row
 * @param {HTMLButtonElement} button
 */
function restore(row, button) {
  row.element.classList.remove('leaving');
  button.disabled = false;
  button.textContent = t('admin-delete');
  button.setAttribute('aria-label', t('admin-delete-title', { title: row.title }));
}

addEventListener('beforeunload', (event) => {
  if (pending.size > 0) event.preventDefault();
});
addEventListener('pagehide', () => {
  for (const cancel of [...pending.values()]) cancel();
});
