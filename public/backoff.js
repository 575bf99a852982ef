// @ts-check

// How long a page waits before it reconnects.

const MIN_MS = 300;
const BASE_MS = 1000;
const MAX_MS = 30_000;
/** Clients that a stopping server asks to return at the same second spread over this time. */
const SPREAD_MS = 1000;
/**
 * After these close codes, even the first wait is long. 1008: policy violation; 1013: overloaded.
 */
const SLOW_AFTER = new Set([1008, 1013]);
const SLOW_ATTEMPT = 4;

export class Backoff {
  #attempt = 0;

  /** Number of failed attempts in a row. */
  get attempts() {
    return this.#attempt;
  }

  /** Resets the wait after a connection that was stable. */
  reset() {
    this.#attempt = 0;
  }

  /**
   * Milliseconds to wait after a socket closed with this code and reason. A stopping server names
   * the time to return in its close reason.
   *
   * @param {{ code: number, reason: string }} close
   */
  afterClose({ code, reason }) {
    const match = code === 1001 ? /^reconnect in (\d+(?:\.\d+)?) s$/.exec(reason) : null;
    if (match) return Math.min(Number(match[1]) * 1000, MAX_MS) + Math.random() * SPREAD_MS;
    if (SLOW_AFTER.has(code)) this.#attempt = Math.max(this.#attempt, SLOW_ATTEMPT);
    return this.next();
  }

  /**
   * Milliseconds to wait before the next attempt: full jitter under a bound that doubles each time.
   */
  next() {
    const bound = Math.min(BASE_MS * 2 ** this.#attempt, MAX_MS);
    this.#attempt += 1;
    return Math.max(MIN_MS, Math.random() * bound);
  }
}
