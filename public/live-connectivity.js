// @ts-check

// Detects when an open socket may be dead: the page was hidden, the device slept, or the network
// changed.

/** After this long hidden or asleep, a socket that looks open may be dead. */
const AWAY_MS = 60_000;
const TICK_MS = 10_000;

/**
 * @typedef {object} Reconnectable
 * @property {() => boolean} isOpen Whether there is a socket, even if it is still connecting.
 * @property {() => void} reconnect Opens a new one.
 * @property {() => void} retryLater Closes it and retries after a wait.
 * @property {() => void} suspend Closes it without a retry.
 * @property {() => void} resume Ends a suspension.
 */

/** @param {Reconnectable} socket */
export function watchConnectivity({ isOpen, reconnect, retryLater, suspend, resume }) {
  /** @type {number | null} */
  let hiddenAt = null;
  let lastTick = Date.now();

  addEventListener('online', reconnect);
  addEventListener('offline', retryLater);

  document.addEventListener('visibilitychange', () => {
    const awaySince = hiddenAt ?? Date.now();
    hiddenAt = document.hidden ? Date.now() : null;
    if (document.hidden) return;
    lastTick = Date.now();
    if (!isOpen() || Date.now() - awaySince > AWAY_MS) reconnect();
  });

  // After sleep, the clock has jumped, and the socket only looks open.
  setInterval(() => {
    const now = Date.now();
    if (!document.hidden && now - lastTick > AWAY_MS) reconnect();
    lastTick = now;
  }, TICK_MS);

  // The back-forward cache keeps pages, but not their sockets.
  addEventListener('pagehide', suspend);
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    lastTick = Date.now();
    resume();
  });
}
