// @ts-check

// A socket that reconnects: it resumes from its cursor, backs off, and reports its state.

import { Backoff } from './backoff.js';
import { watchConnectivity } from './live-connectivity.js';

/** A connection open for this long resets the backoff. */
const STABLE_AFTER = 10_000;
/** Without a welcome after this long, the attempt has failed. */
const WELCOME_TIMEOUT = 15_000;
/** After this long without a connection, the state is "offline" rather than "waiting". */
const OFFLINE_AFTER = 20_000;

/**
 * The address of a socket, and the receivers of its frames.
 *
 * @typedef {object} ConnectionOptions
 * @property {string} path
 * @property {Record<string, string>} [params]
 * @property {string | null} [since] Cursor of what the page shows.
 * @property {FrameHandlers} handlers Get the data of every frame, by event.
 * @property {(state: ConnectionState) => void} onState
 */

/**
 * Opens a socket. When the page has applied a frame, it calls reached(cursor); the next connection
 * resumes from there.
 *
 * @param {ConnectionOptions} options
 * @returns {Connection}
 */
export function connect({ path, params = {}, since = null, handlers, onState }) {
  const backoff = new Backoff();
  /** @type {WebSocket | null} */
  let socket = null;
  let cursor = since;
  let openedAt = 0;
  /** @type {number | null} */
  let retryAt = null;
  /** @type {number | null} */
  let liveUntil = null;
  let downSince = Date.now();
  let live = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let countdown;

  function open() {
    cancelRetry();
    const url = new URL(path, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
    if (cursor !== null) url.searchParams.set('since', cursor);

    const opened = new WebSocket(url);
    socket = opened;
    openedAt = Date.now();
    timer = setTimeout(retryLater, WELCOME_TIMEOUT);
    report();
    // Events of a socket that was replaced are ignored.
    opened.addEventListener('message', ({ data }) => { if (opened === socket) onMessage(data); });
    opened.addEventListener('close', (close) => { if (opened === socket) onClose(close); });
  }

  /** @param {string} text */
  function onMessage(text) {
    /** @type {{ event: keyof FrameHandlers, data: any }} */
    const { event, data } = JSON.parse(text);
    if (event === 'welcome') {
      clearTimeout(timer);
      live = true;
      report();
    }
    handlers[event]?.(data);
  }

  /** @param {CloseEvent} close */
  function onClose(close) {
    clearSocket();
    scheduleRetry(backoff.afterClose(close));
  }

  function clearSocket() {
    if (live) {
      liveUntil = downSince = Date.now();
      if (Date.now() - openedAt > STABLE_AFTER) backoff.reset();
    }
    live = false;
    socket = null;
  }

  /** @param {number} delay */
  function scheduleRetry(delay) {
    cancelRetry();
    retryAt = Date.now() + delay;
    timer = setTimeout(open, delay);
    countdown = setInterval(report, 1000);
    report();
  }

  function cancelRetry() {
    clearTimeout(timer);
    clearInterval(countdown);
    retryAt = null;
  }

  function report() {
    onState({ name: stateName(), retryAt, liveUntil });
  }

  function stateName() {
    if (live) return 'live';
    const hasFailed = liveUntil !== null || backoff.attempts > 1;
    const isDownLong = hasFailed && Date.now() - downSince > OFFLINE_AFTER;
    if (navigator.onLine === false || isDownLong) return 'offline';
    return retryAt === null ? 'connecting' : 'waiting';
  }

  function cancel() {
    const old = socket;
    clearSocket();
    cancelRetry();
    old?.close();
  }

  function reconnect() {
    cancel();
    open();
  }

  function retryLater() {
    cancel();
    scheduleRetry(backoff.next());
  }

  watchConnectivity({
    isOpen: () => socket !== null,
    reconnect,
    retryLater,
    suspend: cancel,
    resume: () => { if (socket === null) open(); },
  });
  open();

  return {
    send(event, data) {
      if (!live || socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify({ event, data: data ?? {} }));
      return true;
    },
    reached(position) { cursor = position; },
    retryNow() { if (!live) reconnect(); },
    retryLater,
  };
}
