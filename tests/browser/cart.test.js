// The cart with JavaScript: changes in place, rejected changes reverted, the focus kept.

import assert from 'node:assert/strict';
import test from 'node:test';

import { CONNECTION_ERRORS } from './browser.js';
import { hasCount, hasText, waitUntil } from './expectations.js';
import { trackNavigation } from './live-pages.js';
import { setUpShop } from './test-shop.js';

const products = {};
const env = setUpShop({ rates: 'on' }, async (shop) => {
  for (const [name, price, stock] of [['jar', 120, 4], ['bowl', 35.5, 12], ['cloth', 28.25, 1]]) {
    products[name] = await shop.create({ title: `The ${name}`, code: name, price, stock });
  }
});

const lineOf = (product) => `[data-line][data-product-id="${product._id}"]`;
const value = (page, place) => page.$eval(place, (field) => field.value);

/** Opens a cart with these quantities. */
async function openCart(test, quantities, visitor) {
  const page = await env.visit(test, '/', visitor);
  for (const [name, quantity] of Object.entries(quantities)) {
    await page.request.post(`${env.shop.url}/carts/lines`, { form: { product: products[name]._id, quantity } });
  }
  await page.goto(`${env.shop.url}/carts`);
  return page;
}

test('adding from the catalogue stays on the page and updates the cart link', async (t) => {
  const page = await env.visit(t, '/');
  const stayed = await trackNavigation(page);
  const add = page.locator('.card', { hasText: 'The bowl' }).locator('.add');
  await add.click();
  await hasText(page, '[data-cart-count]', '1');
  await hasText(page, '#toasts p', 'The bowl: added to your cart.');
  await add.click();
  await hasText(page, '[data-cart-count]', '2');
  await hasText(page, '[data-cart-count-text]', '2 items');
  assert.ok(await stayed());
  await page.click('#toasts a');
  await hasText(page, 'h1', 'Your cart');
  assert.equal(await value(page, `${lineOf(products.bowl)} [name=quantity]`), '2');
});

test('the step buttons change quantity, line and total in place', async (t) => {
  const page = await openCart(t, { jar: 1, bowl: 2 });
  const stayed = await trackNavigation(page);
  await page.click(`${lineOf(products.bowl)} [data-step="1"]`);
  await page.click(`${lineOf(products.bowl)} [data-step="1"]`);
  await hasText(page, `${lineOf(products.bowl)} [data-subtotal]`, '$142.00');
  await hasText(page, '[data-total]', '$262.00');
  await hasText(page, '[data-cart-count]', '5');
  await hasText(page, '#announcer', 'Total $262.00');
  await page.click(`${lineOf(products.bowl)} [data-step="-1"]`);
  await hasText(page, '[data-total]', '$226.50');
  assert.ok(await page.locator(`${lineOf(products.jar)} [data-step="-1"]`).isDisabled());
  assert.ok(await stayed());
});

test('a rejected quantity goes back to the quantity in the cart', async (t) => {
  const page = await openCart(t, { jar: 2 }, { ignore: CONNECTION_ERRORS });
  const field = `${lineOf(products.jar)} [name=quantity]`;
  await page.fill(field, '99');
  await page.press(field, 'Tab');
  await hasText(page, `${lineOf(products.jar)} [data-error]`, 'You can add up to 4.');
  assert.equal(await value(page, field), '2');
  await hasText(page, `${lineOf(products.jar)} [data-subtotal]`, '$240.00');
  await page.fill(field, '4');
  await page.press(field, 'Enter');
  await hasText(page, `${lineOf(products.jar)} [data-subtotal]`, '$480.00');
  assert.ok(await page.isHidden(`${lineOf(products.jar)} [data-error]`));
  assert.ok(await page.locator(`${lineOf(products.jar)} [data-step="1"]`).isDisabled());
});

test('removing a line moves the focus to its neighbour, emptying the cart to the heading', async (t) => {
  const page = await openCart(t, { jar: 1, bowl: 1, cloth: 1 });
  await page.click(`${lineOf(products.jar)} [data-remove] button`);
  await hasCount(page, '[data-line]', 2);
  const focused = () => page.evaluate(() => document.activeElement.closest('[data-line]')?.dataset.title);
  assert.equal(await focused(), 'The bowl');
  await hasText(page, '#announcer', 'The jar: removed from your cart.');
  await page.click('[data-empty] button');
  await page.waitForSelector('#cart-empty:visible');
  assert.ok(await page.isHidden('#cart'));
  assert.ok(await page.isHidden('[data-cart-count]'));
  assert.equal(await page.evaluate(() => document.activeElement.id), 'cart-heading');
});

test('a deleted product is removed from the cart with a warning', async (t) => {
  const gone = await env.shop.create({ title: 'Short-lived', code: 'SHORT', price: 5, stock: 5 });
  products.gone = gone;
  const page = await openCart(t, { bowl: 1, gone: 2 });
  await hasCount(page, '[data-line]', 2);
  await env.shop.remove(gone);
  await page.reload();
  await hasCount(page, '[data-line]', 1);
  await hasText(page, '.notice', /1 product is no longer sold and was removed from your cart\./);
  await page.reload();
  await waitUntil(page, () => document.readyState !== 'loading');
  await hasText(page, '[data-total]', '$35.50');
});

test('a change of the cart also warns about lines of deleted products', async (t) => {
  products.gone = await env.shop.create({ title: 'Here today', code: 'TODAY', price: 5, stock: 5 });
  products.also = await env.shop.create({ title: 'Here as well', code: 'WELL', price: 5, stock: 5 });
  const page = await openCart(t, { bowl: 1, gone: 2, also: 1 }, { language: 'es' });
  const stayed = await trackNavigation(page);
  assert.ok(await page.isHidden('#cart-warnings'));
  await env.shop.remove(products.gone);
  await env.shop.remove(products.also);
  await page.click(`${lineOf(products.bowl)} [data-step="1"]`);
  await hasText(page, '#cart-warnings', '2 productos ya no están en la tienda y se quitaron del carrito.');
  assert.ok(await page.isVisible('#cart-warnings'));
  await hasCount(page, '[data-line]', 1);
  assert.equal(await value(page, `${lineOf(products.bowl)} [name=quantity]`), '2');
  // The warning stays after further changes.
  await page.click(`${lineOf(products.bowl)} [data-step="1"]`);
  await hasText(page, '[data-cart-count]', '3');
  assert.ok(await page.isVisible('#cart-warnings'));
  assert.ok(await stayed());
});

test('adding from the catalogue warns about a removed line', async (t) => {
  products.gone = await env.shop.create({ title: 'Here today', code: 'TODAY-3', price: 5, stock: 5 });
  const page = await openCart(t, { gone: 1 });
  await page.goto(env.shop.url);
  await env.shop.remove(products.gone);
  await page.locator('.card', { hasText: 'The bowl' }).locator('.add').click();
  await hasText(
    page,
    '#toasts p',
    'The bowl: added to your cart. 1 product is no longer sold and was removed from your cart.',
  );
});

test('a line with too little stock shows what is available', async (t) => {
  const page = await openCart(t, { jar: 3 });
  await env.shop.change(products.jar, { stock: 2 });
  await page.reload();
  await hasText(page, `${lineOf(products.jar)} [data-error]`, 'You can add up to 2.');
  await env.shop.change(products.jar, { stock: 4 });
});

test('the product page shows how many are in the cart', async (t) => {
  const page = await env.visit(t, `/products/${products.bowl._id}`, { ignore: CONNECTION_ERRORS });
  await page.fill('#quantity', '2');
  await page.click('.add-big');
  await hasText(page, '[data-in-cart-text]', '2 in your cart');
  await hasText(page, '[data-cart-count]', '2');
  await page.$eval('#quantity', (field) => field.removeAttribute('max'));
  await page.fill('#quantity', '50');
  await page.click('.add-big');
  await hasText(page, '#buy-error', 'You can add up to 12.');
  await hasText(page, '[data-cart-count]', '2');
});

test('while offline, an error is shown and the quantity is kept', async (t) => {
  const page = await openCart(t, { bowl: 2 }, { ignore: CONNECTION_ERRORS });
  await page.context().setOffline(true);
  await page.click(`${lineOf(products.bowl)} [data-step="1"]`);
  await hasText(page, `${lineOf(products.bowl)} [data-error]`, /Can’t reach the shop/);
  assert.equal(await value(page, `${lineOf(products.bowl)} [name=quantity]`), '2');
  await page.context().setOffline(false);
  await page.click(`${lineOf(products.bowl)} [data-step="1"]`);
  await hasText(page, '[data-total]', '$106.50');
});

for (const [language, invalid, soldOut] of [
  ['en', 'Enter 1 or more.', 'Sold out.'],
  ['es', 'Ingresá 1 o más.', 'Agotado.'],
]) {
  test(`${language}: a refusal is shown in the page's language`, async (t) => {
    const page = await openCart(t, { bowl: 1 }, { language, ignore: /400|409/ });
    const refused = async (quantity, product) => {
      const response = await page.request.post(`${env.shop.url}/carts/lines`, {
        headers: { Accept: 'application/json', 'Accept-Language': language },
        form: { product: product._id, quantity },
      });
      return (await response.json()).text;
    };
    assert.equal(await refused(0, products.bowl), invalid);
    const gone = await env.shop.create({ title: 'Gone', code: `gone-${language}`, price: 1, stock: 0 });
    assert.equal(await refused(1, gone), soldOut);
  });
}
