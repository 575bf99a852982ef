// The admin's pages without script, by keyboard alone, on a phone, and open to all.

import assert from 'node:assert/strict';
import test from 'node:test';

import { findings, findingsOfColour } from './accessibility.js';
import { cell, follows, giveToken, TOKEN, visitAsAdmin } from './admin-shop.js';
import { becomes, says } from './expectations.js';
import { setStage } from './stage.js';

const goods = {};
let order = null;
const stage = setStage({ token: TOKEN }, async (shop) => {
  for (const title of ['Moon jar', 'Tea bowl', 'Brass lamp']) {
    goods[title] = await shop.create({ title, code: title, price: 35.5, stock: 12, category: 'things' });
  }
  const cart = await shop.ask('POST', '/api/carts', { products: [{ product: goods['Tea bowl']._id, quantity: 2 }] });
  order = await shop.ask('POST', `/api/carts/${cart._id}/purchase`, { purchaser: 'ana@example.com' });
  await shop.say('rosa@example.net', 'Is the moon jar the one from the spring firing?');
  await shop.ask('POST', '/api/mutes', { user: 'loud@example.com' });
});

const PAGES = {
  table: { path: '/admin', ready: follows },
  'nothing found': { path: '/admin?q=nothing-like-this' },
  'one product': { path: () => `/admin/products/${goods['Moon jar']._id}` },
  'new product': { path: '/admin/products/new' },
  orders: { path: '/admin/orders' },
  'one order': { path: () => `/admin/orders/${order._id}` },
  chat: { path: '/admin/chat' },
  'to mend': { path: '/admin/attention' },
  figures: { path: '/admin/figures', ready: (page) => says(page, '[data-figure="sockets"] .figure-now', /\d/) },
};

for (const language of ['en', 'es']) {
  test(`every page is open to all and fits, ${language}`, async (t) => {
    const page = await stage.visit(t, '/admin', { language });
    await look(t, page, 'door');
    await giveToken(page);
    for (const [name, { path, ready = () => {} }] of Object.entries(PAGES)) {
      await page.goto(stage.shop.url + (typeof path === 'string' ? path : path()), { waitUntil: 'domcontentloaded' });
      await ready(page);
      await look(t, page, name);
    }
  });
}

test('a field, a clash and a row on its way out are open to all', async (t) => {
  const page = await visitAsAdmin(stage, t, '/admin');
  await follows(page);
  await page.click(cell(goods['Moon jar'], 'price'));
  await look(t, page, 'field');
  await page.fill('.editor input', '-1');
  await page.keyboard.press('Enter');
  await look(t, page, 'refused field');
  await page.fill('.editor input', '77');
  await stage.shop.change(goods['Moon jar'], { price: 78 });
  await says(page, '.editor-note', /78/);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.clash');
  await page.click(`[data-product-id="${goods['Tea bowl']._id}"] [data-delete]`);
  await look(t, page, 'clash');
  await page.click('.leaving [data-delete]');
  await page.click('.clash button >> nth=1');
});

function look(t, page, name) {
  return t.test(name, async () => {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    assert.deepEqual(await findings(page), []);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    assert.deepEqual(await findingsOfColour(page), []);
    for (const width of [360, 390, 768, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(beyond <= 0, `${beyond} pixels too wide at ${width}`);
    }
  });
}

test('without script one gets in, works and gets out', async (t) => {
  const page = await visitAsAdmin(stage, t, '/admin', { script: false });
  assert.equal(await page.locator('.goods tbody tr').count(), 3);
  assert.ok(await page.isHidden('[data-delete]'));
  await page.click('.goods thead a >> text=Price');
  assert.equal(await page.getAttribute('th[data-column=price]', 'aria-sort'), 'ascending');
  await page.click('.goods-ways a >> nth=0');
  await page.fill('#field-price', '99.90');
  await page.click('.making-form .button');
  assert.match(await page.textContent('.notice'), /Saved/);
  assert.equal(await page.inputValue('#field-price'), '99.90');

  await page.click('.admin-nav >> text=Orders');
  await page.click('.list tbody a');
  await page.click('.danger summary');
  await page.click('.danger .button');
  assert.match(await page.textContent('.notice'), /in stock again/);
  assert.equal((await stage.shop.ask('GET', `/api/products/${goods['Tea bowl']._id}`)).stock, 12);

  await page.click('.admin-nav >> text=Products');
  await page.click('.admin-page-head .button');
  for (const [field, value] of Object.entries({ title: 'Ink set', code: 'INK', price: '12', stock: '3' })) {
    await page.fill(`#field-${field}`, value);
  }
  await page.click('.making-form .button');
  assert.match(await page.textContent('.notice'), /Created/);
  await page.click('.danger summary');
  await page.click('.danger .button');
  assert.match(await page.textContent('.notice'), /Deleted/);
  await page.click('.way-out button');
  await page.waitForSelector('#password:visible');
});

test('who was faster is seen without script too', async (t) => {
  const product = goods['Brass lamp'];
  const page = await visitAsAdmin(stage, t, `/admin/products/${product._id}`, { script: false, pardon: /412/ });
  await stage.shop.change(product, { stock: 7 });
  await page.fill('#field-stock', '20');
  await page.click('.making-form .button');
  assert.match(await page.textContent('.field-theirs'), /Stored now:\s*7/);
  assert.equal(await page.inputValue('#field-stock'), '20');
  await page.click('.making-form .button');
  assert.equal((await stage.shop.ask('GET', `/api/products/${product._id}`)).stock, 20);
});

test('the table is worked by keyboard', async (t) => {
  const page = await visitAsAdmin(stage, t);
  await follows(page);
  const [first, second] = [goods['Moon jar'], goods['Tea bowl']];
  await page.focus(cell(first, 'stock'));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.type('8');
  await page.keyboard.press('Enter');
  await says(page, cell(second, 'stock'), '8');
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  await becomes(page, () => document.activeElement.matches('button[data-cell="stock"]'));
  assert.equal(await focused(), 'Change Stock of Tea bowl: 8');
  await page.keyboard.press('ArrowUp');
  assert.match(await focused(), /Stock of Moon jar/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await says(page, cell(first, 'status'), 'Not for sale');
});

test('on a phone a value is a finger wide and a field fits', async (t) => {
  const page = await visitAsAdmin(stage, t, '/admin', { width: 390, height: 844 });
  await follows(page);
  const box = await page.locator(cell(goods['Moon jar'], 'title')).boundingBox();
  assert.ok(box.height >= 44, `${box.height} high`);
  await page.click(cell(goods['Moon jar'], 'title'));
  const field = await page.locator('.editor input').boundingBox();
  assert.ok(field.x >= 0 && field.x + field.width <= 390 && field.width > 200, JSON.stringify(field));
});
