// @ts-check

// An edit conflict: shows both values and lets the admin choose one.

import { toDisplayText } from './admin-values.js';
import { t } from './i18n.js';

/**
 * Both values of a conflict, and what the buttons do.
 *
 * @typedef {object} Conflict
 * @property {ProductField} field
 * @property {string} mine
 * @property {string} theirs
 * @property {() => void} keep
 * @property {() => void} take
 */

/**
 * Shows both values instead of a cell.
 *
 * @param {HTMLElement} cell
 * @param {Conflict} conflict
 */
export function showConflict(cell, { field, mine, theirs, keep, take }) {
  const box = document.createElement('div');
  box.className = 'conflict';
  box.setAttribute('role', 'alert');
  box.tabIndex = -1;
  box.append(
    line(t('admin-yours', { value: toDisplayText(field, mine) })),
    line(t('admin-theirs', { value: toDisplayText(field, theirs) })),
  );
  const actions = document.createElement('div');
  actions.className = 'conflict-actions';
  actions.append(
    button(t('admin-keep-mine-short'), () => close(keep)),
    button(t('admin-take-theirs-short'), () => close(take)),
  );
  box.append(actions);
  cell.hidden = true;
  cell.after(box);
  // Not a button: a key that is still held down must not choose.
  box.focus();

  /** @param {() => void} action */
  function close(action) {
    box.remove();
    cell.hidden = false;
    cell.focus();
    action();
  }
}

/** @param {string} text */
function line(text) {
  const element = document.createElement('p');
  element.textContent = text;
  return element;
}

/**
 * @param {string} text
 * @param {() => void} onClick
 */
function button(text, onClick) {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = 'link-button';
  element.textContent = text;
  element.addEventListener('click', onClick);
  return element;
}
