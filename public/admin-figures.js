// The live figures: read each second while the page is seen, each with its last two minutes.

import { ask, isOver } from './admin-api.js';
import { Plot } from './admin-plot.js';
import { overSession } from './admin-session.js';
import { locale, text, timeOfDay } from './texts.js';

const EACH = 1000;
/** Digits behind the point that are worth a look. */
const SHORT = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

const per = (now, before, read) => {
  const seconds = before ? now.uptimeSeconds - before.uptimeSeconds : 0;
  // A server that was started anew counts from 0: there is no rate until the next answer.
  return seconds > 0 ? Math.max(0, read(now) - read(before)) / seconds : null;
};

/** What is shown, in its order: each takes an answer and the one before it. */
const FIGURES = {
  sockets: (now) => now.sockets.products + now.sockets.chat,
  deliveries: (now, before) => per(now, before, (figures) => figures.deliveries.frames),
  slow: (now) => now.readers.slow,
  lag: (now) => now.feed.lag.p99Ms,
  commit: (now) => now.commit.p99Ms,
  requests: (now, before) => per(now, before, (figures) => figures.requests.total),
  refusals: (now, before) => per(now, before, (figures) => figures.requests.refused),
  memory: (now) => (now.memoryBytes === null ? null : now.memoryBytes / 2 ** 20),
};
/** Any of these is worth a look. */
const ALARMING = ['slow'];

const root = document.getElementById('figures');
const state = document.getElementById('figures-state');
const cards = new Map(Object.keys(FIGURES).map((name) => [name, card(name)]));
let before = null;
let heard = null;
let timer = null;

document.addEventListener('visibilitychange', watch);
watch();

function watch() {
  clearTimeout(timer);
  if (document.visibilityState === 'visible') look();
  else before = null;
}

async function look() {
  const answer = await ask('GET', root.dataset.figures);
  if (isOver(answer)) return overSession();
  if (answer.ok) show(answer.payload);
  else lose();
  clearTimeout(timer);
  if (document.visibilityState === 'visible') timer = setTimeout(look, EACH);
}

function show(figures) {
  heard = new Date();
  root.dataset.state = 'live';
  say(text('admin-figures-live'));
  for (const [name, read] of Object.entries(FIGURES)) cards.get(name)(read(figures, before));
  before = figures;
}

function lose() {
  before = null;
  root.dataset.state = 'lost';
  say(heard ? text('admin-figures-lost', { time: timeOfDay(heard) }) : text('problem-unreachable'));
}

function say(sentence) {
  if (state.textContent !== sentence) state.textContent = sentence;
}

/** Makes a card; gives what shows a value in it. */
function card(name) {
  const box = document.createElement('section');
  box.className = 'figure';
  box.dataset.figure = name;
  const heading = document.createElement('h2');
  heading.textContent = text(`admin-figure-${name}`);
  const now = document.createElement('p');
  now.className = 'figure-now';
  const most = document.createElement('p');
  most.className = 'figure-most muted';
  const plot = new Plot();
  box.append(heading, now, plot.element, most);
  root.append(box);
  return (value) => {
    plot.add(value);
    now.textContent = value === null ? '–' : SHORT.format(value);
    const top = plot.most;
    most.textContent = top === null ? '' : text('admin-figure-most', { value: SHORT.format(top) });
    if (ALARMING.includes(name)) box.dataset.state = value > 0 ? 'warn' : 'calm';
  };
}
