// Two people changed one value: both are shown, and one of them is chosen.

import { shown } from './admin-values.js';
import { text } from './texts.js';

/** Shows both values in the place of a cell; keep and take are what the buttons do. */
export function showClash(cell, { field, mine, theirs, keep, take }) {
  const box = document.createElement('div');
  box.className = 'clash';
  box.setAttribute('role', 'alert');
  box.append(
    line(text('admin-yours', { value: shown(field, mine) })),
    line(text('admin-theirs', { value: shown(field, theirs) })),
  );
  const ways = document.createElement('div');
  ways.className = 'clash-ways';
  const keeping = button(text('admin-keep-mine-short'), () => settle(keep));
  ways.append(keeping, button(text('admin-take-theirs-short'), () => settle(take)));
  box.append(ways);
  cell.hidden = true;
  cell.after(box);
  keeping.focus();

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
