// The cart with JavaScript: changes in place, refusals undone, the focus never lost.

import assert from 'node:assert/strict';
import test from 'node:test';

import { LOST_LINE } from './browser.js';
import { becomes, counts, says } from './expectations.js';
import { staysHere } from './live-pages.js';
import { setStage } from './stage.js';

const goods = {};
const stage = setStage({ rates: 'on' }, async (shop) => {
  for (const [name, price, stock] of [['jar', 120, 4], ['bowl', 35.5, 12], ['cloth', 28.25, 1]]) {
    goods[name] = await shop.create({ title: `The ${name}`, code: name, price, stock });
  }
});

const lineOf = (product) => `[data-line][data-product-id="${product._id}"]`;
const value = (page, place) => page.$eval(place, (field) => field.value);

/** A window on a cart that holds these quantities. */
async function openCart(test, wanted, visitor) {
  const page = await stage.visit(test, '/', visitor);
  for (const [name, quantity] of Object.entries(wanted)) {
    await page.request.post(`${stage.shop.url}/carts/lines`, { form: { product: goods[name]._id, quantity } });
  }
  await page.goto(`${stage.shop.url}/carts`);
  return page;
}

test('adding from the catalogue stays there, counts and says so', async (t) => {
  const page = await stage.visit(t, '/');
  const stayed = await staysHere(page);
  const add = page.locator('.card', { hasText: 'The bowl' }).locator('.add');
  await add.click();
  await says(page, '[data-cart-count]', '1');
  await says(page, '#toasts p', 'The bowl: added to your cart.');
  await add.click();
  await says(page, '[data-cart-count]', '2');
  await says(page, '[data-cart-count-text]', '2 pieces');
  assert.ok(await stayed());
  await page.click('#toasts a');
  await says(page, 'h1', 'Your cart');
  assert.equal(await value(page, `${lineOf(goods.bowl)} [name=quantity]`), '2');
});

test('steps change the quantity, the line and the total in place', async (t) => {
  const page = await openCart(t, { jar: 1, bowl: 2 });
  const stayed = await staysHere(page);
  await page.click(`${lineOf(goods.bowl)} [data-step="1"]`);
  await page.click(`${lineOf(goods.bowl)} [data-step="1"]`);
  await says(page, `${lineOf(goods.bowl)} [data-subtotal]`, '$142.00');
  await says(page, '[data-total]', '$262.00');
  await says(page, '[data-cart-count]', '5');
  await says(page, '#announcer', 'Total $262.00');
  await page.click(`${lineOf(goods.bowl)} [data-step="-1"]`);
  await says(page, '[data-total]', '$226.50');
  assert.ok(await page.locator(`${lineOf(goods.jar)} [data-step="-1"]`).isDisabled());
  assert.ok(await stayed());
});

test('a refused quantity goes back to what the cart holds', async (t) => {
  const page = await openCart(t, { jar: 2 }, { pardon: LOST_LINE });
  const field = `${lineOf(goods.jar)} [name=quantity]`;
  await page.fill(field, '99');
  await page.press(field, 'Tab');
  await says(page, `${lineOf(goods.jar)} [data-error]`, 'Only 4 are left for you.');
  assert.equal(await value(page, field), '2');
  await says(page, `${lineOf(goods.jar)} [data-subtotal]`, '$240.00');
  await page.fill(field, '4');
  await page.press(field, 'Enter');
  await says(page, `${lineOf(goods.jar)} [data-subtotal]`, '$480.00');
  assert.ok(await page.isHidden(`${lineOf(goods.jar)} [data-error]`));
  assert.ok(await page.locator(`${lineOf(goods.jar)} [data-step="1"]`).isDisabled());
});

test('removing passes the focus on, emptying gives it to the top', async (t) => {
  const page = await openCart(t, { jar: 1, bowl: 1, cloth: 1 });
  await page.click(`${lineOf(goods.jar)} [data-remove] button`);
  await counts(page, '[data-line]', 2);
  const focused = () => page.evaluate(() => document.activeElement.closest('[data-line]')?.dataset.title);
  assert.equal(await focused(), 'The bowl');
  await says(page, '#announcer', 'The jar: removed from your cart.');
  await page.click('[data-empty] button');
  await page.waitForSelector('#cart-empty:visible');
  assert.ok(await page.isHidden('#cart'));
  assert.ok(await page.isHidden('[data-cart-count]'));
  assert.equal(await page.evaluate(() => document.activeElement.id), 'cart-heading');
});

test('a product that was deleted is taken out with a word', async (t) => {
  const gone = await stage.shop.create({ title: 'Short-lived', code: 'SHORT', price: 5, stock: 5 });
  goods.gone = gone;
  const page = await openCart(t, { bowl: 1, gone: 2 });
  await counts(page, '[data-line]', 2);
  await stage.shop.remove(gone);
  await page.reload();
  await counts(page, '[data-line]', 1);
  await says(page, '.notice', /One product left the shop and was taken out of your cart\./);
  await page.reload();
  await becomes(page, () => document.readyState !== 'loading');
  await says(page, '[data-total]', '$35.50');
});

test('an answer that drops a deleted product’s line says so, beside what was asked for', async (t) => {
  goods.gone = await stage.shop.create({ title: 'Here today', code: 'TODAY', price: 5, stock: 5 });
  goods.also = await stage.shop.create({ title: 'Here as well', code: 'WELL', price: 5, stock: 5 });
  const page = await openCart(t, { bowl: 1, gone: 2, also: 1 }, { language: 'es' });
  const stayed = await staysHere(page);
  assert.ok(await page.isHidden('#cart-warnings'));
  await stage.shop.remove(goods.gone);
  await stage.shop.remove(goods.also);
  await page.click(`${lineOf(goods.bowl)} [data-step="1"]`);
  await says(page, '#cart-warnings', '2 productos ya no están en la tienda y se quitaron del carrito.');
  assert.ok(await page.isVisible('#cart-warnings'));
  await counts(page, '[data-line]', 1);
  assert.equal(await value(page, `${lineOf(goods.bowl)} [name=quantity]`), '2');
  // It stays while one goes on.
  await page.click(`${lineOf(goods.bowl)} [data-step="1"]`);
  await says(page, '[data-cart-count]', '3');
  assert.ok(await page.isVisible('#cart-warnings'));
  assert.ok(await stayed());
});

test('adding from the catalogue tells of a line that was dropped', async (t) => {
  goods.gone = await stage.shop.create({ title: 'Here today', code: 'TODAY-3', price: 5, stock: 5 });
  const page = await openCart(t, { gone: 1 });
  await page.goto(stage.shop.url);
  await stage.shop.remove(goods.gone);
  await page.locator('.card', { hasText: 'The bowl' }).locator('.add').click();
  await says(
    page,
    '#toasts p',
    'The bowl: added to your cart. One product left the shop and was taken out of your cart.',
  );
});

test('what somebody else bought meanwhile is told on the line', async (t) => {
  const page = await openCart(t, { jar: 3 });
  await stage.shop.change(goods.jar, { stock: 2 });
  await page.reload();
  await says(page, `${lineOf(goods.jar)} [data-error]`, 'Only 2 are left for you.');
  await stage.shop.change(goods.jar, { stock: 4 });
});

test('the page of a product says how many are in the cart', async (t) => {
  const page = await stage.visit(t, `/products/${goods.bowl._id}`, { pardon: LOST_LINE });
  await page.fill('#quantity', '2');
  await page.click('.add-big');
  await says(page, '[data-in-cart-text]', '2 in your cart');
  await says(page, '[data-cart-count]', '2');
  await page.$eval('#quantity', (field) => field.removeAttribute('max'));
  await page.fill('#quantity', '50');
  await page.click('.add-big');
  await says(page, '#buy-error', 'Only 12 are left for you.');
  await says(page, '[data-cart-count]', '2');
});

test('a shop that cannot be reached is said, and nothing is lost', async (t) => {
  const page = await openCart(t, { bowl: 2 }, { pardon: LOST_LINE });
  await page.context().setOffline(true);
  await page.click(`${lineOf(goods.bowl)} [data-step="1"]`);
  await says(page, `${lineOf(goods.bowl)} [data-error]`, /The shop cannot be reached/);
  assert.equal(await value(page, `${lineOf(goods.bowl)} [name=quantity]`), '2');
  await page.context().setOffline(false);
  await page.click(`${lineOf(goods.bowl)} [data-step="1"]`);
  await says(page, '[data-total]', '$106.50');
});
