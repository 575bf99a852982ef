// @ts-check

// Counts down how long the lines of a cart are reserved.

import { all, byId, one } from './dom.js';
import { t } from './i18n.js';

const page = byId('cart');

const [arrival] = /** @type {PerformanceNavigationTiming[]} */ (
  performance.getEntriesByType('navigation')
);
const arrivedAt = performance.timeOrigin + (arrival?.responseStart ?? 0);
/**
 * Milliseconds that the server's clock is ahead of this device's, from the time sent with the page.
 */
const CLOCK_OFFSET = Number(page.dataset.now) - arrivedAt;

/**
 * Sets when the reservation of a line expires.
 *
 * @param {HTMLElement} line
 * @param {string} [until] RFC 3339; nothing without a reservation.
 */
export function setHeldUntil(line, until) {
  line.dataset.heldUntil = until ? String(Date.parse(until)) : '';
  render(line);
}

renderAll();
setInterval(renderAll, 1000);

function renderAll() {
  for (const line of all(page, '[data-line]')) render(line);
}

/** @param {HTMLElement} line */
function render(line) {
  const output = one(line, '[data-hold]');
  const left = Math.ceil((Number(line.dataset.heldUntil) - Date.now() - CLOCK_OFFSET) / 1000);
  output.hidden = left <= 0;
  output.textContent = left > 0 ? t('cart-reserved', { time: formatDuration(left) }) : '';
}

/**
 * "4:05", "1:00:00"
 *
 * @param {number} total Seconds.
 */
function formatDuration(total) {
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const seconds = twoDigits(total % 60);
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** @param {number} number */
function twoDigits(number) {
  return String(number).padStart(2, '0');
}
