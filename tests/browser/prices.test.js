// Prices and totals are JSON numbers in the API, and formatted like Intl on pages.

import assert from 'node:assert/strict';
import test from 'node:test';

import { hasText } from './expectations.js';
import { isLive, rowOf } from './live-pages.js';
import { setUpShop } from './test-shop.js';

const PRICES = [0, 0.1, 1, 9.99, 35.5, 999.99, 1000, 12345.67, 1234567.5, 10000000];

const env = setUpShop({}, async (shop) => {
  for (const price of PRICES) await shop.create({ title: `At ${price}`, code: `P-${price}`, price, stock: 1000 });
});

/** Numbers as the browser's Intl formats them in the page's locale and currency. */
function formatted(page, numbers) {
  return page.evaluate((values) => {
    const { locale, currency } = document.documentElement.dataset;
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
    return values.map((value) => format.format(value));
  }, numbers);
}

const shown = (page, selector) => page.$$eval(selector, (places) => places.map((place) => place.textContent));

for (const language of ['en', 'es']) {
  test(`${language}: prices on pages match Intl`, async (t) => {
    const page = await env.visit(t, '/', { language });
    const expected = await formatted(page, PRICES);
    assert.deepEqual(await shown(page, '.card .price'), expected);
    await page.goto(`${env.shop.url}/realtimeproducts`);
    assert.deepEqual(await shown(page, '.row .price'), expected);
    const product = (await env.shop.products()).at(-3);
    await page.goto(`${env.shop.url}/products/${product._id}`);
    assert.deepEqual(await shown(page, '.product-now .price'), [expected.at(-3)]);
  });

  test(`${language}: scripts format prices like the server`, async (t) => {
    const product = (await env.shop.products())[4];
    const page = await env.visit(t, '/realtimeproducts', { language });
    await isLive(page);
    for (const price of [4321.5, 35.5]) {
      const [expected] = await formatted(page, [price]);
      await env.shop.change(product, { price });
      await hasText(page, `${rowOf(product)} .price`, expected);
      const live = await shown(page, `${rowOf(product)} :is(.price, .stock)`);
      const reloaded = await env.visit(t, '/realtimeproducts', { language });
      assert.deepEqual(await shown(reloaded, `${rowOf(product)} :is(.price, .stock)`), live);
    }
  });
}

test('prices, subtotals and totals are JSON numbers, whole ones without decimals', async (t) => {
  const list = await (await fetch(`${env.shop.url}/api/products?limit=100`)).text();
  assert.deepEqual([...list.matchAll(/"price":([^,}]+)/g)].map(([, number]) => number), PRICES.map(String));

  const [, , whole, , half] = await env.shop.products();
  const cart = await env.shop.request('POST', '/api/carts', {
    products: [{ product: whole._id, quantity: 3 }, { product: half._id, quantity: 2 }],
  });
  const text = await (await fetch(`${env.shop.url}/api/carts/${cart._id}`)).text();
  assert.match(text, /"subtotal":3[,}]/);
  assert.match(text, /"subtotal":71[,}]/);
  assert.match(text, /"total":74[,}]/);

  const page = await env.visit(t, '/');
  const frames = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(payload)));
  await page.goto(`${env.shop.url}/realtimeproducts`);
  await isLive(page);
  await env.shop.change(whole, { price: 2 });
  await hasText(page, `${rowOf(whole)} .price`, '$2.00');
  assert.match(frames.find((frame) => frame.includes('update_products')), /"price":2[,}]/);
  await env.shop.change(whole, { price: 1 });
});
