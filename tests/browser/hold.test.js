// Reservations of a cart: counted down beside their lines, and released when they expire.

import assert from 'node:assert/strict';
import test from 'node:test';

import { hasAttribute, hasCount, hasText } from './expectations.js';
import { isLive, trackNavigation } from './live-pages.js';
import { setUpShop } from './test-shop.js';

const HOLD_SECONDS = 4;
const env = setUpShop({ hold: HOLD_SECONDS });
let codes = 0;

const make = (title, stock) => {
  codes += 1;
  return env.shop.create({ title, stock, price: 20, code: `H-${codes}` });
};
const lineOf = (product) => `[data-line][data-product-id="${product._id}"]`;

async function openCart(test, product, visitor = {}) {
  const page = await env.visit(test, '/', visitor);
  await page.request.post(`${env.shop.url}/carts/lines`, { form: { product: product._id, quantity: 1 } });
  await page.goto(`${env.shop.url}/carts`);
  return page;
}

test('a reservation counts down, is extended by a change, and its end is shown', async (t) => {
  const jar = await make('Moon jar', 3);
  const page = await openCart(t, jar);
  await isLive(page);
  const stayed = await trackNavigation(page);
  const hold = page.locator(`${lineOf(jar)} [data-hold]`);
  assert.match(await hold.textContent(), /^Reserved for you: 0:0[1-4]$/);
  await hasCount(page, `${lineOf(jar)} [data-hold]:not([hidden])`, 1);
  await hasText(page, `${lineOf(jar)} [data-hold]`, 'Reserved for you: 0:02');
  await page.click(`${lineOf(jar)} [data-step="1"]`);
  await hasText(page, `${lineOf(jar)} [data-hold]`, 'Reserved for you: 0:04');
  await hasText(page, `${lineOf(jar)} [data-hold]`, 'Reserved for you: 0:01');
  await hasText(page, '#toasts p', 'Your reservation expired. You can still buy while stock lasts.');
  await hasCount(page, `${lineOf(jar)} [data-hold]:not([hidden])`, 0);
  assert.ok(await stayed());
});

test('reserved units are sold out for others until the reservation expires', async (t) => {
  const last = await make('Last jar', 1);
  const other = await env.visit(t, '/realtimeproducts');
  await isLive(other);
  const add = `[data-product-id="${last._id}"] [data-add] button`;
  assert.ok(await other.isEnabled(add));
  await openCart(t, last);
  await hasAttribute(other, add, 'aria-disabled', 'true');
  await hasAttribute(other, add, 'aria-disabled', 'false');
  await other.click(add);
  await hasText(other, '#toasts p', 'Last jar: added to your cart.');
});

test('without JavaScript, a reservation is shown in minutes', async (t) => {
  const bowl = await make('Tea bowl', 3);
  const page = await openCart(t, bowl, { script: false });
  await hasText(page, `${lineOf(bowl)} [data-hold]`, 'Reserved for 1 more minute');
  const spanish = await openCart(t, bowl, { script: false, language: 'es' });
  await hasText(spanish, `${lineOf(bowl)} [data-hold]`, 'Reservado por 1 minuto más');
});
