// When a page has reason to doubt its connection: it was away, the computer slept, the network went or came.

/** Away or asleep for this long, a socket that looks open may be none. */
const AWAY = 60_000;
const BEAT = 10_000;

/**
 * isOpen() says whether there is a socket, be it only opening. renew() connects anew, wait() gives the socket up and
 * tries later, rest() gives it up and does not try, resume() ends a rest.
 */
export function watchWaking({ isOpen, renew, wait, rest, resume }) {
  let hiddenAt = null;
  let lastBeat = Date.now();

  addEventListener('online', renew);
  addEventListener('offline', wait);

  document.addEventListener('visibilitychange', () => {
    const awaySince = hiddenAt ?? Date.now();
    hiddenAt = document.hidden ? Date.now() : null;
    if (document.hidden) return;
    lastBeat = Date.now();
    if (!isOpen() || Date.now() - awaySince > AWAY) renew();
  });

  // A computer that slept wakes with a clock that jumped and a socket that only looks open.
  setInterval(() => {
    const now = Date.now();
    if (!document.hidden && now - lastBeat > AWAY) renew();
    lastBeat = now;
  }, BEAT);

  // The browser may keep a left page to bring it back whole; it does not keep sockets.
  addEventListener('pagehide', rest);
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    lastBeat = Date.now();
    resume();
  });
}
