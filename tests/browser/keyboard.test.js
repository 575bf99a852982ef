// Everything a shopper does works by keyboard.

import assert from 'node:assert/strict';
import test from 'node:test';

import { joinChat, lastBubble } from './chat-pages.js';
import { hasCount, hasText } from './expectations.js';
import { setUpShop } from './test-shop.js';

const MAX_TABS = 80;

const env = setUpShop({}, async (shop) => {
  for (const title of ['Moon jar', 'Tea bowl', 'Brass lamp']) {
    await shop.create({ title, code: title, price: 10, stock: 5, category: 'things' });
  }
});

/**
 * Presses Tab until the focused element matches; every focused element on the way must have a
 * visible outline.
 */
async function tabTo(page, selector, { accept = () => true, within = MAX_TABS } = {}) {
  for (let press = 0; press < within; press += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(describeFocus, selector);
    assert.ok(stop.visible, `the focus is not visible on ${stop.html}`);
    if (stop.matches && accept(stop.html)) return stop;
  }
  throw new Error(`${selector} was not reached within ${within} tabs`);
}

// Runs in the page.
function describeFocus(selector) {
  const element = document.activeElement;
  const pseudo = (name) => getComputedStyle(element, name);
  const isOutlined = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const { width, height } = element.getBoundingClientRect();
  return {
    html: element.outerHTML.slice(0, 200),
    matches: element.matches(selector),
    visible: element === document.body
      || (width > 1 && height > 1 && (isOutlined(getComputedStyle(element)) || isOutlined(pseudo('::after')))),
  };
}

test('the cart can be filled and changed by keyboard', async (t) => {
  const page = await env.visit(t, '/');
  await tabTo(page, '.skip', { within: 1 });
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');

  await tabTo(page, '.card .add', { accept: (html) => html.includes('Tea bowl') });
  await page.keyboard.press('Enter');
  await hasText(page, '[data-cart-count]', '1');
  await page.keyboard.press('Space');
  await hasText(page, '[data-cart-count]', '2');

  await page.reload();
  await tabTo(page, '#cart-link');
  await page.keyboard.press('Enter');
  await hasText(page, 'h1', 'Your cart');

  await tabTo(page, '[data-step="1"]');
  await page.keyboard.press('Enter');
  await hasText(page, '[data-total]', '$30.00');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('5');
  await page.keyboard.press('Enter');
  await hasText(page, '[data-total]', '$50.00');
  assert.equal(await page.evaluate(() => document.activeElement.name), 'quantity');

  await tabTo(page, '[data-remove] button');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#cart-empty:visible');
  await tabTo(page, '#cart-empty .button');
  await page.keyboard.press('Enter');
  await hasCount(page, '.card', 3);
});

test('a product can be opened and added to the cart by keyboard', async (t) => {
  const page = await env.visit(t, '/');
  await tabTo(page, '.card-title a', { accept: (html) => html.includes('Moon jar') });
  await page.keyboard.press('Enter');
  await hasText(page, 'h1', 'Moon jar');
  await tabTo(page, '#quantity');
  await page.keyboard.type('3');
  await tabTo(page, '.add-big', { within: 1 });
  await page.keyboard.press('Space');
  await hasText(page, '[data-in-cart-text]', '3 in your cart');
});

test('the chat can be joined and used by keyboard', async (t) => {
  const page = await env.visit(t, '/');
  await tabTo(page, '.nav a[href="/chat"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#join[open]');
  await page.keyboard.type('ana@example.com');
  await page.keyboard.press('Enter');
  await joinChat(page);
  await page.keyboard.type('hello from the keys');
  await page.keyboard.press('Enter');
  await hasText(page, lastBubble, 'hello from the keys');
  await page.keyboard.type('by the button');
  await tabTo(page, '.composer-send', { within: 1 });
  await page.keyboard.press('Enter');
  await hasText(page, lastBubble, 'by the button');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'composer-text');
});

test('language and theme can be changed by keyboard', async (t) => {
  const page = await env.visit(t, '/?q=jar');
  await tabTo(page, 'button[value=es]');
  await page.keyboard.press('Enter');
  await hasText(page, '.nav a', 'Catálogo');
  await tabTo(page, 'button[value=dark]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('html[data-theme=dark]');
});
