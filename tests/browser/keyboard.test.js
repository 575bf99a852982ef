// Everything that a shopper does can be done with the keyboard alone.

import assert from 'node:assert/strict';
import test from 'node:test';

import { joinChat, lastBubble } from './chat-pages.js';
import { counts, says } from './expectations.js';
import { setStage } from './stage.js';

const MOST_TABS = 80;

const stage = setStage({}, async (shop) => {
  for (const title of ['Moon jar', 'Tea bowl', 'Brass lamp']) {
    await shop.create({ title, code: title, price: 10, stock: 5, category: 'things' });
  }
});

/** Presses Tab until the focus is on what matches; every stop on the way must show that it has the focus. */
async function tabTo(page, selector, { accept = () => true, within = MOST_TABS } = {}) {
  for (let press = 0; press < within; press += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(describeFocus, selector);
    assert.ok(stop.visible, `the focus cannot be seen on ${stop.html}`);
    if (stop.matches && accept(stop.html)) return stop;
  }
  throw new Error(`${within} times Tab do not lead to ${selector}`);
}

// Runs in the page.
function describeFocus(selector) {
  const element = document.activeElement;
  const pseudo = (name) => getComputedStyle(element, name);
  const drawn = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const { width, height } = element.getBoundingClientRect();
  return {
    html: element.outerHTML.slice(0, 200),
    matches: element.matches(selector),
    visible: element === document.body
      || (width > 1 && height > 1 && (drawn(getComputedStyle(element)) || drawn(pseudo('::after')))),
  };
}

test('from the first key to a changed cart', async (t) => {
  const page = await stage.visit(t, '/');
  await tabTo(page, '.skip', { within: 1 });
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');

  await tabTo(page, '.card .add', { accept: (html) => html.includes('Tea bowl') });
  await page.keyboard.press('Enter');
  await says(page, '[data-cart-count]', '1');
  await page.keyboard.press('Space');
  await says(page, '[data-cart-count]', '2');

  await page.reload();
  await tabTo(page, '#cart-link');
  await page.keyboard.press('Enter');
  await says(page, 'h1', 'Your cart');

  await tabTo(page, '[data-step="1"]');
  await page.keyboard.press('Enter');
  await says(page, '[data-total]', '$30.00');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('5');
  await page.keyboard.press('Enter');
  await says(page, '[data-total]', '$50.00');
  assert.equal(await page.evaluate(() => document.activeElement.name), 'quantity');

  await tabTo(page, '[data-remove] button');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#cart-empty:visible');
  await tabTo(page, '#cart-empty .button');
  await page.keyboard.press('Enter');
  await counts(page, '.card', 3);
});

test('from a card to the product’s page and into the cart', async (t) => {
  const page = await stage.visit(t, '/');
  await tabTo(page, '.card-title a', { accept: (html) => html.includes('Moon jar') });
  await page.keyboard.press('Enter');
  await says(page, 'h1', 'Moon jar');
  await tabTo(page, '#quantity');
  await page.keyboard.type('3');
  await tabTo(page, '.add-big', { within: 1 });
  await page.keyboard.press('Space');
  await says(page, '[data-in-cart-text]', '3 in your cart');
});

test('from the chat’s door to a message', async (t) => {
  const page = await stage.visit(t, '/');
  await tabTo(page, '.nav a[href="/chat"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#join[open]');
  await page.keyboard.type('ana@example.com');
  await page.keyboard.press('Enter');
  await joinChat(page);
  await page.keyboard.type('hello from the keys');
  await page.keyboard.press('Enter');
  await says(page, lastBubble, 'hello from the keys');
  await page.keyboard.type('by the button');
  await tabTo(page, '.composer-send', { within: 1 });
  await page.keyboard.press('Enter');
  await says(page, lastBubble, 'by the button');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'composer-text');
});

test('language and lighting', async (t) => {
  const page = await stage.visit(t, '/?q=jar');
  await tabTo(page, 'button[value=es]');
  await page.keyboard.press('Enter');
  await says(page, '.nav a', 'Catálogo');
  await tabTo(page, 'button[value=dark]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('html[data-theme=dark]');
});
