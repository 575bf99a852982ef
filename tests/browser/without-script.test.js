// A browser without JavaScript: looking, choosing and carts work by plain forms.

import assert from 'node:assert/strict';
import test from 'node:test';

import { LOST_LINE } from './browser.js';
import { setStage } from './stage.js';

const stage = setStage({ rates: 'on' }, async (shop) => {
  const goods = [
    ['Moon jar', 'ceramics', 120, 4], ['Tea bowl', 'ceramics', 35.5, 12], ['Linen cloth', 'textiles', 28, 1],
    ['Brass lamp', 'lamps', 210, 0],
  ];
  for (const [title, category, price, stock] of goods) {
    await shop.create({ title, category, price, stock, code: title.replace(' ', '-') });
  }
});

const plain = (test, path, visitor) => stage.visit(test, path, { script: false, ...visitor });
const titles = async (page) => {
  await page.waitForLoadState('domcontentloaded');
  return page.locator('.card-title').allTextContents();
};
const card = (page, title) => page.locator('.card', { hasText: title });
const line = (page, title) => page.locator('.line', { hasText: title });

test('the catalogue is searched, sorted and narrowed', async (t) => {
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
  assert.equal(await page.textContent('.empty h2'), 'Nothing here by that description');
  await page.click('.empty .button');
  assert.equal((await titles(page)).length, 4);
});

test('a cart is filled, changed and emptied', async (t) => {
  const page = await plain(t, '/');
  await card(page, 'Tea bowl').locator('.add').click();
  assert.match(page.url(), /\/carts\/[0-9a-f]{24}$/);
  assert.equal(await page.inputValue('.line [name=quantity]'), '1');
  assert.equal(await page.textContent('.line-subtotal'), '$35.50');

  await page.fill('.line [name=quantity]', '3');
  await page.click('[data-update]');
  assert.equal(await page.textContent('.line-subtotal'), '$106.50');
  assert.equal(await page.textContent('[data-cart-count]'), '3');

  // Adding adds to what is there.
  await page.goto(stage.shop.url);
  await card(page, 'Tea bowl').locator('.add').click();
  assert.equal(await page.inputValue('.line [name=quantity]'), '4');
  await page.goto(stage.shop.url);
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

test('a quantity that cannot be had is refused, and the page says why', async (t) => {
  const page = await plain(t, '/', { pardon: LOST_LINE });
  await card(page, 'Moon jar').locator('.add').click();
  await page.fill('.line [name=quantity]', '9');
  const [refused] = await Promise.all([page.waitForResponse(/lines/), page.click('[data-update]')]);
  assert.equal(refused.status(), 409);
  assert.equal(await page.textContent('.line-problem'), 'Only 4 are left for you.');
  assert.equal(await page.getAttribute('.line [name=quantity]', 'aria-invalid'), 'true');
  await page.fill('.line [name=quantity]', '4');
  await page.click('[data-update]');
  assert.equal(await page.textContent('.line-subtotal'), '$480.00');
  assert.ok(await page.isHidden('.line-problem'));
});

test('the page of a product adds as many as are asked for, or says why not', async (t) => {
  const page = await plain(t, '/', { pardon: LOST_LINE });
  await page.click('.card-title a >> text=Tea bowl');
  assert.equal(await page.textContent('h1'), 'Tea bowl');
  await page.fill('#quantity', '5');
  await page.click('.add-big');
  assert.equal(await page.inputValue('.line [name=quantity]'), '5');
  await page.goBack();
  // Eight more would be thirteen of twelve; the field's own bound is what one may ask for in all.
  await page.fill('#quantity', '8');
  await page.click('.add-big');
  assert.equal(await page.textContent('#buy-error'), 'Only 12 are left for you.');
  assert.equal(await page.inputValue('#quantity'), '8');
  assert.equal(await page.textContent('[data-in-cart-text]'), '5 in your cart');
});

test('what is sold out cannot be added', async (t) => {
  const page = await plain(t, '/?q=brass');
  assert.ok(await page.locator('.add').isDisabled());
  assert.equal(await page.textContent('.badge'), 'sold out');
  await page.click('.card-title a');
  assert.ok(await page.locator('.add-big').isDisabled());
});

test('language and lighting are chosen and kept, and one stays where one was', async (t) => {
  const page = await plain(t, '/?q=lamp&sort=price:asc');
  await page.click('.footer button >> text=Español');
  assert.match(page.url(), /\/\?q=lamp&sort=price:asc$/);
  assert.equal(await page.getAttribute('html', 'lang'), 'es');
  assert.equal(await page.textContent('.stock'), 'Agotado');
  await page.click('.footer button[value=dark]');
  assert.match(page.url(), /\/\?q=lamp&sort=price:asc$/);
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
  assert.equal(await page.$eval('html', (root) => getComputedStyle(root).colorScheme), 'dark');
  await page.goto(`${stage.shop.url}/carts`);
  assert.equal(await page.getAttribute('html', 'lang'), 'es');
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
  assert.equal(await page.getAttribute('button[value=dark]', 'aria-pressed'), 'true');
});

test('a visitor’s browser decides the language until the visitor does', async (t) => {
  const page = await plain(t, '/', { language: 'es' });
  assert.equal(await page.getAttribute('html', 'lang'), 'es');
  await page.click('.footer button >> text=English');
  assert.equal(await page.getAttribute('html', 'lang'), 'en');
});

test('pages that follow changes say what they need', async (t) => {
  const page = await plain(t, '/realtimeproducts');
  assert.match(await page.textContent('#live-status'), /reload to see what is new/);
  assert.equal(await page.locator('#rows .row').count(), 4);
  assert.ok(await page.isHidden('#feed'));
  await page.locator('.row', { hasText: 'Tea bowl' }).locator('.add').click();
  await page.waitForSelector('.line');
  assert.equal(await page.locator('.line').count(), 1);
  await page.goto(`${stage.shop.url}/chat`);
  assert.match(await page.textContent('#live-status'), /The chat needs JavaScript/);
  assert.ok(await page.isHidden('#composer'));
  assert.ok(await page.isHidden('#join'));
});
