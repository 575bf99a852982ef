// The admin table: values are edited in place, conflicts are resolved, and a deletion can be
// undone.

import assert from 'node:assert/strict';
import test from 'node:test';

import { cell, edit, isFollowing, logIn, TOKEN, visitAsAdmin } from './admin-shop.js';
import { CONNECTION_ERRORS } from './browser.js';
import { hasAttribute, hasCount, hasText, waitUntil } from './expectations.js';
import { setUpShop } from './test-shop.js';

const products = {};
const env = setUpShop({ token: TOKEN }, async (shop) => {
  for (const title of ['Moon jar', 'Tea bowl', 'Brass lamp', 'Linen cloth', 'Cane stool', 'Ink set', 'Reed mat']) {
    products[title] = await shop.create({ title, code: title, price: 35.5, stock: 12, category: 'things' });
  }
});
const fetchStored = (product) => env.shop.request('GET', `/api/products/${product._id}`);

test('the admin pages require a login, and end with a logout', async (t) => {
  const page = await env.visit(t, '/admin/orders', { ignore: /401/ });
  await page.fill('#password', 'not-the-token-at-all');
  await page.keyboard.press('Enter');
  await hasText(page, '#password-error', 'Wrong token.');
  await logIn(page);
  assert.match(page.url(), /\/admin\/orders$/);
  await page.click('.log-out button');
  await page.waitForSelector('#password');
  await page.goto(`${env.shop.url}/admin/chat`);
  await page.waitForSelector('#password');
});

test('a value is edited in place', async (t) => {
  const page = await visitAsAdmin(env, t);
  await isFollowing(page);
  const product = products['Moon jar'];
  await edit(page, product, 'price', '1234.5');
  await hasText(page, cell(product, 'price'), '$1,234.50');
  await edit(page, product, 'title', 'Moon <jar>');
  await hasText(page, cell(product, 'title'), 'Moon <jar>');
  await page.click(cell(product, 'status'));
  await hasText(page, cell(product, 'status'), 'Not for sale');
  const now = await fetchStored(product);
  assert.deepEqual([now.price, now.title, now.status, now.version], [1234.5, 'Moon <jar>', false, 4]);

  // Escape cancels, and an invalid value is not sent.
  await page.click(cell(product, 'stock'));
  await page.fill('.editor input', '99');
  await page.keyboard.press('Escape');
  await hasText(page, cell(product, 'stock'), '12');
  await edit(page, product, 'stock', '-1');
  await hasText(page, '.editor .field-error', /whole number/);
  await page.keyboard.press('Escape');
  assert.equal((await fetchStored(product)).version, 4);
});

test('an error of the server is shown beside the input', async (t) => {
  const page = await visitAsAdmin(env, t, '/admin', { ignore: /409/ });
  await edit(page, products['Tea bowl'], 'code', 'Brass lamp');
  await hasText(page, '.editor .field-error', 'Another product has this code.');
  assert.equal(await page.inputValue('.editor input'), 'Brass lamp');
});

test('someone else’s edit is shown at once, and a conflict can be resolved', async (t) => {
  const page = await visitAsAdmin(env, t);
  await isFollowing(page);
  const product = products['Tea bowl'];
  await env.shop.change(product, { stock: 11, price: 40 });
  await hasText(page, cell(product, 'stock'), '11');
  await hasText(page, cell(product, 'price'), '$40.00');

  for (const [way, kept] of [['Use saved', 5], ['Keep mine', 30]]) {
    await page.click(cell(product, 'stock'));
    await page.fill('.editor input', '30');
    await env.shop.change(product, { stock: 5 });
    await hasText(page, '.editor-note', 'Someone just changed this to 5');
    assert.equal(await page.inputValue('.editor input'), '30');
    await page.keyboard.press('Enter');
    await hasText(page, '.conflict', /Yours: 30\s*Saved: 5/);
    await page.click(`.conflict button >> text=${way}`);
    await hasText(page, cell(product, 'stock'), String(kept));
    await waitUntil(page, () => document.querySelector('.conflict') === null);
    await env.shop.change(product, { stock: 6 });
    await hasText(page, cell(product, 'stock'), '6');
  }
});

test('a conflict is detected by the version without a stream; another field is not a conflict', async (t) => {
  const page = await env.visit(t, '/admin', { ignore: /412|WebSocket/ });
  await page.routeWebSocket(/\/ws\/products/, () => {});
  await logIn(page);
  const product = products['Cane stool'];
  await env.shop.change(product, { price: 41 });
  await edit(page, product, 'stock', '3');
  await hasText(page, cell(product, 'stock'), '3');
  assert.deepEqual([(await fetchStored(product)).price, (await fetchStored(product)).stock], [41, 3]);
  await hasText(page, cell(product, 'price'), '$41.00');

  await env.shop.change(product, { price: 50 });
  await edit(page, product, 'price', '60');
  await hasText(page, '.conflict', /Yours: \$60\.00\s*Saved: \$50\.00/);
  assert.equal((await fetchStored(product)).price, 50);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await hasText(page, cell(product, 'price'), '$60.00');
  await waitUntil(page, () => document.querySelector('.conflict') === null);
  const { version } = await fetchStored(product);
  await hasAttribute(page, `[data-product-id="${product._id}"]`, 'data-version', String(version));
});

test('a deletion is delayed, can be undone, and is cancelled by leaving the page', async (t) => {
  const page = await visitAsAdmin(env, t, '/admin', { ignore: /412/ });
  await isFollowing(page);
  const [kept, lost] = [products['Linen cloth'], products['Brass lamp']];
  const button = (product) => `[data-product-id="${product._id}"] [data-delete]`;
  await page.click(button(lost));
  await page.click(button(kept));
  await hasText(page, button(kept), /Undo \(\d\)/);
  await page.click(button(kept));
  await hasText(page, button(kept), 'Delete');
  await hasCount(page, `[data-product-id="${lost._id}"]`, 0);
  await hasCount(page, `[data-product-id="${kept._id}"]`, 1);
  await assert.rejects(() => fetchStored(lost), /404/);

  await page.click(button(kept));
  await hasText(page, button(kept), /Undo/);
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto(`${env.shop.url}/admin/orders`);
  await page.goBack();
  await hasText(page, button(kept), 'Delete');
  assert.equal((await fetchStored(kept)).title, 'Linen cloth');
});

test('pictures are dropped on a row or selected, and removed', async (t) => {
  const page = await visitAsAdmin(env, t, '/admin', { ignore: /415/ });
  await isFollowing(page);
  const product = products['Ink set'];
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==';
  await page.evaluate(dropFile, [`[data-product-id="${product._id}"]`, png]);
  const isUploaded = (id) => {
    return document.querySelector(`[data-product-id="${id}"] .picture`).src.includes('/uploads/');
  };
  await waitUntil(page, isUploaded, product._id);

  await page.goto(`${env.shop.url}/admin/products/${product._id}`);
  const bytes = Buffer.from(png, 'base64');
  let sent = 0;
  await page.exposeFunction('progressed', (value) => { sent = Math.max(sent, value); });
  await page.evaluate(watchProgress);
  await page.setInputFiles('#picture-files', [
    { name: 'a.png', mimeType: 'image/png', buffer: bytes }, { name: 'b.png', mimeType: 'image/png', buffer: bytes },
  ]);
  await hasCount(page, '.picture-entry', 3);
  assert.equal(sent, 1);
  await page.setInputFiles('#picture-files', { name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('none') });
  await hasText(page, '#drop-error', /Not a readable PNG, JPEG, WebP or GIF/);
  await page.click('.picture-entry:first-child .link-button');
  await hasCount(page, '.picture-entry', 2);
  // The form is now based on the version with the pictures.
  await page.fill('#field-stock', '4');
  await page.click('.product-edit-form .button');
  await hasText(page, '.notice', 'Saved.');
  const now = await fetchStored(product);
  assert.deepEqual([now.stock, now.thumbnails.length], [4, 2]);
});

// Both run in the page.
function dropFile([selector, base64]) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));
  for (const type of ['dragover', 'drop']) {
    const event = new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
    document.querySelector(selector).dispatchEvent(event);
  }
}

function watchProgress() {
  const bar = document.querySelector('#drop progress');
  new MutationObserver(() => window.progressed(bar.value)).observe(bar, { attributes: true });
}

test('an expired session is shown, and typed values are kept', async (t) => {
  const page = await visitAsAdmin(env, t, '/admin', { ignore: /401/ });
  await page.context().clearCookies();
  await edit(page, products['Reed mat'], 'stock', '77');
  await hasText(page, '.toast', /Your session has expired/);
  assert.equal(await page.inputValue('.editor input'), '77');
  await page.click('.toast a');
  await logIn(page);
  await page.waitForSelector('#product-table');
});

test('while offline, typed values are kept, and they can be saved afterwards', async (t) => {
  const page = await visitAsAdmin(env, t, '/admin', { ignore: CONNECTION_ERRORS });
  await isFollowing(page);
  await page.context().setOffline(true);
  await edit(page, products['Reed mat'], 'stock', '78');
  await hasText(page, '.editor .field-error', /can’t reach the shop/);
  await page.context().setOffline(false);
  await page.focus('.editor input');
  await page.keyboard.press('Enter');
  await hasText(page, cell(products['Reed mat'], 'stock'), '78');
  assert.equal((await fetchStored(products['Reed mat'])).stock, 78);
});
