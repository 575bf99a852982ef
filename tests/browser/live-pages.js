// Helpers for tests of pages that follow the product stream.

import { hasAttribute } from './expectations.js';

/** Selector of a product's row on the live page. */
export const rowOf = (product) => `#rows [data-product-id="${product._id}"]`;

/** Waits until the page's connection is live. */
export const isLive = (page) => hasAttribute(page, '#live-status', 'data-state', 'live');

/**
 * Close frame of a stopping server; after it, the page does not reconnect before a test lets it.
 */
export const RECONNECT_LATER = { code: 1001, reason: 'reconnect in 30 s' };

/** Waits until the page has lost its connection and waits to retry. */
export const waits = (page) => hasAttribute(page, '#live-status', 'data-state', 'waiting');

/** Reconnects at once. */
export const tryNow = (page) => page.click('[data-live-retry]');

/** Returns a function that resolves to whether the window has not navigated since. */
export async function trackNavigation(page) {
  let navigations = 0;
  page.on('framenavigated', () => { navigations += 1; });
  const mark = Math.random();
  await page.evaluate((value) => { window.sameDocument = value; }, mark);
  return async () => navigations === 0 && await page.evaluate((value) => window.sameDocument === value, mark);
}

/**
 * Records, inside the page, the time when an element first has this text; returns a function that
 * resolves to it.
 */
export async function timeOfText(page, selector, text) {
  await page.evaluate(([query, expected]) => {
    const element = document.querySelector(query);
    window.textSeenAt = new Promise((resolve) => {
      const check = () => {
        if (element.textContent.trim() !== expected) return;
        observer.disconnect();
        resolve(Date.now());
      };
      const observer = new MutationObserver(check);
      observer.observe(element, { childList: true, characterData: true, subtree: true });
    });
  }, [selector, text]);
  return () => page.evaluate(() => window.textSeenAt);
}

/** Returns a function that resolves to the sum of layout shifts since. */
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

/** The median of some numbers. */
export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
