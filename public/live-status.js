// The status line: what is shown counts down, what is said is one sentence when the state has settled.

import { text, timeOfDay } from './texts.js';

const line = document.getElementById('live-status');
const shown = line.querySelector('[data-live-shown]');
const said = line.querySelector('[data-live-said]');
const retry = line.querySelector('[data-live-retry]');
const extra = line.querySelector('[data-live-extra]');

/** An outage shorter than this is nobody's business. */
const SETTLED = 5000;

let sayTimer = null;
let saidName = 'live';

/** Takes the states of a connection (live.js) and the deed behind "try now". */
export function statusLine(tryNow) {
  retry.addEventListener('click', tryNow);
  retry.addEventListener('blur', () => { retry.hidden = line.dataset.state === 'live'; });
  return showState;
}

/** A word beside the state, such as how many are watching; "" for none. */
export function showExtra(words) {
  extra.hidden = words === '';
  extra.textContent = words;
}

function showState(state) {
  line.dataset.state = state.name;
  const words = wordsFor(state);
  if (shown.textContent !== words) shown.textContent = words;

  const down = state.name === 'waiting' || state.name === 'offline';
  // A button that has the focus keeps it; it goes when it is left.
  retry.hidden = !down && document.activeElement !== retry;
  if (state.name !== 'live') showExtra('');
  sayLater(state);
}

function wordsFor({ name, retryAt, liveUntil }) {
  const seconds = retryAt && Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
  if (name === 'offline') {
    const words = liveUntil ? text('state-offline', { time: timeOfDay(liveUntil) }) : text('state-offline-never');
    return seconds === null ? words : `${words} · ${text('state-next-try', { seconds })}`;
  }
  if (name === 'waiting') return text('state-reconnecting', { seconds });
  return text(`state-${name}`);
}

function sayLater(state) {
  const name = state.name === 'live' ? 'live' : 'offline';
  if (name === saidName) {
    clearTimeout(sayTimer);
    sayTimer = null;
    return;
  }
  if (sayTimer !== null) return;
  sayTimer = setTimeout(() => {
    sayTimer = null;
    saidName = name;
    said.textContent = wordsFor({ ...state, name, retryAt: null });
  }, name === 'live' ? 0 : SETTLED);
}
