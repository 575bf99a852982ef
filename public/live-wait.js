// How long a page waits before it connects again.

const SHORTEST = 300;
const FIRST = 1000;
const LONGEST = 30_000;
/** Within this time after the moment that a stopping server names, its clients of that second spread. */
const SPREAD = 1000;
/** 1008: against the rules; 1013: overloaded. Whoever is told so comes back slowly from the first time on. */
const GO_SLOW = new Set([1008, 1013]);
const SLOW_ATTEMPT = 4;

export class Wait {
  #attempt = 0;

  /** How often in a row it did not work. */
  get attempts() {
    return this.#attempt;
  }

  /** The connection held: the next wait starts small again. */
  held() {
    this.#attempt = 0;
  }

  /**
   * Milliseconds until the next attempt after a socket closed with that code and reason. A server that stops spreads
   * its clients by itself. Otherwise full jitter, anywhere up to a bound that doubles, so that a thousand pages do not
   * come back at one moment.
   */
  after({ code, reason }) {
    const told = code === 1001 && /^reconnect in (\d+(?:\.\d+)?) s$/.exec(reason);
    if (told) return Math.min(Number(told[1]) * 1000, LONGEST) + Math.random() * SPREAD;
    if (GO_SLOW.has(code)) this.#attempt = Math.max(this.#attempt, SLOW_ATTEMPT);
    return this.next();
  }

  /** Milliseconds until the next attempt, for no reason that a server gave. */
  next() {
    const bound = Math.min(FIRST * 2 ** this.#attempt, LONGEST);
    this.#attempt += 1;
    return Math.max(SHORTEST, Math.random() * bound);
  }
}
