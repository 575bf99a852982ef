// All pages: no problems, no horizontal scrolling, accessible, small, and no unnecessary sockets.

import assert from 'node:assert/strict';
import test from 'node:test';

import { violations, colourViolations } from './accessibility.js';
import { addMessages, openPage, pages } from './every-page.js';
import { setUpShop } from './test-shop.js';

const MAX_BYTES = 150_000;
/** The first visitor triggers the resizing of images, which is slow in a debug build. */
const RESIZE_TIMEOUT = 90_000;

const env = setUpShop({ demo: true }, addMessages);

for (const name of Object.keys(pages)) {
  for (const language of ['en', 'es']) {
    // Problems of the window are checked when its test ends.
    test(`${name}, ${language}`, async (t) => {
      const page = await openPage(env, t, name, { language });
      await t.test('is complete', () => isComplete(page));
      await t.test('is accessible in the light theme', async () => assert.deepEqual(await violations(page), []));
      // Without transitions, so that the final colours are checked.
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
      await t.test('is accessible in the dark theme', async () => assert.deepEqual(await colourViolations(page), []));
      // 640 is 1280 at 200 % zoom.
      for (const width of [360, 640, 768, 1280]) {
        await t.test(`does not scroll horizontally at ${width} pixels`, () => fits(page, width));
      }
    });
  }
}

const isLoaded = (page) => page.waitForLoadState('load', { timeout: RESIZE_TIMEOUT });

async function isComplete(page) {
  assert.match(await page.title(), /^.+ · Vitrina$/);
  assert.equal(await page.locator('h1').count(), 1);
  await isLoaded(page);
  const broken = await page.$$eval('img', (images) => images
    .filter((image) => image.complete && image.naturalWidth === 0)
    .map((image) => image.src));
  assert.deepEqual(broken, []);
}

async function fits(page, width) {
  await page.setViewportSize({ width, height: 800 });
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(excess <= 0, `${excess} pixels too wide`);
}

test('pages transfer at most 150 kB without images', async (t) => {
  for (const name of ['catalogue', 'live', 'product', 'cart', 'chat']) {
    const page = await openPage(env, t, name);
    await isLoaded(page);
    const weight = await page.evaluate(() => {
      const [document] = performance.getEntriesByType('navigation');
      const resources = performance.getEntriesByType('resource').filter(({ initiatorType }) => initiatorType !== 'img');
      return [document, ...resources].reduce((sum, { transferSize }) => sum + transferSize, 0);
    });
    assert.ok(weight > 5000 && weight <= MAX_BYTES, `${name}: ${weight} bytes`);
    t.diagnostic(`${name}: ${Math.round(weight / 1000)} kB`);
  }
});

test('the catalogue opens no socket, the live page one', async (t) => {
  for (const [path, number] of [['/', 0], ['/carts', 0], ['/realtimeproducts', 1]]) {
    const page = await env.visit(t, '/nowhere', { ignore: /404/ });
    let sockets = 0;
    page.on('websocket', () => { sockets += 1; });
    await page.goto(env.shop.url + path, { timeout: RESIZE_TIMEOUT });
    // All scripts of the page have run.
    await page.waitForLoadState('networkidle', { timeout: RESIZE_TIMEOUT });
    assert.equal(sockets, number, path);
  }
});

test('the whole card links to the product', async (t) => {
  const page = await env.visit(t, '/');
  const box = await page.locator('.card:nth-child(2) .card-picture').boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForURL(/\/products\/[0-9a-f]{24}$/);
});

test('a missing page offers a search, in the visitor’s language', async (t) => {
  for (const path of ['/nowhere', '/products/000000000000000000000000', '/carts/not-an-id', '/products/x/y']) {
    const page = await env.visit(t, path, { language: 'es', ignore: /404/ });
    assert.equal(await page.textContent('.error-status'), '404', path);
    assert.equal(await page.getAttribute('html', 'lang'), 'es');
    await page.fill('#error-q', 'taza');
    await page.press('#error-q', 'Enter');
    await page.waitForURL(/\/\?q=taza$/);
  }
});

test('an invalid search shows an error', async (t) => {
  const page = await env.visit(t, '/?page=none', { ignore: /400|404/ });
  assert.match(await page.textContent('h1'), /\S/);
  await page.goto(`${env.shop.url}/?page=99999`);
  assert.match(await page.textContent('h1, h2'), /\S/);
});

test('paths match in any letter case and with a trailing slash', async (t) => {
  const page = await env.visit(t, '/');
  for (const [path, heading] of [
    ['/RealTimeProducts/', 'Live'], ['/CARTS/', 'Your cart'], ['/Chat/', 'Chat'],
  ]) {
    await page.goto(env.shop.url + path);
    assert.equal(await page.textContent('h1'), heading);
  }
});
