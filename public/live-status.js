// @ts-check

// The connection status: visible text that counts down, and one announcement once the state is
// stable.

import { byId, one } from './dom.js';
import { t, timeOfDay } from './i18n.js';

const line = byId('live-status');
const visible = one(line, '[data-live-shown]');
const announced = one(line, '[data-live-announced]');
const retry = one(line, '[data-live-retry]');
const extra = one(line, '[data-live-extra]');

/** A shorter outage is not announced. */
const ANNOUNCE_DELAY_MS = 5000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let announceTimer;
/** @type {ConnectionState['name']} */
let announcedName = 'live';

/**
 * Returns a function that shows a state from live.js.
 *
 * @param {() => void} tryNow The action of the "Try now" button.
 */
export function statusLine(tryNow) {
  retry.addEventListener('click', tryNow);
  retry.addEventListener('blur', () => { retry.hidden = line.dataset.state === 'live'; });
  return showState;
}

/**
 * Shows text beside the state, such as the number of viewers; "" for none.
 *
 * @param {string} text
 */
export function showExtra(text) {
  extra.hidden = text === '';
  extra.textContent = text;
}

/** @param {ConnectionState} state */
function showState(state) {
  line.dataset.state = state.name;
  const text = describe(state);
  if (visible.textContent !== text) visible.textContent = text;

  const isDown = state.name === 'waiting' || state.name === 'offline';
  // A focused button is hidden only when it loses the focus.
  retry.hidden = !isDown && document.activeElement !== retry;
  if (state.name !== 'live') showExtra('');
  announceLater(state);
}

/** @param {ConnectionState} state */
function describe({ name, retryAt, liveUntil }) {
  const seconds = retryAt === null ? null : secondsUntil(retryAt);
  if (name === 'waiting') return t('state-reconnecting', { seconds: seconds ?? '' });
  if (name !== 'offline') return t(`state-${name}`);
  const text = liveUntil
    ? t('state-offline', { time: timeOfDay(liveUntil) })
    : t('state-offline-never');
  return seconds === null ? text : `${text} · ${t('state-next-try', { seconds })}`;
}

/** @param {number} time */
function secondsUntil(time) {
  return Math.max(1, Math.ceil((time - Date.now()) / 1000));
}

/** @param {ConnectionState} state */
function announceLater(state) {
  const name = state.name === 'live' ? 'live' : 'offline';
  if (name === announcedName) {
    clearTimeout(announceTimer);
    announceTimer = undefined;
    return;
  }
  if (announceTimer !== undefined) return;
  announceTimer = setTimeout(() => {
    announceTimer = undefined;
    announcedName = name;
    announced.textContent = describe({ ...state, name, retryAt: null });
  }, name === 'live' ? 0 : ANNOUNCE_DELAY_MS);
}
