// What a file of tests plays on: one shop, one browser, and windows that close when their test ends.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { launchBrowser, openWindow } from './browser.js';
import { startShop } from './shop-server.js';

/**
 * Starts a shop and a browser for the tests of this file. settings are those of startShop, or a function that gives
 * them; furnish(shop) puts into it what the tests need.
 */
export function setStage(settings = {}, furnish = async () => {}) {
  const stage = {
    shop: null,
    browser: null,

    /**
     * Opens path in a window of its own. When the test ends, the window must have had nothing to complain of, but
     * for what matches pardon.
     */
    async visit(test, path, { pardon = null, ...visitor } = {}) {
      const page = await openWindow(stage.browser, visitor);
      test.after(async () => {
        const complaints = page.complaints().filter((complaint) => !pardon?.test(complaint));
        await page.context().close();
        assert.deepEqual(complaints, [], `complaints of ${path}`);
      });
      await page.goto(stage.shop.url + path, { waitUntil: 'domcontentloaded' });
      return page;
    },
  };

  before(async () => {
    const wanted = typeof settings === 'function' ? await settings() : settings;
    [stage.shop, stage.browser] = await Promise.all([startShop(wanted), launchBrowser()]);
    await furnish(stage.shop);
  });
  after(async () => {
    await stage.browser?.close();
    await stage.shop?.clear();
  });
  return stage;
}
