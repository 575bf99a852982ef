// Sentences for those who listen rather than look: polite, and gathered, so that a rush of changes is one sentence.

import { counted } from './texts.js';

const place = document.getElementById('announcer');
const GATHER = 3000;

let gathered = 0;
let onlySentence = '';
let timer = null;

/** Says one sentence now. The same sentence twice is said twice. */
export function announce(sentence) {
  place.textContent = '';
  requestAnimationFrame(() => { place.textContent = sentence; });
}

/** Says a change within three seconds; several of them become "7 products changed". */
export function announceChange(sentence) {
  gathered += 1;
  onlySentence = sentence;
  timer ??= setTimeout(() => {
    announce(gathered === 1 ? onlySentence : counted('changes', gathered));
    gathered = 0;
    timer = null;
  }, GATHER);
}
