// Sentences for those who listen rather than look: polite, and gathered, so that a rush of changes is one sentence.

import { counted } from './texts.js';

const place = document.getElementById('announcer');
const GATHER = 3000;

let gathered = [];
let timer = null;

/** Says one sentence now. The same sentence twice is said twice. */
export function announce(sentence) {
  place.textContent = '';
  requestAnimationFrame(() => { place.textContent = sentence; });
}

/** Says a change within three seconds; several of them become "7 products changed". */
export function announceChange(sentence) {
  gathered.push(sentence);
  timer ??= setTimeout(() => {
    announce(gathered.length === 1 ? gathered[0] : counted('changes', gathered.length));
    gathered = [];
    timer = null;
  }, GATHER);
}
