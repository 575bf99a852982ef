// What is kept for a cart: counted down beside its line, and open to others when the time is over.

import assert from 'node:assert/strict';
import test from 'node:test';

import { counts, has, says } from './expectations.js';
import { isLive, staysHere } from './live-pages.js';
import { setStage } from './stage.js';

/** In seconds. */
const HOLD = 4;
const stage = setStage({ hold: HOLD });
let codes = 0;

const make = (title, stock) => {
  codes += 1;
  return stage.shop.create({ title, stock, price: 20, code: `H-${codes}` });
};
const lineOf = (product) => `[data-line][data-product-id="${product._id}"]`;

async function openCart(test, product, visitor = {}) {
  const page = await stage.visit(test, '/', visitor);
  await page.request.post(`${stage.shop.url}/carts/lines`, { form: { product: product._id, quantity: 1 } });
  await page.goto(`${stage.shop.url}/carts`);
  return page;
}

test('a line counts down while it is kept, longer after a change, and says when it is over', async (t) => {
  const jar = await make('Moon jar', 3);
  const page = await openCart(t, jar);
  await isLive(page);
  const stayed = await staysHere(page);
  const hold = page.locator(`${lineOf(jar)} [data-hold]`);
  assert.match(await hold.textContent(), /^Kept for you for 0:0[1-4]$/);
  await counts(page, `${lineOf(jar)} [data-hold]:not([hidden])`, 1);
  await says(page, `${lineOf(jar)} [data-hold]`, 'Kept for you for 0:02');
  await page.click(`${lineOf(jar)} [data-step="1"]`);
  await says(page, `${lineOf(jar)} [data-hold]`, 'Kept for you for 0:04');
  await says(page, `${lineOf(jar)} [data-hold]`, 'Kept for you for 0:01');
  await says(page, '#toasts p', 'What was kept for you is open to others again. It can still be bought while there is some.');
  await counts(page, `${lineOf(jar)} [data-hold]:not([hidden])`, 0);
  assert.ok(await stayed());
});

test('what is kept for one cart is sold out for everybody else, until its time is over', async (t) => {
  const last = await make('Last jar', 1);
  const other = await stage.visit(t, '/realtimeproducts');
  await isLive(other);
  const add = `[data-product-id="${last._id}"] [data-add] button`;
  assert.ok(await other.isEnabled(add));
  await openCart(t, last);
  await has(other, add, 'aria-disabled', 'true');
  await has(other, add, 'aria-disabled', 'false');
  await other.click(add);
  await says(other, '#toasts p', 'Last jar: added to your cart.');
});

test('without JavaScript a line says for how many minutes it is kept', async (t) => {
  const bowl = await make('Tea bowl', 3);
  const page = await openCart(t, bowl, { script: false });
  await says(page, `${lineOf(bowl)} [data-hold]`, 'Kept for you for 1 more minute');
  const spanish = await openCart(t, bowl, { script: false, language: 'es' });
  await says(spanish, `${lineOf(bowl)} [data-hold]`, 'Reservado: queda 1 minuto');
});
