// Without JavaScript: browsing, preferences and carts work with forms.

import assert from 'node:assert/strict';
import test from 'node:test';

import { CONNECTION_ERRORS } from './browser.js';
import { setUpShop } from './test-shop.js';

const env = setUpShop({ rates: 'on' }, async (shop) => {
  const products = [
    ['Moon jar', 'ceramics', 120, 4], ['Tea bowl', 'ceramics', 35.5, 12], ['Linen cloth', 'textiles', 28, 1],
    ['Brass lamp', 'lamps', 210, 0],
  ];
  for (const [title, category, price, stock] of products) {
    await shop.create({ title, category, price, stock, code: title.replace(' ', '-') });
  }
});

const plain = (test, path, visitor) => env.visit(test, path, { script: false, ...visitor });
const titles = async (page) => {
  await page.waitForLoadState('domcontentloaded');
  return page.locator('.card-title').allTextContents();
};
const card = (page, title) => page.locator('.card', { hasText: title });
const line = (page, title) => page.locator('.line', { hasText: title });

test('the catalogue can be searched, sorted and filtered', async (t) => {
  const page = await plain(t, '/');
  assert.deepEqual(await titles(page), ['Moon jar', 'Tea bowl', 'Linen cloth', 'Brass lamp']);
  await page.selectOption('#sort', 'price:desc');
  await page.click('.search button');
  assert.deepEqual(await titles(page), ['Brass lamp', 'Moon jar', 'Tea bowl', 'Linen cloth']);
  await page.click('.chips a >> text=ceramics');
  assert.deepEqual(await titles(page), ['Moon jar', 'Tea bowl']);
  assert.equal(await page.textContent('h1'), 'ceramics');
  await page.fill('#q', 'BOWL');
  await page.press('#q', 'Enter');
  assert.deepEqual(await titles(page), ['Tea bowl']);
  assert.equal(await page.textContent('h1'), 'Results for “BOWL”');
  await page.fill('#q', '<b>"nothing"');
  await page.press('#q', 'Enter');
  assert.equal(await page.textContent('h1'), 'Results for “<b>"nothing"”');
  assert.equal(await page.textContent('.empty h2'), 'No matches');
  await page.click('.empty .button');
  assert.equal((await titles(page)).length, 4);
});

test('a cart can be filled, changed and emptied', async (t) => {
  const page = await plain(t, '/');
  await card(page, 'Tea bowl').locator('.add').click();
  assert.match(page.url(), /\/carts\/[0-9a-f]{24}$/);
  assert.equal(await page.inputValue('.line [name=quantity]'), '1');
  assert.equal(await page.textContent('.line-subtotal'), '$35.50');

  await page.fill('.line [name=quantity]', '3');
  await page.click('[data-update]');
  assert.equal(await page.textContent('.line-subtotal'), '$106.50');
  assert.equal(await page.textContent('[data-cart-count]'), '3');

  // Adding the same product increases its quantity.
  await page.goto(env.shop.url);
  await card(page, 'Tea bowl').locator('.add').click();
  assert.equal(await page.inputValue('.line [name=quantity]'), '4');
  await page.goto(env.shop.url);
  await card(page, 'Linen cloth').locator('.add').click();
  assert.equal(await page.textContent('[data-total]'), '$170.00');

  await line(page, 'Linen cloth').locator('.line-remove button').click();
  assert.equal(await page.textContent('[data-total]'), '$142.00');
  assert.equal(await page.locator('.line').count(), 1);
  await page.click('[data-empty] button');
  await page.waitForSelector('#cart-empty:visible');
  assert.equal(await page.locator('.line').count(), 0);
  assert.ok(await page.isHidden('[data-cart-count]'));
});

test('an unavailable quantity is rejected with an error', async (t) => {
  const page = await plain(t, '/', { ignore: CONNECTION_ERRORS });
  await card(page, 'Moon jar').locator('.add').click();
  await page.fill('.line [name=quantity]', '9');
  const [refused] = await Promise.all([page.waitForResponse(/lines/), page.click('[data-update]')]);
  assert.equal(refused.status(), 409);
  assert.equal(await page.textContent('.line-problem'), 'You can add up to 4.');
  assert.equal(await page.getAttribute('.line [name=quantity]', 'aria-invalid'), 'true');
  await page.fill('.line [name=quantity]', '4');
  await page.click('[data-update]');
  assert.equal(await page.textContent('.line-subtotal'), '$480.00');
  assert.ok(await page.isHidden('.line-problem'));
});

test('the product page adds the given quantity, or shows an error', async (t) => {
  const page = await plain(t, '/', { ignore: CONNECTION_ERRORS });
  await page.click('.card-title a >> text=Tea bowl');
  assert.equal(await page.textContent('h1'), 'Tea bowl');
  await page.fill('#quantity', '5');
  await page.click('.add-big');
  assert.equal(await page.inputValue('.line [name=quantity]'), '5');
  await page.goBack();
  // Eight more would be thirteen of twelve; the maximum of the field does not count the cart.
  await page.fill('#quantity', '8');
  await page.click('.add-big');
  assert.equal(await page.textContent('#buy-error'), 'You can add up to 12.');
  assert.equal(await page.inputValue('#quantity'), '8');
  assert.equal(await page.textContent('[data-in-cart-text]'), '5 in your cart');
});

test('a sold-out product cannot be added', async (t) => {
  const page = await plain(t, '/?q=brass');
  assert.ok(await page.locator('.add').isDisabled());
  assert.equal(await page.textContent('.badge'), 'sold out');
  await page.click('.card-title a');
  assert.ok(await page.locator('.add-big').isDisabled());
});

test('language and theme can be changed, are remembered, and return to the same page', async (t) => {
  const page = await plain(t, '/?q=lamp&sort=price:asc');
  await page.click('.footer button >> text=Español');
  assert.match(page.url(), /\/\?q=lamp&sort=price:asc$/);
  assert.equal(await page.getAttribute('html', 'lang'), 'es');
  assert.equal(await page.textContent('.stock'), 'Agotado');
  await page.click('.footer button[value=dark]');
  assert.match(page.url(), /\/\?q=lamp&sort=price:asc$/);
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
  assert.equal(await page.$eval('html', (root) => getComputedStyle(root).colorScheme), 'dark');
  await page.goto(`${env.shop.url}/carts`);
  assert.equal(await page.getAttribute('html', 'lang'), 'es');
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
  assert.equal(await page.getAttribute('button[value=dark]', 'aria-pressed'), 'true');
});

test('the browser’s language applies until the visitor chooses one', async (t) => {
  const page = await plain(t, '/', { language: 'es' });
  assert.equal(await page.getAttribute('html', 'lang'), 'es');
  await page.click('.footer button >> text=English');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
});

test('live pages show that they need JavaScript', async (t) => {
  const page = await plain(t, '/realtimeproducts');
  assert.match(await page.textContent('#live-status'), /reload to see changes/);
  assert.equal(await page.locator('#rows .row').count(), 4);
  assert.ok(await page.isHidden('#feed'));
  await page.locator('.row', { hasText: 'Tea bowl' }).locator('.add').click();
  await page.waitForSelector('.line');
  assert.equal(await page.locator('.line').count(), 1);
  await page.goto(`${env.shop.url}/chat`);
  assert.match(await page.textContent('#live-status'), /The chat needs JavaScript/);
  assert.ok(await page.isHidden('#composer'));
  assert.ok(await page.isHidden('#join'));
});
