// What a cart keeps for a while: its lines count down to the moment from which others may have it again.

import { text } from './texts.js';

const page = document.getElementById('cart');

/** How far the shop's clock is ahead of this machine's; the page brought the shop's time with it. */
const [arrival] = performance.getEntriesByType('navigation');
const AHEAD = Number(page.dataset.now) - (performance.timeOrigin + arrival.responseStart);

/** Shows until when a line is kept: a moment as the API writes it, or nothing. */
export function keepUntil(line, until) {
  line.dataset.keptUntil = until ? Date.parse(until) : '';
  paint(line);
}

paintAll();
setInterval(paintAll, 1000);

function paintAll() {
  for (const line of page.querySelectorAll('[data-line]')) paint(line);
}

function paint(line) {
  const place = line.querySelector('[data-hold]');
  const left = Math.ceil((Number(line.dataset.keptUntil) - Date.now() - AHEAD) / 1000);
  place.hidden = left <= 0;
  place.textContent = left > 0 ? text('cart-kept', { time: clockOf(left) }) : '';
}

/** "4:05", "1:00:00" */
function clockOf(seconds) {
  const two = (number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const clock = `${hours > 0 ? two(minutes) : minutes}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${clock}` : clock;
}
