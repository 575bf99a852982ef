// The live page: what is stored shows in every window, in place and at once.

import assert from 'node:assert/strict';
import test from 'node:test';

import { becomes, counts, has, says } from './expectations.js';
import { isLive, median, noteWhen, rowOf, staysHere, watchShifts } from './live-pages.js';
import { setStage } from './stage.js';

const SOON = 1000;

const smallestPng = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=',
  'base64',
);

const stage = setStage({}, async (shop) => {
  const goods = ['Moon jar', 'Tea bowl', 'Low dish', 'Oak tray', 'Linen cloth', 'Wool throw', 'Brass lamp', 'Paper lamp'];
  for (const title of goods) await shop.create({ title, code: title, price: 24, stock: 12, category: 'things' });
});

const anyProduct = async (place) => (await stage.shop.products())[place];

async function openLive(test, visitor) {
  const page = await stage.visit(test, '/realtimeproducts', visitor);
  await isLive(page);
  return page;
}

/** Where every row, picture, title and button stands. */
function placesOfRows(page) {
  return page.$$eval('#rows :is(.row, img, a, button)', (elements) => elements.map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x, y, width, height];
  }));
}

test('an edit by REST shows in two windows within a second, without a reload', async (t) => {
  const product = await anyProduct(1);
  const windows = [await openLive(t), await openLive(t, { language: 'es', theme: 'dark', width: 390 })];
  const stayed = await Promise.all(windows.map(staysHere));
  const delays = [];
  for (const stock of [41, 42, 43, 44, 45]) {
    const words = [`${stock} left`, `Quedan ${stock}`];
    const seen = await Promise.all(windows.map((page, each) => noteWhen(page, `${rowOf(product)} .stock`, words[each])));
    await stage.shop.change(product, { stock });
    const acknowledged = Date.now();
    const times = await Promise.all(seen.map((time) => time()));
    delays.push(Math.max(...times) - acknowledged);
  }
  assert.ok(median(delays) <= SOON, `windows were late by ${delays} ms`);
  assert.deepEqual(await Promise.all(stayed.map((same) => same())), [true, true]);
});

test('a change keeps the row, the focus and the scroll, and moves nothing', async (t) => {
  const product = await anyProduct(6);
  const page = await openLive(t);
  const row = await page.$(rowOf(product));
  await page.locator(`${rowOf(product)} .row-title a`).scrollIntoViewIfNeeded();
  await page.focus(`${rowOf(product)} .row-title a`);
  const before = await page.evaluate(() => scrollY);
  const shifts = await watchShifts(page);
  const places = await placesOfRows(page);

  await stage.shop.change(product, { price: 1234.5, stock: 3 });
  await says(page, `${rowOf(product)} .price`, '$1,234.50');
  await says(page, `${rowOf(product)} .stock`, '3 left');
  await has(page, `${rowOf(product)} .stock`, 'data-state', 'low');
  assert.match(await page.getAttribute(`${rowOf(product)} .price`, 'class'), /changed/);
  assert.ok(await row.evaluate((element) => element.isConnected && element.contains(document.activeElement)));
  assert.equal(await page.evaluate(() => scrollY), before);
  assert.deepEqual(await placesOfRows(page), places);
  // The price itself is set flush right, so that its own first figure moves.
  assert.ok(await shifts() < 0.001, `shifted by ${await shifts()}`);
  await says(page, '.entry .entry-title', product.title);
  await says(page, '.entry', /\$1,234\.50/);
  // The mark goes by itself.
  await counts(page, '.changed', 0);
});

test('a created product takes its place, a deleted one leaves', async (t) => {
  const page = await openLive(t);
  const total = (await stage.shop.products()).length;
  const product = await stage.shop.create({ title: 'Blue jug', code: 'JUG-1', price: 30, stock: 2, category: 'Jugs' });
  await says(page, `${rowOf(product)} .row-title`, 'Blue jug');
  await says(page, `${rowOf(product)} .price`, '$30.00');
  await says(page, '[data-live-total]', `${total + 1} products`);
  assert.equal(await page.locator('#rows > :last-child').getAttribute('data-product-id'), product._id);
  assert.equal(await page.getAttribute(`${rowOf(product)} a`, 'href'), `/products/${product._id}`);
  assert.equal(await page.getAttribute(`${rowOf(product)} button`, 'aria-label'), 'Add Blue jug to cart');

  await stage.shop.remove(product);
  await says(page, '[data-live-total]', `${total} products`);
  await counts(page, `${rowOf(product)}.leaving`, 1);
  await counts(page, rowOf(product), 0);
});

test('a picture takes its place in the row', async (t) => {
  const product = await anyProduct(5);
  const page = await openLive(t);
  await has(page, `${rowOf(product)} img`, 'alt', '');
  const stored = await stage.shop.upload(product, smallestPng);
  const name = stored.thumbnails[0];
  await has(page, `${rowOf(product)} img`, 'src', `/uploads/320/${name}.webp`);
  await becomes(page, (place) => document.querySelector(place).naturalWidth > 0, `${rowOf(product)} img`);
  await has(page, `${rowOf(product)} img`, 'alt', product.title);
  await says(page, '.entry', /New picture/);
});

test('what sells out stays in its place and cannot be added, until there is some again', async (t) => {
  const product = await anyProduct(2);
  const page = await openLive(t);
  const button = `${rowOf(product)} button`;
  await stage.shop.change(product, { stock: 0 });
  await says(page, `${rowOf(product)} .stock`, 'sold out');
  await has(page, button, 'aria-disabled', 'true');
  // Its press does nothing.
  await page.click(button, { force: true });
  await stage.shop.change(product, { stock: 1 });
  await says(page, `${rowOf(product)} .stock`, 'last one');
  await has(page, button, 'aria-disabled', 'false');
  assert.ok(await page.locator('[data-cart-count]').isHidden());
  await page.click(button);
  await says(page, '[data-cart-count]', '1');
  await says(page, '#toasts p', `${product.title}: added to your cart.`);
});

test('a product taken off sale says so', async (t) => {
  const product = await anyProduct(3);
  const page = await openLive(t);
  await stage.shop.change(product, { status: false });
  await says(page, `${rowOf(product)} .stock`, 'not for sale');
  await stage.shop.change(product, { status: true });
  await has(page, `${rowOf(product)} button`, 'aria-disabled', 'false');
});

test('texts of products stay texts', async (t) => {
  const title = '<img src=x onerror="window.broken=1"> & "quotes" </template><script>window.broken=1</script>';
  const page = await openLive(t);
  const product = await stage.shop.create({ title, code: '<b>"\'', price: 1, stock: 1, category: '{{x}}<i>' });
  await says(page, `${rowOf(product)} .row-title`, title);
  await says(page, `${rowOf(product)} .row-category`, '{{x}}<i>');
  const search = `/?q=${encodeURIComponent(title.slice(0, 60))}`;
  for (const path of [search, '/realtimeproducts', `/products/${product._id}`]) {
    await page.goto(stage.shop.url + path);
    assert.ok((await page.textContent('main')).includes(title), path);
    assert.equal(await page.evaluate(() => window.broken), undefined, path);
  }
  await stage.shop.remove(product);
});

test('the feed groups quick changes and waits while somebody reads it', async (t) => {
  const product = await anyProduct(4);
  const page = await openLive(t);
  await stage.shop.change(product, { stock: 20 });
  await says(page, '.entry', /20 left/);
  await page.hover('#feed');
  for (const stock of [19, 18, 17]) await stage.shop.change(product, { stock });
  await says(page, '[data-feed-paused]', 'Paused while you read, 3 more');
  await says(page, '.entry', /20 left/);
  await page.mouse.move(5, 300);
  await says(page, '.entry', /17 left.*4 changes/s);
  await counts(page, '.entry', 1);
});

test('the page says how many are watching', async (t) => {
  const page = await openLive(t);
  await says(page, '[data-live-extra]', 'only you here');
  const other = await openLive(t);
  await says(page, '[data-live-extra]', '2 people watching');
  await other.goto(stage.shop.url);
  await says(page, '[data-live-extra]', 'only you here');
});

test('the page of a product follows it to its end', async (t) => {
  const product = await stage.shop.create({ title: 'Small tray', code: 'TRAY-1', price: 12, stock: 9 });
  const page = await stage.visit(t, `/products/${product._id}`);
  await isLive(page);
  const stayed = await staysHere(page);
  await stage.shop.change(product, { title: 'Small tray, oak', price: 12.75, stock: 2 });
  await says(page, 'h1', 'Small tray, oak');
  await says(page, '.product-now .price', '$12.75');
  await says(page, '.product-now .stock', '2 left');
  await has(page, '#quantity', 'max', '2');
  await stage.shop.remove(product);
  await page.waitForSelector('[data-gone]:visible');
  await has(page, '.add-big', 'aria-disabled', 'true');
  assert.ok(await stayed());
});
