// A field that opens in the place of a value: Enter or leaving it keeps, Escape gives it up.

import { INPUTS, same } from './admin-values.js';
import { text } from './texts.js';

let made = 0;

/**
 * Opens a field instead of a cell. save(value) gives null when it is done, else why not, and the field stays open.
 * done(focus) is called when it was closed; focus says whether the focus belongs to the cell again.
 */
export function openEditor(cell, { field, label, value, save, done }) {
  const box = document.createElement('span');
  box.className = 'editor';
  const input = Object.assign(document.createElement('input'), INPUTS[field], { value });
  input.setAttribute('aria-label', label);
  input.autocomplete = 'off';
  const note = document.createElement('span');
  note.className = 'editor-note';
  note.id = `editor-note-${made += 1}`;
  note.setAttribute('role', 'status');
  input.setAttribute('aria-describedby', note.id);
  box.append(input, note);
  cell.hidden = true;
  cell.after(box);
  input.focus();
  input.select();

  let busy = false;
  let open = true;

  async function keep(focus) {
    if (busy || !open) return;
    if (input.validity.valid && same(field, input.value, value)) return close(focus);
    if (!input.validity.valid) return complain(text(`admin-bad-${field}`));
    busy = true;
    box.ariaBusy = 'true';
    const problem = await save(input.value);
    busy = false;
    box.ariaBusy = 'false';
    if (problem === null) close(focus);
    else complain(problem);
  }

  function complain(problem) {
    input.setAttribute('aria-invalid', 'true');
    note.className = 'field-error';
    note.textContent = problem;
  }

  function close(focus) {
    if (!open) return;
    open = false;
    box.remove();
    cell.hidden = false;
    done(focus);
  }

  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      // What has the focus next must not be pressed by the same key.
      event.preventDefault();
      keep(true);
    }
    if (event.key === 'Escape') close(true);
  });
  input.addEventListener('blur', () => keep(false));

  return {
    /** Says beside the field that somebody else made the value another, unless it is the very one that stands there. */
    warn(other, sentence) {
      if (same(field, input.value, other)) return;
      note.className = 'editor-note';
      note.textContent = sentence;
    },
    close,
  };
}
