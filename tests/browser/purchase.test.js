// Purchases: other carts are updated at once, a repeated request buys once, by keyboard, and
// without JavaScript.

import assert from 'node:assert/strict';
import test from 'node:test';

import { CONNECTION_ERRORS } from './browser.js';
import { hasCount, hasText } from './expectations.js';
import { isLive, timeOfText, trackNavigation } from './live-pages.js';
import { setUpShop } from './test-shop.js';

const env = setUpShop({ rates: 'on' });
let codes = 0;

const make = (title, stock, price = 20) => {
  codes += 1;
  return env.shop.create({ title, stock, price, code: `P-${codes}` });
};
const lineOf = (product) => `[data-line][data-product-id="${product._id}"]`;
const stockOf = async (product) => (await env.shop.request('GET', `/api/products/${product._id}`)).stock;

/** Opens a new cart. */
async function openCart(test, items, visitor = {}) {
  const page = await env.visit(test, '/', visitor);
  for (const [product, quantity] of items) {
    await page.request.post(`${env.shop.url}/carts/lines`, { form: { product: product._id, quantity } });
  }
  await page.goto(`${env.shop.url}/carts`);
  if (visitor.script !== false) await isLive(page);
  return page;
}

async function buy(page, address = 'ana@example.com') {
  await page.fill('#purchaser', address);
  await page.click('#purchase button:visible');
  await page.waitForURL(/\/orders\/[0-9a-f]{24}/);
}

test('when the last one is sold, the other cart shows it at once', async (t) => {
  const jar = await make('Moon jar', 1);
  const [winner, loser] = [await openCart(t, [[jar, 1]]), await openCart(t, [[jar, 1]])];
  const stayed = await trackNavigation(loser);
  const soldOutAt = await timeOfText(loser, `${lineOf(jar)} [data-error]`, 'Sold out.');
  await buy(winner);
  const bought = Date.now();
  assert.ok(await soldOutAt() - bought < 1000, 'within a second');
  await hasText(loser, '#toasts p', 'Part of your cart just sold out.');
  assert.ok(await loser.isHidden('[data-buy]'));
  assert.ok(await stayed());
  assert.equal(await stockOf(jar), 0);
});

test('a line can be reduced to what is left, and bought', async (t) => {
  const bowl = await make('Tea bowl', 5);
  const page = await openCart(t, [[bowl, 5]]);
  await env.shop.change(bowl, { stock: 2 });
  await hasText(page, `${lineOf(bowl)} [data-take] button`, 'Change to 2');
  await page.click(`${lineOf(bowl)} [data-take] button`);
  await hasText(page, '[data-total]', '$40.00');
  await buy(page);
  await hasText(page, '.order-lines tfoot .price', '$40.00');
});

test('available items are bought, the others stay in the cart', async (t) => {
  const [cup, lamp] = [await make('Cup', 3), await make('Lamp', 1)];
  const page = await openCart(t, [[cup, 1], [lamp, 1]]);
  await env.shop.change(lamp, { stock: 0 });
  await page.waitForSelector('[data-partial]:visible');
  await buy(page);
  await hasText(page, '.notice', 'Order placed. Unavailable items are still in your cart.');
  await page.goto(`${env.shop.url}/carts`);
  await hasCount(page, '[data-line]', 1);
  await hasCount(page, lineOf(lamp), 1);
});

test('a changed price is shown, and applies to the purchase', async (t) => {
  const vase = await make('Vase', 9);
  const page = await openCart(t, [[vase, 2]]);
  await env.shop.change(vase, { price: 25 });
  await hasText(page, '#toasts p', 'A price changed. The total is now $50.00.');
  await hasText(page, '[data-buy]', 'Buy for $50.00');
  await buy(page);
  await hasText(page, '.order-lines tfoot .price', '$50.00');
});

test('lines added elsewhere appear, and lines of deleted products disappear, without a reload', async (t) => {
  const [first, second, third] = [await make('First', 9), await make('Second', 9), await make('Third', 9)];
  const page = await openCart(t, [[first, 1], [second, 1]]);
  const stayed = await trackNavigation(page);
  await page.request.post(`${env.shop.url}/carts/lines`, { form: { product: third._id, quantity: 2 } });
  await hasCount(page, lineOf(third), 1);
  await hasText(page, '[data-total]', '$80.00');
  await page.click(`${lineOf(third)} [data-step="1"]`);
  await hasText(page, '[data-total]', '$100.00');
  await env.shop.remove(second);
  await hasCount(page, lineOf(second), 0);
  await hasText(page, '#cart-warnings', '1 product is no longer sold and was removed from your cart.');
  assert.ok(await stayed());
});

test('a cart bought in another window is emptied at once', async (t) => {
  const rug = await make('Rug', 9);
  const page = await openCart(t, [[rug, 1]]);
  const other = await page.context().newPage();
  await other.goto(`${env.shop.url}/carts`);
  await buy(other);
  await page.waitForSelector('#cart-empty:visible');
  await hasText(page, '#toasts p', 'This cart was bought or emptied in another window.');
});

test('a double click buys once', async (t) => {
  const tray = await make('Tray', 9);
  const page = await openCart(t, [[tray, 1]]);
  await page.fill('#purchaser', 'ana@example.com');
  await page.dblclick('[data-buy]');
  await page.waitForURL(/\/orders\//);
  assert.equal(await stockOf(tray), 8);
  assert.equal((await env.shop.request('GET', '/api/orders?limit=100')).filter(({ products }) =>
    products.some(({ product }) => product === tray._id)).length, 1);
});

test('a cart can be bought by keyboard', async (t) => {
  const spoon = await make('Spoon', 9);
  const page = await openCart(t, [[spoon, 1]]);
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => document.activeElement.id) === 'purchaser') break;
  }
  await page.keyboard.type('ana@example.com');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/orders\//);
  await hasText(page, 'h1', 'Thank you for your order');
});

test('without JavaScript, a cart can be bought, and an error keeps what was typed', async (t) => {
  const plate = await make('Plate', 2);
  const page = await openCart(t, [[plate, 2]], { script: false, ignore: CONNECTION_ERRORS });
  await env.shop.change(plate, { stock: 1 });
  await page.fill('#purchaser', 'ana@example.com');
  await page.click('[data-buy]');
  assert.match(await page.textContent('.notice'), /Someone just bought some of these/);
  assert.equal(await page.inputValue('#purchaser'), 'ana@example.com');
  await page.click('[data-take] button');
  await buy(page);
  assert.match(await page.textContent('.order-code'), /^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  assert.equal(await stockOf(plate), 0);
});
