// Buying a cart: at once told to who loses, once however often it is sent, by keyboard, and without JavaScript.

import assert from 'node:assert/strict';
import test from 'node:test';

import { LOST_LINE } from './browser.js';
import { counts, says } from './expectations.js';
import { isLive, noteWhen, staysHere } from './live-pages.js';
import { setStage } from './stage.js';

const stage = setStage({ rates: 'on' });
let codes = 0;

const make = (title, stock, price = 20) => {
  codes += 1;
  return stage.shop.create({ title, stock, price, code: `P-${codes}` });
};
const lineOf = (product) => `[data-line][data-product-id="${product._id}"]`;
const stockOf = async (product) => (await stage.shop.ask('GET', `/api/products/${product._id}`)).stock;

/** A window on a cart of its own. */
async function openCart(test, goods, visitor = {}) {
  const page = await stage.visit(test, '/', visitor);
  for (const [product, quantity] of goods) {
    await page.request.post(`${stage.shop.url}/carts/lines`, { form: { product: product._id, quantity } });
  }
  await page.goto(`${stage.shop.url}/carts`);
  if (visitor.script !== false) await isLive(page);
  return page;
}

async function buy(page, address = 'ana@example.com') {
  await page.fill('#purchaser', address);
  await page.click('#purchase button:visible');
  await page.waitForURL(/\/orders\/[0-9a-f]{24}/);
}

test('of two carts that want the last one, the loser’s page says so at once', async (t) => {
  const jar = await make('Moon jar', 1);
  const [winner, loser] = [await openCart(t, [[jar, 1]]), await openCart(t, [[jar, 1]])];
  const stayed = await staysHere(loser);
  const told = await noteWhen(loser, `${lineOf(jar)} [data-error]`, 'This is sold out.');
  await buy(winner);
  const bought = Date.now();
  assert.ok(await told() - bought < 1000, 'within a second');
  await says(loser, '#toasts p', 'Somebody was faster: not all of your cart can be had now.');
  assert.ok(await loser.isHidden('[data-buy]'));
  assert.ok(await stayed());
  assert.equal(await stockOf(jar), 0);
});

test('what is left of a line can be taken, and then bought', async (t) => {
  const bowl = await make('Tea bowl', 5);
  const page = await openCart(t, [[bowl, 5]]);
  await stage.shop.change(bowl, { stock: 2 });
  await says(page, `${lineOf(bowl)} [data-take] button`, 'Take the 2 that are left');
  await page.click(`${lineOf(bowl)} [data-take] button`);
  await says(page, '[data-total]', '$40.00');
  await buy(page);
  await says(page, '.order-lines tfoot .price', '$40.00');
});

test('what can be had is bought alone; the rest stays', async (t) => {
  const [cup, lamp] = [await make('Cup', 3), await make('Lamp', 1)];
  const page = await openCart(t, [[cup, 1], [lamp, 1]]);
  await stage.shop.change(lamp, { stock: 0 });
  await page.waitForSelector('[data-partial]:visible');
  await buy(page);
  await says(page, '.notice', 'Bought. What could not be had is still in your cart.');
  await page.goto(`${stage.shop.url}/carts`);
  await counts(page, '[data-line]', 1);
  await counts(page, lineOf(lamp), 1);
});

test('a price that changes is told, and the buyer buys at the new one', async (t) => {
  const vase = await make('Vase', 9);
  const page = await openCart(t, [[vase, 2]]);
  await stage.shop.change(vase, { price: 25 });
  await says(page, '#toasts p', 'A price has changed. The total is $50.00 now.');
  await says(page, '[data-buy]', 'Buy for $50.00');
  await buy(page);
  await says(page, '.order-lines tfoot .price', '$50.00');
});

test('lines of another window come in, and lines of deleted goods go, without a reload', async (t) => {
  const [first, second, third] = [await make('First', 9), await make('Second', 9), await make('Third', 9)];
  const page = await openCart(t, [[first, 1], [second, 1]]);
  const stayed = await staysHere(page);
  await page.request.post(`${stage.shop.url}/carts/lines`, { form: { product: third._id, quantity: 2 } });
  await counts(page, lineOf(third), 1);
  await says(page, '[data-total]', '$80.00');
  await page.click(`${lineOf(third)} [data-step="1"]`);
  await says(page, '[data-total]', '$100.00');
  await stage.shop.remove(second);
  await counts(page, lineOf(second), 0);
  await says(page, '#cart-warnings', 'One product left the shop and was taken out of your cart.');
  assert.ok(await stayed());
});

test('a cart that is bought in another window is empty here at once', async (t) => {
  const rug = await make('Rug', 9);
  const page = await openCart(t, [[rug, 1]]);
  const other = await page.context().newPage();
  await other.goto(`${stage.shop.url}/carts`);
  await buy(other);
  await page.waitForSelector('#cart-empty:visible');
  await says(page, '#toasts p', 'This cart was bought or emptied elsewhere.');
});

test('a double click buys once', async (t) => {
  const tray = await make('Tray', 9);
  const page = await openCart(t, [[tray, 1]]);
  await page.fill('#purchaser', 'ana@example.com');
  await page.dblclick('[data-buy]');
  await page.waitForURL(/\/orders\//);
  assert.equal(await stockOf(tray), 8);
  assert.equal((await stage.shop.ask('GET', '/api/orders?limit=100')).filter(({ products }) =>
    products.some(({ product }) => product === tray._id)).length, 1);
});

test('a cart is bought by keyboard alone', async (t) => {
  const spoon = await make('Spoon', 9);
  const page = await openCart(t, [[spoon, 1]]);
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.id) === 'purchaser') break;
  }
  await page.keyboard.type('ana@example.com');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/orders\//);
  await says(page, 'h1', 'Thank you, it is yours');
});

test('without JavaScript a cart is bought, and a refusal keeps what was typed', async (t) => {
  const plate = await make('Plate', 2);
  const page = await openCart(t, [[plate, 2]], { script: false, pardon: LOST_LINE });
  await stage.shop.change(plate, { stock: 1 });
  await page.fill('#purchaser', 'ana@example.com');
  await page.click('[data-buy]');
  assert.match(await page.textContent('.notice'), /Others were faster with some of this/);
  assert.equal(await page.inputValue('#purchaser'), 'ana@example.com');
  await page.click('[data-take] button');
  await buy(page);
  assert.match(await page.textContent('.order-code'), /^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  assert.equal(await stockOf(plate), 0);
});
