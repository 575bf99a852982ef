// Two people changed one value: both are shown, and one of them is chosen.

import { shown } from './admin-values.js';
import { text } from './texts.js';

/** Shows both values in the place of a cell; keep and take are what the buttons do. */
export function showClash(cell, { field, mine, theirs, keep, take }) {
  const box = document.createElement('div');
  box.className = 'clash';
  box.setAttribute('role', 'alert');
  box.tabIndex = -1;
  box.append(
    line(text('admin-yours', { value: shown(field, mine) })),
    line(text('admin-theirs', { value: shown(field, theirs) })),
  );
  const ways = document.createElement('div');
  ways.className = 'clash-ways';
  ways.append(
    button(text('admin-keep-mine-short'), () => settle(keep)),
    button(text('admin-take-theirs-short'), () => settle(take)),
  );
  box.append(ways);
  cell.hidden = true;
  cell.after(box);
  // Not a button: a key that is still held down must decide nothing.
  box.focus();

  function settle(deed) {
    box.remove();
    cell.hidden = false;
    cell.focus();
    deed();
  }
}

function line(words) {
  const element = document.createElement('p');
  element.textContent = words;
  return element;
}

function button(words, deed) {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = 'link-button';
  element.textContent = words;
  element.addEventListener('click', deed);
  return element;
}
