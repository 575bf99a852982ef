// The live page: stored changes appear in every window, in place and at once.

import assert from 'node:assert/strict';
import test from 'node:test';

import { hasAttribute, hasCount, hasText, waitUntil } from './expectations.js';
import { isLive, median, rowOf, timeOfText, trackNavigation, watchShifts } from './live-pages.js';
import { setUpShop } from './test-shop.js';

const MAX_DELAY_MS = 1000;

const smallestPng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
);

const env = setUpShop({}, async (shop) => {
  const titles = [
    'Moon jar', 'Tea bowl', 'Low dish', 'Oak tray', 'Linen cloth', 'Wool throw', 'Brass lamp', 'Paper lamp',
  ];
  for (const title of titles) await shop.create({ title, code: title, price: 24, stock: 12, category: 'things' });
});

const anyProduct = async (index) => (await env.shop.products())[index];

async function openLive(test, visitor) {
  const page = await env.visit(test, '/realtimeproducts', visitor);
  await isLive(page);
  return page;
}

/** Position and size of every row, picture, title and button. */
function rowBoxes(page) {
  return page.$$eval('#rows :is(.row, img, a, button)', (elements) => elements.map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x, y, width, height];
  }));
}

test('an edit by REST appears in two windows within a second, without a reload', async (t) => {
  const product = await anyProduct(1);
  const windows = [await openLive(t), await openLive(t, { language: 'es', theme: 'dark', width: 390 })];
  const stayed = await Promise.all(windows.map(trackNavigation));
  const delays = [];
  for (const stock of [41, 42, 43, 44, 45]) {
    const labels = [`${stock} left`, `Quedan ${stock}`];
    const cell = `${rowOf(product)} .stock`;
    const seen = await Promise.all(
      windows.map((page, index) => timeOfText(page, cell, labels[index])),
    );
    await env.shop.change(product, { stock });
    const acknowledged = Date.now();
    const times = await Promise.all(seen.map((time) => time()));
    delays.push(Math.max(...times) - acknowledged);
  }
  assert.ok(median(delays) <= MAX_DELAY_MS, `windows updated after ${delays} ms`);
  assert.deepEqual(await Promise.all(stayed.map((same) => same())), [true, true]);
});

test('a change keeps row, focus and scroll position, and moves nothing', async (t) => {
  const product = await anyProduct(6);
  const page = await openLive(t);
  const row = await page.$(rowOf(product));
  await page.locator(`${rowOf(product)} .row-title a`).scrollIntoViewIfNeeded();
  await page.focus(`${rowOf(product)} .row-title a`);
  const before = await page.evaluate(() => scrollY);
  const shifts = await watchShifts(page);
  const boxes = await rowBoxes(page);

  await env.shop.change(product, { price: 1234.5, stock: 3 });
  await hasText(page, `${rowOf(product)} .price`, '$1,234.50');
  await hasText(page, `${rowOf(product)} .stock`, '3 left');
  await hasAttribute(page, `${rowOf(product)} .stock`, 'data-state', 'low');
  assert.match(await page.getAttribute(`${rowOf(product)} .price`, 'class'), /changed/);
  assert.ok(await row.evaluate((element) => element.isConnected && element.contains(document.activeElement)));
  assert.equal(await page.evaluate(() => scrollY), before);
  assert.deepEqual(await rowBoxes(page), boxes);
  // The price is aligned right, so its first digit moves.
  assert.ok(await shifts() < 0.001, `shifted by ${await shifts()}`);
  await hasText(page, '.entry .entry-title', product.title);
  await hasText(page, '.entry', /\$1,234\.50/);
  // The highlight ends.
  await hasCount(page, '.changed', 0);
});

test('a created product appears, a deleted one disappears', async (t) => {
  const page = await openLive(t);
  const total = (await env.shop.products()).length;
  const product = await env.shop.create({ title: 'Blue jug', code: 'JUG-1', price: 30, stock: 2, category: 'Jugs' });
  await hasText(page, `${rowOf(product)} .row-title`, 'Blue jug');
  await hasText(page, `${rowOf(product)} .price`, '$30.00');
  await hasText(page, '[data-live-total]', `${total + 1} products`);
  assert.equal(await page.locator('#rows > :last-child').getAttribute('data-product-id'), product._id);
  assert.equal(await page.getAttribute(`${rowOf(product)} a`, 'href'), `/products/${product._id}`);
  assert.equal(await page.getAttribute(`${rowOf(product)} button`, 'aria-label'), 'Add Blue jug to cart');

  await env.shop.remove(product);
  await hasText(page, '[data-live-total]', `${total} products`);
  await hasCount(page, `${rowOf(product)}.leaving`, 1);
  await hasCount(page, rowOf(product), 0);
});

test('an uploaded picture appears in the row', async (t) => {
  const product = await anyProduct(5);
  const page = await openLive(t);
  await hasAttribute(page, `${rowOf(product)} img`, 'alt', '');
  const stored = await env.shop.upload(product, smallestPng);
  const name = stored.thumbnails[0];
  await hasAttribute(page, `${rowOf(product)} img`, 'src', `/uploads/320/${name}.webp`);
  await waitUntil(page, (place) => document.querySelector(place).naturalWidth > 0, `${rowOf(product)} img`);
  await hasAttribute(page, `${rowOf(product)} img`, 'alt', product.title);
  await hasText(page, '.entry', /New picture/);
});

test('a sold-out product stays in the list and cannot be added until it is back in stock', async (t) => {
  const product = await anyProduct(2);
  const page = await openLive(t);
  const button = `${rowOf(product)} button`;
  await env.shop.change(product, { stock: 0 });
  await hasText(page, `${rowOf(product)} .stock`, 'sold out');
  await hasAttribute(page, button, 'aria-disabled', 'true');
  // A click does nothing.
  await page.click(button, { force: true });
  await env.shop.change(product, { stock: 1 });
  await hasText(page, `${rowOf(product)} .stock`, 'last one');
  await hasAttribute(page, button, 'aria-disabled', 'false');
  assert.ok(await page.locator('[data-cart-count]').isHidden());
  await page.click(button);
  await hasText(page, '[data-cart-count]', '1');
  await hasText(page, '#toasts p', `${product.title}: added to your cart.`);
});

test('a product that is not for sale is marked', async (t) => {
  const product = await anyProduct(3);
  const page = await openLive(t);
  await env.shop.change(product, { status: false });
  await hasText(page, `${rowOf(product)} .stock`, 'not for sale');
  await env.shop.change(product, { status: true });
  await hasAttribute(page, `${rowOf(product)} button`, 'aria-disabled', 'false');
});

test('product fields are shown as plain text', async (t) => {
  const title = '<img src=x onerror="window.broken=1"> & "quotes" </template><script>window.broken=1</script>';
  const page = await openLive(t);
  const product = await env.shop.create({ title, code: '<b>"\'', price: 1, stock: 1, category: '{{x}}<i>' });
  await hasText(page, `${rowOf(product)} .row-title`, title);
  await hasText(page, `${rowOf(product)} .row-category`, '{{x}}<i>');
  const search = `/?q=${encodeURIComponent(title.slice(0, 60))}`;
  for (const path of [search, '/realtimeproducts', `/products/${product._id}`]) {
    await page.goto(env.shop.url + path);
    assert.ok((await page.textContent('main')).includes(title), path);
    assert.equal(await page.evaluate(() => window.broken), undefined, path);
  }
  await env.shop.remove(product);
});

test('the feed groups quick changes, and pauses while it is read', async (t) => {
  const product = await anyProduct(4);
  const page = await openLive(t);
  await env.shop.change(product, { stock: 20 });
  await hasText(page, '.entry', /20 left/);
  await page.hover('#feed');
  for (const stock of [19, 18, 17]) await env.shop.change(product, { stock });
  await hasText(page, '[data-feed-paused]', 'Paused, 3 new');
  await hasText(page, '.entry', /20 left/);
  await page.mouse.move(5, 300);
  await hasText(page, '.entry', /17 left.*4 changes/s);
  await hasCount(page, '.entry', 1);
});

test('the page shows the number of viewers', async (t) => {
  const page = await openLive(t);
  await hasText(page, '[data-live-extra]', 'only you');
  const other = await openLive(t);
  await hasText(page, '[data-live-extra]', '2 watching');
  await other.goto(env.shop.url);
  await hasText(page, '[data-live-extra]', 'only you');
});

test('a product page follows the product until it is deleted', async (t) => {
  const product = await env.shop.create({ title: 'Small tray', code: 'TRAY-1', price: 12, stock: 9 });
  const page = await env.visit(t, `/products/${product._id}`);
  await isLive(page);
  const stayed = await trackNavigation(page);
  await env.shop.change(product, { title: 'Small tray, oak', price: 12.75, stock: 2 });
  await hasText(page, 'h1', 'Small tray, oak');
  await hasText(page, '.product-now .price', '$12.75');
  await hasText(page, '.product-now .stock', '2 left');
  await hasAttribute(page, '#quantity', 'max', '2');
  await env.shop.remove(product);
  await page.waitForSelector('[data-gone]:visible');
  await hasAttribute(page, '.add-big', 'aria-disabled', 'true');
  assert.ok(await stayed());
});
