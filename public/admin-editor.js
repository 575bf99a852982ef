// @ts-check

// An input that replaces a value while it is edited. Enter or leaving it saves, Escape cancels.

import { inputFor, isSame } from './admin-values.js';
import { t } from './i18n.js';

let editorCount = 0;

/**
 * The edited value, and its receivers.
 *
 * @typedef {object} Edit
 * @property {ProductField} field
 * @property {string} label
 * @property {string} value
 * @property {(value: string) => Promise<string | null>} save Resolves to null when saved, or to an
 *   error, which keeps the input open.
 * @property {(focus: boolean) => void} onClose Called after it was closed; focus: the cell should
 *   get the focus back.
 */

/**
 * Opens an input instead of a cell.
 *
 * @param {HTMLElement} cell
 * @param {Edit} edit
 */
export function openEditor(cell, { field, label, value, save, onClose }) {
  const box = document.createElement('span');
  box.className = 'editor';
  const input = inputFor(field);
  input.value = value;
  input.setAttribute('aria-label', label);
  const note = document.createElement('span');
  note.className = 'editor-note';
  note.id = `editor-note-${editorCount += 1}`;
  note.setAttribute('role', 'status');
  input.setAttribute('aria-describedby', note.id);
  box.append(input, note);
  cell.hidden = true;
  cell.after(box);
  input.focus();
  input.select();

  let saving = false;
  let open = true;

  /** @param {boolean} focus */
  async function commit(focus) {
    if (saving || !open) return;
    if (input.value.trim() === '') input.value = input.dataset.default ?? '';
    const { valid } = input.validity;
    if (valid && isSame(field, input.value, value)) close(focus);
    else if (valid) await saveValue(focus);
    else showError(t(`admin-bad-${field}`));
  }

  /** @param {boolean} focus */
  async function saveValue(focus) {
    saving = true;
    box.ariaBusy = 'true';
    const error = await save(input.value);
    saving = false;
    box.ariaBusy = 'false';
    if (error === null) close(focus);
    else showError(error);
  }

  /** @param {string} error */
  function showError(error) {
    input.setAttribute('aria-invalid', 'true');
    note.className = 'field-error';
    note.textContent = error;
  }

  /** @param {boolean} focus */
  function close(focus) {
    if (!open) return;
    open = false;
    box.remove();
    cell.hidden = false;
    onClose(focus);
  }

  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      // The same key press must not activate the element that gets the focus next.
      event.preventDefault();
      commit(true);
    }
    if (event.key === 'Escape') close(true);
  });
  input.addEventListener('blur', () => commit(false));

  return {
    /**
     * Shows that someone else changed the value, unless to the one in the input.
     *
     * @param {string} other
     * @param {string} sentence
     */
    warn(other, sentence) {
      if (isSame(field, input.value, other)) return;
      note.className = 'editor-note';
      note.textContent = sentence;
    },
    close,
  };
}
