// The pages that follow the product stream, as tests look at them.

import { has } from './expectations.js';

/** The row of a product on the live page. */
export const rowOf = (product) => `#rows [data-product-id="${product._id}"]`;

/** Waits until the page's socket has been greeted. */
export const isLive = (page) => has(page, '#live-status', 'data-state', 'live');

/** How a stopping server says goodbye; tests cut lines so, since then the page waits until it is told to try. */
export const COME_LATER = { code: 1001, reason: 'reconnect in 30 s' };

/** Waits until the page's connection is gone and the next attempt is due later. */
export const waits = (page) => has(page, '#live-status', 'data-state', 'waiting');

/** Does not wait for the countdown. */
export const tryNow = (page) => page.click('[data-live-retry]');

/**
 * Remembers this very document: the answer says whether the window still shows it, and how often it went anywhere
 * since.
 */
export async function staysHere(page) {
  let went = 0;
  page.on('framenavigated', () => { went += 1; });
  const mark = Math.random();
  await page.evaluate((value) => { window.sameDocument = value; }, mark);
  return async () => went === 0 && await page.evaluate((value) => window.sameDocument === value, mark);
}

/** Notes the wall clock's time at which an element first says these words, seen from inside the page. */
export async function noteWhen(page, selector, words) {
  await page.evaluate(([place, wanted]) => {
    const element = document.querySelector(place);
    window.noted = new Promise((resolve) => {
      const look = () => {
        if (element.textContent.trim() !== wanted) return;
        observer.disconnect();
        resolve(Date.now());
      };
      const observer = new MutationObserver(look);
      observer.observe(element, { childList: true, characterData: true, subtree: true });
    });
  }, [selector, words]);
  return () => page.evaluate(() => window.noted);
}

/** Sums the layout shifts from here on. */
export async function watchShifts(page) {
  await page.evaluate(() => {
    window.shifts = 0;
    window.shiftWatch = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shifts += entry.value;
    });
    window.shiftWatch.observe({ type: 'layout-shift' });
  });
  return () => page.evaluate(() => {
    for (const entry of window.shiftWatch.takeRecords()) window.shifts += entry.value;
    return window.shifts;
  });
}

/** The middle one of some numbers. */
export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
