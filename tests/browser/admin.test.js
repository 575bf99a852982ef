// The admin's table: values change in place, nobody's are lost, and a deletion can be undone.

import assert from 'node:assert/strict';
import test from 'node:test';

import { cell, change, follows, giveToken, TOKEN, visitAsAdmin } from './admin-shop.js';
import { LOST_LINE } from './browser.js';
import { becomes, counts, has, says } from './expectations.js';
import { setStage } from './stage.js';

const goods = {};
const stage = setStage({ token: TOKEN }, async (shop) => {
  for (const title of ['Moon jar', 'Tea bowl', 'Brass lamp', 'Linen cloth', 'Cane stool', 'Ink set', 'Reed mat']) {
    goods[title] = await shop.create({ title, code: title, price: 35.5, stock: 12, category: 'things' });
  }
});
const stored = (product) => stage.shop.ask('GET', `/api/products/${product._id}`);

test('the door asks for the token, and one leaves by the way out', async (t) => {
  const page = await stage.visit(t, '/admin/orders', { pardon: /401/ });
  await page.fill('#password', 'not-the-token-at-all');
  await page.keyboard.press('Enter');
  await says(page, '#password-error', 'This is not the token.');
  await giveToken(page);
  assert.match(page.url(), /\/admin\/orders$/);
  await page.click('.way-out button');
  await page.waitForSelector('#password');
  await page.goto(`${stage.shop.url}/admin/chat`);
  await page.waitForSelector('#password');
});

test('a value is changed where it stands', async (t) => {
  const page = await visitAsAdmin(stage, t);
  await follows(page);
  const product = goods['Moon jar'];
  await change(page, product, 'price', '1234.5');
  await says(page, cell(product, 'price'), '$1,234.50');
  await change(page, product, 'title', 'Moon <jar>');
  await says(page, cell(product, 'title'), 'Moon <jar>');
  await page.click(cell(product, 'status'));
  await says(page, cell(product, 'status'), 'Not for sale');
  const now = await stored(product);
  assert.deepEqual([now.price, now.title, now.status, now.version], [1234.5, 'Moon <jar>', false, 4]);

  // Escape gives up, and what cannot be is not sent.
  await page.click(cell(product, 'stock'));
  await page.fill('.editor input', '99');
  await page.keyboard.press('Escape');
  await says(page, cell(product, 'stock'), '12');
  await change(page, product, 'stock', '-1');
  await says(page, '.editor .field-error', /whole number/);
  await page.keyboard.press('Escape');
  assert.equal((await stored(product)).version, 4);
});

test('what the shop refuses is said beside the field', async (t) => {
  const page = await visitAsAdmin(stage, t, '/admin', { pardon: /409/ });
  await change(page, goods['Tea bowl'], 'code', 'Brass lamp');
  await says(page, '.editor .field-error', 'Another product has this code.');
  assert.equal(await page.inputValue('.editor input'), 'Brass lamp');
});

test('another’s edit is seen at once, and a clash is solved', async (t) => {
  const page = await visitAsAdmin(stage, t);
  await follows(page);
  const product = goods['Tea bowl'];
  await stage.shop.change(product, { stock: 11, price: 40 });
  await says(page, cell(product, 'stock'), '11');
  await says(page, cell(product, 'price'), '$40.00');

  for (const [way, kept] of [['Take theirs', 5], ['Keep mine', 30]]) {
    await page.click(cell(product, 'stock'));
    await page.fill('.editor input', '30');
    await stage.shop.change(product, { stock: 5 });
    await says(page, '.editor-note', 'Somebody just made this 5');
    assert.equal(await page.inputValue('.editor input'), '30');
    await page.keyboard.press('Enter');
    await says(page, '.clash', /Yours: 30\s*Stored now: 5/);
    await page.click(`.clash button >> text=${way}`);
    await says(page, cell(product, 'stock'), String(kept));
    await becomes(page, () => document.querySelector('.clash') === null);
    await stage.shop.change(product, { stock: 6 });
    await says(page, cell(product, 'stock'), '6');
  }
});

test('a clash is found by the version when no stream tells of it, and another value is no clash', async (t) => {
  const page = await stage.visit(t, '/admin', { pardon: /412|WebSocket/ });
  await page.routeWebSocket(/\/ws\/products/, () => {});
  await giveToken(page);
  const product = goods['Cane stool'];
  await stage.shop.change(product, { price: 41 });
  await change(page, product, 'stock', '3');
  await says(page, cell(product, 'stock'), '3');
  assert.deepEqual([(await stored(product)).price, (await stored(product)).stock], [41, 3]);
  await says(page, cell(product, 'price'), '$41.00');

  await stage.shop.change(product, { price: 50 });
  await change(page, product, 'price', '60');
  await says(page, '.clash', /Yours: \$60\.00\s*Stored now: \$50\.00/);
  assert.equal((await stored(product)).price, 50);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await says(page, cell(product, 'price'), '$60.00');
  await becomes(page, () => document.querySelector('.clash') === null);
  await has(page, `[data-product-id="${product._id}"]`, 'data-version', String((await stored(product)).version));
});

test('a deletion waits, can be undone, and is done by nobody who leaves', async (t) => {
  const page = await visitAsAdmin(stage, t, '/admin', { pardon: /412/ });
  await follows(page);
  const [kept, lost] = [goods['Linen cloth'], goods['Brass lamp']];
  const button = (product) => `[data-product-id="${product._id}"] [data-delete]`;
  await page.click(button(lost));
  await page.click(button(kept));
  await says(page, button(kept), /Undo \(\d\)/);
  await page.click(button(kept));
  await says(page, button(kept), 'Delete');
  await counts(page, `[data-product-id="${lost._id}"]`, 0);
  await counts(page, `[data-product-id="${kept._id}"]`, 1);
  await assert.rejects(() => stored(lost), /404/);

  await page.click(button(kept));
  await says(page, button(kept), /Undo/);
  page.on('dialog', (dialog) => dialog.accept());
  await page.goto(`${stage.shop.url}/admin/orders`);
  await page.goBack();
  await says(page, button(kept), 'Delete');
  assert.equal((await stored(kept)).title, 'Linen cloth');
});

test('pictures are dropped on a row or chosen, and go', async (t) => {
  const page = await visitAsAdmin(stage, t, '/admin', { pardon: /415/ });
  await follows(page);
  const product = goods['Ink set'];
  const png = 'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==';
  await page.evaluate(dropFile, [`[data-product-id="${product._id}"]`, png]);
  await becomes(page, (id) => document.querySelector(`[data-product-id="${id}"] .picture`).src.includes('/uploads/'), product._id);

  await page.goto(`${stage.shop.url}/admin/products/${product._id}`);
  const bytes = Buffer.from(png, 'base64');
  let sent = 0;
  await page.exposeFunction('progressed', (value) => { sent = Math.max(sent, value); });
  await page.evaluate(watchProgress);
  await page.setInputFiles('#picture-files', [
    { name: 'a.png', mimeType: 'image/png', buffer: bytes }, { name: 'b.png', mimeType: 'image/png', buffer: bytes },
  ]);
  await counts(page, '.picture-entry', 3);
  assert.equal(sent, 1);
  await page.setInputFiles('#picture-files', { name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('none') });
  await says(page, '#drop-error', /no PNG, JPEG, WebP or GIF/);
  await page.click('.picture-entry:first-child .link-button');
  await counts(page, '.picture-entry', 2);
  // The form goes on from the version that the pictures made.
  await page.fill('#field-stock', '4');
  await page.click('.making-form .button');
  await says(page, '.notice', 'Saved.');
  const now = await stored(product);
  assert.deepEqual([now.stock, now.thumbnails.length], [4, 2]);
});

// Both run in the page.
function dropFile([selector, base64]) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], 'dropped.png', { type: 'image/png' }));
  for (const type of ['dragover', 'drop']) {
    document.querySelector(selector).dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }
}

function watchProgress() {
  const bar = document.querySelector('#drop progress');
  new MutationObserver(() => window.progressed(bar.value)).observe(bar, { attributes: true });
}

test('a session that is over is said, and nothing that was typed is lost', async (t) => {
  const page = await visitAsAdmin(stage, t, '/admin', { pardon: /401/ });
  await page.context().clearCookies();
  await change(page, goods['Reed mat'], 'stock', '77');
  await says(page, '.toast', /Your session is over/);
  assert.equal(await page.inputValue('.editor input'), '77');
  await page.click('.toast a');
  await giveToken(page);
  await page.waitForSelector('#goods');
});

test('while the shop cannot be reached nothing is lost, and afterwards it is stored', async (t) => {
  const page = await visitAsAdmin(stage, t, '/admin', { pardon: LOST_LINE });
  await follows(page);
  await page.context().setOffline(true);
  await change(page, goods['Reed mat'], 'stock', '78');
  await says(page, '.editor .field-error', /cannot be reached/);
  await page.context().setOffline(false);
  await page.focus('.editor input');
  await page.keyboard.press('Enter');
  await says(page, cell(goods['Reed mat'], 'stock'), '78');
  assert.equal((await stored(goods['Reed mat'])).stock, 78);
});
