// A short word at the foot of the page, said as well as shown. One at a time: a newer one replaces it.

import { icon } from './icon.js';
import { text } from './texts.js';

const place = document.getElementById('toasts');
const STAYS = 6000;

let timer = null;

/** Shows a sentence; link is {href, label} for a way onward. A bad one stays until it is closed. */
export function toast(sentence, { kind = 'good', link = null } = {}) {
  if (kind === 'bad' && stands(sentence)) return;
  const box = document.createElement('div');
  box.className = 'toast';
  box.dataset.kind = kind;

  const words = document.createElement('p');
  words.textContent = sentence;
  box.append(words);

  if (link) {
    const way = document.createElement('a');
    way.href = link.href;
    way.textContent = link.label;
    box.append(way);
  }
  box.append(closeButton(box));

  place.replaceChildren(box);
  clearTimeout(timer);
  if (kind !== 'bad') leaveLater(box);
}

/** Whether it stands there already: a second one in its place would take it from under a pointer that is pressing its link. */
function stands(sentence) {
  const box = place.firstElementChild;
  return box?.dataset.kind === 'bad' && box.querySelector('p').textContent === sentence;
}

function closeButton(box) {
  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('aria-label', text('dismiss'));
  button.append(icon('close'));
  button.addEventListener('click', () => box.remove());
  return button;
}

// Nobody's pointer or focus loses what it is on.
function leaveLater(box) {
  timer = setTimeout(() => {
    if (box.matches(':hover') || box.contains(document.activeElement)) leaveLater(box);
    else box.remove();
  }, STAYS);
}
