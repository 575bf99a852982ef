// One socket that stays: it resumes where it was, backs off when it must, and says how it is.

import { Wait } from './live-wait.js';
import { watchWaking } from './live-wake.js';

/** A connection that held this long was a good one. */
const STEADY = 10_000;
/** A server that has not greeted after this long will not: the attempt counts as lost. */
const NO_GREETING = 15_000;
/** Down for this long is "offline" rather than "reconnecting". */
const LONG_GONE = 20_000;

/**
 * Opens the socket at path. since is the cursor of what the page shows, or null.
 * onFrame(event, data) gets every frame; the page calls reached(cursor) when it has taken one in whole, and a new
 * connection starts from there. onState gets {name, retryAt, liveUntil}; name is "connecting", "live", "waiting"
 * (until retryAt) or "offline" (nothing since liveUntil, null for never; retryAt is the next attempt, null during one).
 */
export function connect({ path, params = {}, since = null, onFrame, onState }) {
  const wait = new Wait();
  let socket = null;
  let cursor = since;
  let openedAt = 0;
  let retryAt = null;
  let liveUntil = null;
  let downSince = Date.now();
  let live = false;
  let timer = null;
  let countdown = null;

  function open() {
    stopWaiting();
    const url = new URL(path, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
    if (cursor !== null) url.searchParams.set('since', cursor);

    const mine = new WebSocket(url);
    socket = mine;
    openedAt = Date.now();
    timer = setTimeout(tryLater, NO_GREETING);
    report();
    // A socket that was given up still tells of its end; only the present one counts.
    mine.addEventListener('message', (message) => mine === socket && take(message.data));
    mine.addEventListener('close', (close) => mine === socket && lost(close));
  }

  function take(text) {
    const { event, data } = JSON.parse(text);
    if (event === 'welcome') {
      clearTimeout(timer);
      live = true;
      report();
    }
    onFrame(event, data);
  }

  function lost(close) {
    forget();
    waitFor(wait.after(close));
  }

  function forget() {
    if (live) {
      liveUntil = downSince = Date.now();
      if (Date.now() - openedAt > STEADY) wait.held();
    }
    live = false;
    socket = null;
  }

  function waitFor(delay) {
    stopWaiting();
    retryAt = Date.now() + delay;
    timer = setTimeout(open, delay);
    countdown = setInterval(report, 1000);
    report();
  }

  function stopWaiting() {
    clearTimeout(timer);
    clearInterval(countdown);
    retryAt = null;
  }

  function report() {
    const longGone = liveUntil !== null || wait.attempts > 1 ? Date.now() - downSince > LONG_GONE : false;
    let name = retryAt === null ? 'connecting' : 'waiting';
    if (live) name = 'live';
    else if (navigator.onLine === false || longGone) name = 'offline';
    onState({ name, retryAt, liveUntil });
  }

  function giveUp() {
    const old = socket;
    forget();
    stopWaiting();
    old?.close();
  }

  function renew() {
    giveUp();
    open();
  }

  function tryLater() {
    giveUp();
    waitFor(wait.next());
  }

  watchWaking({
    isOpen: () => socket !== null,
    renew,
    wait: tryLater,
    rest: giveUp,
    resume: () => { if (socket === null) open(); },
  });
  open();

  return {
    /** Sends a frame; false when there is no live connection. */
    send(event, data = {}) {
      if (!live || socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify({ event, data }));
      return true;
    },
    /** Marks how far the page has come; null: it no longer stands anywhere. */
    reached(position) { cursor = position; },
    retryNow() { if (!live) renew(); },
    /** The connection lives but is of no use to the page: gives it up, and tries again when the wait is over. */
    tryLater,
  };
}
