// @ts-check

// Server health: polls the figures every second while the page is visible, each with a chart of two
// minutes.

import { callApi, isSessionExpired } from './admin-api.js';
import { Plot } from './admin-plot.js';
import { showSessionExpired } from './admin-session.js';
import { byId, dataOf } from './dom.js';
import { locale, t, timeOfDay } from './i18n.js';

const POLL_MS = 1000;
const NUMBER_FORMAT = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

/**
 * @param {ServerFigures} now
 * @param {ServerFigures | null} before
 * @param {(figures: ServerFigures) => number} read
 */
const perSecond = (now, before, read) => {
  const seconds = before ? now.uptimeSeconds - before.uptimeSeconds : 0;
  // A server that restarted counts from 0, so there is no rate until the next response.
  return before && seconds > 0 ? Math.max(0, read(now) - read(before)) / seconds : null;
};

/**
 * The figures in display order; each is computed from a response and the one before it.
 *
 * @type {Record<string, (now: ServerFigures, before: ServerFigures | null) => number | null>}
 */
const FIGURES = {
  sockets: (now) => now.sockets.products + now.sockets.chat,
  deliveries: (now, before) => perSecond(now, before, (figures) => figures.deliveries.frames),
  slow: (now) => now.readers.slow,
  lag: (now) => now.feed.lag.p99Ms,
  commit: (now) => now.commit.p99Ms,
  requests: (now, before) => perSecond(now, before, (figures) => figures.requests.total),
  refusals: (now, before) => perSecond(now, before, (figures) => figures.requests.refused),
  memory: (now) => (now.memoryBytes === null ? null : now.memoryBytes / 2 ** 20),
};
/** Figures that are highlighted when they are above 0. */
const WARN_ABOVE_ZERO = ['slow'];

const root = byId('figures');
const state = byId('figures-state');
const cards = Object.entries(FIGURES).map(([name, compute]) => createCard(name, compute));
/** @type {ServerFigures | null} */
let before = null;
/** @type {Date | null} */
let updatedAt = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

document.addEventListener('visibilitychange', onVisibility);
onVisibility();

function onVisibility() {
  clearTimeout(timer);
  if (document.visibilityState === 'visible') poll();
  else before = null;
}

async function poll() {
  /** @type {ApiResult<ServerFigures>} */
  const result = await callApi('GET', dataOf(root, 'figures'));
  if (isSessionExpired(result)) {
    showSessionExpired();
    return;
  }
  if (result.ok) show(result.payload);
  else showLost();
  clearTimeout(timer);
  if (document.visibilityState === 'visible') timer = setTimeout(poll, POLL_MS);
}

/** @param {ServerFigures} figures */
function show(figures) {
  updatedAt = new Date();
  root.dataset.state = 'live';
  showState(t('admin-figures-live'));
  for (const update of cards) update(figures, before);
  before = figures;
}

function showLost() {
  before = null;
  root.dataset.state = 'lost';
  if (updatedAt) showState(t('admin-figures-lost', { time: timeOfDay(updatedAt) }));
  else showState(t('problem-unreachable'));
}

/** @param {string} sentence */
function showState(sentence) {
  if (state.textContent !== sentence) state.textContent = sentence;
}

/** @param {number | null} value */
function peakText(value) {
  return value === null ? '' : t('admin-figure-peak', { value: NUMBER_FORMAT.format(value) });
}

/**
 * Creates a figure's card; returns the function that updates it.
 *
 * @param {string} name
 * @param {(now: ServerFigures, before: ServerFigures | null) => number | null} compute
 */
function createCard(name, compute) {
  const box = document.createElement('section');
  box.className = 'figure';
  box.dataset.figure = name;
  const heading = document.createElement('h2');
  heading.textContent = t(`admin-figure-${name}`);
  const current = document.createElement('p');
  current.className = 'figure-now';
  const peak = document.createElement('p');
  peak.className = 'figure-peak muted';
  const plot = new Plot();
  box.append(heading, current, plot.element, peak);
  root.append(box);
  /** @type {(now: ServerFigures, before: ServerFigures | null) => void} */
  return (now, previous) => {
    const value = compute(now, previous);
    plot.add(value);
    current.textContent = value === null ? '–' : NUMBER_FORMAT.format(value);
    peak.textContent = peakText(plot.peak);
    if (WARN_ABOVE_ZERO.includes(name)) box.dataset.state = (value ?? 0) > 0 ? 'warn' : 'ok';
  };
}
