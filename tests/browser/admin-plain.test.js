// The admin pages without JavaScript, by keyboard, on a phone, and their accessibility.

import assert from 'node:assert/strict';
import test from 'node:test';

import { violations, colourViolations } from './accessibility.js';
import { cell, isFollowing, logIn, TOKEN, visitAsAdmin } from './admin-shop.js';
import { hasText, waitUntil } from './expectations.js';
import { setUpShop } from './test-shop.js';

const products = {};
let order = null;
const env = setUpShop({ token: TOKEN }, async (shop) => {
  for (const title of ['Moon jar', 'Tea bowl', 'Brass lamp']) {
    products[title] = await shop.create({ title, code: title, price: 35.5, stock: 12, category: 'things' });
  }
  const lines = [{ product: products['Tea bowl']._id, quantity: 2 }];
  const cart = await shop.request('POST', '/api/carts', { products: lines });
  order = await shop.request('POST', `/api/carts/${cart._id}/purchase`, { purchaser: 'ana@example.com' });
  await shop.postMessage('rosa@example.net', 'Is the moon jar the one from the spring firing?');
  await shop.request('POST', '/api/mutes', { user: 'loud@example.com' });
});

const PAGES = {
  table: { path: '/admin', ready: isFollowing },
  'nothing found': { path: '/admin?q=nothing-like-this' },
  'one product': { path: () => `/admin/products/${products['Moon jar']._id}` },
  'new product': { path: '/admin/products/new' },
  orders: { path: '/admin/orders' },
  'one order': { path: () => `/admin/orders/${order._id}` },
  chat: { path: '/admin/chat' },
  'invalid products': { path: '/admin/attention' },
  figures: { path: '/admin/figures', ready: (page) => hasText(page, '[data-figure="sockets"] .figure-now', /\d/) },
};

for (const language of ['en', 'es']) {
  test(`every page is accessible and fits the window, ${language}`, async (t) => {
    const page = await env.visit(t, '/admin', { language });
    await check(t, page, 'login');
    await logIn(page);
    for (const [name, { path, ready = () => {} }] of Object.entries(PAGES)) {
      await page.goto(env.shop.url + (typeof path === 'string' ? path : path()), { waitUntil: 'domcontentloaded' });
      await ready(page);
      await check(t, page, name);
    }
  });
}

test('an editor, a conflict and a pending deletion are accessible', async (t) => {
  const page = await visitAsAdmin(env, t, '/admin');
  await isFollowing(page);
  await page.click(cell(products['Moon jar'], 'price'));
  await check(t, page, 'editor');
  await page.fill('.editor input', '-1');
  await page.keyboard.press('Enter');
  await check(t, page, 'editor with an error');
  await page.fill('.editor input', '77');
  await env.shop.change(products['Moon jar'], { price: 78 });
  await hasText(page, '.editor-note', /78/);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.conflict');
  await page.click(`[data-product-id="${products['Tea bowl']._id}"] [data-delete]`);
  await check(t, page, 'conflict');
  await page.click('.leaving [data-delete]');
  await page.click('.conflict button >> nth=1');
});

function check(t, page, name) {
  return t.test(name, async () => {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    assert.deepEqual(await violations(page), []);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    assert.deepEqual(await colourViolations(page), []);
    for (const width of [360, 390, 768, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(excess <= 0, `${excess} pixels too wide at ${width}`);
    }
  });
}

test('the admin pages work without JavaScript', async (t) => {
  const page = await visitAsAdmin(env, t, '/admin', { script: false });
  assert.equal(await page.locator('.product-table tbody tr').count(), 3);
  assert.ok(await page.isHidden('[data-delete]'));
  await page.click('.product-table thead a >> text=Price');
  assert.equal(await page.getAttribute('th[data-column=price]', 'aria-sort'), 'ascending');
  await page.click('.product-table-actions a >> nth=0');
  await page.fill('#field-price', '99.90');
  await page.click('.product-edit-form .button');
  assert.match(await page.textContent('.notice'), /Saved/);
  assert.equal(await page.inputValue('#field-price'), '99.90');

  await page.click('.admin-nav >> text=Orders');
  await page.click('.list tbody a');
  await page.click('.danger summary');
  await page.click('.danger .button');
  assert.match(await page.textContent('.notice'), /back in stock/);
  assert.equal((await env.shop.request('GET', `/api/products/${products['Tea bowl']._id}`)).stock, 12);

  await page.click('.admin-nav >> text=Products');
  await page.click('.admin-page-head .button');
  for (const [field, value] of Object.entries({ title: 'Ink set', code: 'INK', price: '12', stock: '3' })) {
    await page.fill(`#field-${field}`, value);
  }
  await page.click('.product-edit-form .button');
  assert.match(await page.textContent('.notice'), /Created/);
  await page.click('.danger summary');
  await page.click('.danger .button');
  assert.match(await page.textContent('.notice'), /Deleted/);
  await page.click('.log-out button');
  await page.waitForSelector('#password:visible');
});

test('an edit conflict is shown without JavaScript', async (t) => {
  const product = products['Brass lamp'];
  const page = await visitAsAdmin(env, t, `/admin/products/${product._id}`, { script: false, ignore: /412/ });
  await env.shop.change(product, { stock: 7 });
  await page.fill('#field-stock', '20');
  await page.click('.product-edit-form .button');
  assert.match(await page.textContent('.field-theirs'), /Saved version:\s*7/);
  assert.equal(await page.inputValue('#field-stock'), '20');
  await page.click('.product-edit-form .button');
  assert.equal((await env.shop.request('GET', `/api/products/${product._id}`)).stock, 20);
});

test('the table works by keyboard', async (t) => {
  const page = await visitAsAdmin(env, t);
  await isFollowing(page);
  const [first, second] = [products['Moon jar'], products['Tea bowl']];
  await page.focus(cell(first, 'stock'));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.type('8');
  await page.keyboard.press('Enter');
  await hasText(page, cell(second, 'stock'), '8');
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  await waitUntil(page, () => document.activeElement.matches('button[data-cell="stock"]'));
  assert.equal(await focused(), 'Change Stock of Tea bowl: 8');
  await page.keyboard.press('ArrowUp');
  assert.match(await focused(), /Stock of Moon jar/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await hasText(page, cell(first, 'status'), 'Not for sale');
});

test('on a phone, values are large enough to touch and the editor fits', async (t) => {
  const page = await visitAsAdmin(env, t, '/admin', { width: 390, height: 844 });
  await isFollowing(page);
  const box = await page.locator(cell(products['Moon jar'], 'title')).boundingBox();
  assert.ok(box.height >= 44, `${box.height} high`);
  await page.click(cell(products['Moon jar'], 'title'));
  const field = await page.locator('.editor input').boundingBox();
  assert.ok(field.x >= 0 && field.x + field.width <= 390 && field.width > 200, JSON.stringify(field));
});
