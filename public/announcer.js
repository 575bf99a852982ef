// @ts-check

// Announces sentences to screen readers. A burst of changes becomes one sentence.

import { byId } from './dom.js';
import { tPlural } from './i18n.js';

const region = byId('announcer');
const GATHER_MS = 3000;

let changeCount = 0;
let lastSentence = '';
/** @type {ReturnType<typeof setTimeout> | null} */
let timer = null;

/**
 * Announces one sentence now. A repeated sentence is announced again.
 *
 * @param {string} sentence
 */
export function announce(sentence) {
  region.textContent = '';
  requestAnimationFrame(() => { region.textContent = sentence; });
}

/**
 * Announces a change within GATHER_MS; several changes become "7 products changed".
 *
 * @param {string} sentence
 */
export function announceChange(sentence) {
  changeCount += 1;
  lastSentence = sentence;
  timer ??= setTimeout(() => {
    announce(changeCount === 1 ? lastSentence : tPlural('changes', changeCount));
    changeCount = 0;
    timer = null;
  }, GATHER_MS);
}
