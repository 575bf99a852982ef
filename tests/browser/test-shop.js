// The environment of a test file: one shop, one browser, and windows that close when their test
// ends.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { launchBrowser, openWindow } from './browser.js';
import { startShop } from './shop-server.js';

/**
 * Starts a shop and a browser for the tests of a file. settings are those of startShop, or a
 * function that returns them; fillShop(shop) adds the data that the tests need.
 */
export function setUpShop(settings = {}, fillShop = async () => {}) {
  const env = {
    shop: null,
    browser: null,

    /**
     * Opens path in a new window. When the test ends, the window must not have recorded any
     * problems, except those that match ignore.
     */
    async visit(test, path, { ignore = null, ...visitor } = {}) {
      const page = await openWindow(env.browser, visitor);
      test.after(async () => {
        const problems = page.problems().filter((problem) => !ignore?.test(problem));
        await page.context().close();
        assert.deepEqual(problems, [], `problems on ${path}`);
      });
      await page.goto(env.shop.url + path, { waitUntil: 'domcontentloaded' });
      return page;
    },
  };

  before(async () => {
    const resolved = typeof settings === 'function' ? await settings() : settings;
    [env.shop, env.browser] = await Promise.all([startShop(resolved), launchBrowser()]);
    await fillShop(env.shop);
  });
  after(async () => {
    await env.browser?.close();
    await env.shop?.clear();
  });
  return env;
}
