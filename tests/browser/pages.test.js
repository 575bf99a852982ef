// What holds for every page: nothing to complain of, no sideways scroll, open to all, light to load, and no socket
// without need.

import assert from 'node:assert/strict';
import test from 'node:test';

import { findings, findingsOfColour } from './accessibility.js';
import { furnish, openPage, pages } from './every-page.js';
import { setStage } from './stage.js';

const HEAVIEST = 150_000;
/** The first who looks has the pictures drawn, which the debug program does slowly, the more so on a busy machine. */
const DRAWING = 90_000;

const stage = setStage({ demo: true }, furnish);

for (const name of Object.keys(pages)) {
  for (const language of ['en', 'es']) {
    // That the window had nothing to complain of, the content policy included, is checked when its test ends.
    test(`${name}, ${language}`, async (t) => {
      const page = await openPage(stage, t, name, { language });
      await t.test('is whole', () => isWhole(page));
      await t.test('is open to all, by day', async () => assert.deepEqual(await findings(page), []));
      // At once, not through the shades between: colours are judged, not their change.
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
      await t.test('is open to all, by night', async () => assert.deepEqual(await findingsOfColour(page), []));
      // 640 is a window of 1280 at 200 % zoom.
      for (const width of [360, 640, 768, 1280]) {
        await t.test(`has no sideways scroll at ${width} pixels`, () => fits(page, width));
      }
    });
  }
}

const drawn = (page) => page.waitForLoadState('load', { timeout: DRAWING });

async function isWhole(page) {
  assert.match(await page.title(), /^.+ · Vitrina$/);
  assert.equal(await page.locator('h1').count(), 1);
  await drawn(page);
  const broken = await page.$$eval('img', (images) => images
    .filter((image) => image.complete && image.naturalWidth === 0)
    .map((image) => image.src));
  assert.deepEqual(broken, []);
}

async function fits(page, width) {
  await page.setViewportSize({ width, height: 800 });
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(beyond <= 0, `${beyond} pixels too wide`);
}

test('pages weigh at most 150 kB before their images', async (t) => {
  for (const name of ['catalogue', 'live', 'product', 'cart', 'chat']) {
    const page = await openPage(stage, t, name);
    await drawn(page);
    const weight = await page.evaluate(() => {
      const [document] = performance.getEntriesByType('navigation');
      const resources = performance.getEntriesByType('resource').filter(({ initiatorType }) => initiatorType !== 'img');
      return [document, ...resources].reduce((sum, { transferSize }) => sum + transferSize, 0);
    });
    assert.ok(weight > 5000 && weight <= HEAVIEST, `${name} weighs ${weight} bytes`);
    t.diagnostic(`${name}: ${Math.round(weight / 1000)} kB`);
  }
});

test('the catalogue opens no socket, the live page one', async (t) => {
  for (const [path, number] of [['/', 0], ['/carts', 0], ['/realtimeproducts', 1]]) {
    const page = await stage.visit(t, '/nowhere', { pardon: /404/ });
    let sockets = 0;
    page.on('websocket', () => { sockets += 1; });
    await page.goto(stage.shop.url + path, { timeout: DRAWING });
    // Every script of the page has run, and whatever it started has had its turn.
    await page.waitForLoadState('networkidle', { timeout: DRAWING });
    assert.equal(sockets, number, path);
  }
});

test('the whole card leads to the product', async (t) => {
  const page = await stage.visit(t, '/');
  const box = await page.locator('.card:nth-child(2) .card-picture').boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForURL(/\/products\/[0-9a-f]{24}$/);
});

test('a page that is not there helps onward, in the visitor’s language', async (t) => {
  for (const path of ['/nowhere', '/products/000000000000000000000000', '/carts/not-an-id', '/products/x/y']) {
    const page = await stage.visit(t, path, { language: 'es', pardon: /404/ });
    assert.equal(await page.textContent('.error-status'), '404', path);
    assert.equal(await page.getAttribute('html', 'lang'), 'es');
    await page.fill('#error-q', 'taza');
    await page.press('#error-q', 'Enter');
    await page.waitForURL(/\/\?q=taza$/);
  }
});

test('a search that cannot be read says so', async (t) => {
  const page = await stage.visit(t, '/?page=none', { pardon: /400|404/ });
  assert.match(await page.textContent('h1'), /\S/);
  await page.goto(`${stage.shop.url}/?page=99999`);
  assert.match(await page.textContent('h1, h2'), /\S/);
});

test('addresses are read in any letter case and with a slash at their end', async (t) => {
  const page = await stage.visit(t, '/');
  for (const [path, heading] of [
    ['/RealTimeProducts/', 'The shop, live'], ['/CARTS/', 'Your cart'], ['/Chat/', 'Chat'],
  ]) {
    await page.goto(stage.shop.url + path);
    assert.equal(await page.textContent('h1'), heading);
  }
});
