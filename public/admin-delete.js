// Deleting a product: it is sent after five seconds in which it can be undone. Leaving the page deletes nothing: whoever
// leaves is asked, and what was not sent yet stays.

import { announce } from './announcer.js';
import { ask, isOver, pathOf, sentenceFor } from './admin-api.js';
import { overSession } from './admin-session.js';
import { text } from './texts.js';
import { toast } from './toast.js';

const SECONDS = 5;

/** Rows on their way out, each with what undoes it. */
const going = new Map();

/** Wakes a row's button; onGone(row) takes it out of the table when it is deleted. */
export function wakeDelete(row, onGone) {
  const button = row.element.querySelector('[data-delete]');
  button.addEventListener('click', () => {
    if (going.has(row)) going.get(row)();
    else begin(row, button, onGone);
  });
}

/** A row that somebody else deleted has nothing to wait for. */
export function forget(row) {
  going.get(row)?.();
}

function begin(row, button, onGone) {
  // What is deleted is what was seen: a later version is looked at once more.
  const { version } = row;
  let left = SECONDS;
  const say = () => {
    button.textContent = `${text('admin-undo')} (${left})`;
    button.setAttribute('aria-label', `${button.textContent}: ${text('admin-delete-title', { title: row.title })}`);
  };
  row.element.classList.add('leaving');
  say();
  announce(text('admin-going', { seconds: SECONDS }));

  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return say();
    clearInterval(timer);
    going.delete(row);
    button.disabled = true;
    send(row, version, () => restore(row, button), onGone);
  }, 1000);
  going.set(row, () => {
    clearInterval(timer);
    going.delete(row);
    restore(row, button);
    announce(text('admin-undone', { title: row.title }));
  });
}

async function send(row, version, giveBack, onGone) {
  const answer = await ask('DELETE', pathOf(row.id), { version });
  if (answer.ok || answer.status === 404) {
    announce(text('admin-gone-now', { title: row.title }));
    onGone(row);
    return;
  }
  giveBack();
  if (isOver(answer)) overSession();
  else if (answer.status === 412) toast(text('admin-not-deleted', { title: row.title }), { kind: 'bad' });
  else toast(sentenceFor(answer), { kind: 'bad' });
}

function restore(row, button) {
  row.element.classList.remove('leaving');
  button.disabled = false;
  button.textContent = text('admin-delete');
  button.setAttribute('aria-label', text('admin-delete-title', { title: row.title }));
}

addEventListener('beforeunload', (event) => {
  if (going.size > 0) event.preventDefault();
});
addEventListener('pagehide', () => {
  for (const undo of [...going.values()]) undo();
});
