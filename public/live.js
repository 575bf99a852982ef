// One socket that stays: it resumes where it was, backs off when it must, and says how it is.

const SHORTEST_WAIT = 300;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
/** A connection that held this long was a good one: the next wait starts small again. */
const STEADY = 10_000;
/** Down for this long is "offline" rather than "reconnecting". */
const LONG_GONE = 20_000;
/** A page that was away, or a computer that slept, for this long cannot trust its socket. */
const AWAY = 60_000;
const BEAT = 10_000;

/**
 * Opens the socket at path. since is the cursor of what the page shows, or null.
 * onFrame(event, data) gets every frame; the page calls reached(cursor) when it has taken one in whole, and a new
 * connection starts from there. onState gets {name, retryAt, liveUntil}; name is "connecting", "live", "waiting"
 * (until retryAt) or "offline" (nothing since liveUntil, null for never).
 */
export function connect({ path, params = {}, since = null, onFrame, onState }) {
  let socket = null;
  let cursor = since;
  let attempt = 0;
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
    report();
    // A socket that was given up still tells of its end; only the present one counts.
    mine.addEventListener('message', (message) => mine === socket && take(message.data));
    mine.addEventListener('close', (close) => mine === socket && lost(close));
  }

  function take(text) {
    const { event, data } = JSON.parse(text);
    if (event === 'welcome') {
      live = true;
      report();
    }
    onFrame(event, data);
  }

  function lost(close) {
    if (live && Date.now() - openedAt > STEADY) attempt = 0;
    forget();
    waitFor(hinted(close) ?? jittered());
  }

  function forget() {
    if (live) liveUntil = downSince = Date.now();
    live = false;
    socket = null;
  }

  // A server that stops spreads its clients out by itself.
  function hinted(close) {
    const told = close.code === 1001 && /reconnect in (\d+(?:\.\d+)?) s/.exec(close.reason);
    return told ? Math.min(Number(told[1]) * 1000, LONGEST_WAIT) : null;
  }

  // Full jitter: anywhere up to the bound, so that a thousand pages do not come back at one moment.
  function jittered() {
    const bound = Math.min(FIRST_WAIT * 2 ** attempt, LONGEST_WAIT);
    attempt += 1;
    return Math.max(SHORTEST_WAIT, Math.random() * bound);
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
    const longGone = liveUntil !== null || attempt > 1 ? Date.now() - downSince > LONG_GONE : false;
    let name = retryAt === null ? 'connecting' : 'waiting';
    if (live) name = 'live';
    else if (navigator.onLine === false || longGone) name = 'offline';
    onState({ name, retryAt, liveUntil });
  }

  function giveUp() {
    const old = socket;
    forget();
    old?.close();
  }

  function renew() {
    giveUp();
    open();
  }

  const retryNow = () => { if (!live) renew(); };

  addEventListener('online', renew);
  addEventListener('offline', () => {
    giveUp();
    waitFor(jittered());
  });

  let hiddenAt = null;
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      hiddenAt = Date.now();
    } else if (socket === null || Date.now() - (hiddenAt ?? Date.now()) > AWAY) {
      renew();
    }
  });

  // A computer that slept wakes with a clock that jumped and a socket that only looks open.
  let lastBeat = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (!document.hidden && now - lastBeat > AWAY) renew();
    lastBeat = now;
  }, BEAT);

  // The browser may keep a left page to bring it back whole; it does not keep sockets.
  addEventListener('pagehide', () => {
    stopWaiting();
    giveUp();
  });
  addEventListener('pageshow', (event) => event.persisted && open());

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
    retryNow,
  };
}
