// Reading the chat: following the end, keeping the position further up, and loading older messages.

import assert from 'node:assert/strict';
import test from 'node:test';

import { distanceFromEnd, joinChat, lastBubble, write } from './chat-pages.js';
import { hasAttribute, hasCount, hasText, waitUntil } from './expectations.js';
import { setUpShop } from './test-shop.js';

const MESSAGE_COUNT = 120;

const env = setUpShop({}, async (shop) => {
  for (let number = 1; number <= MESSAGE_COUNT; number += 1) {
    await shop.postMessage(number % 3 ? 'rosa@example.net' : 'ana@example.com', `message ${number}`);
  }
});

async function openChat(test, visitor) {
  const page = await env.visit(test, '/chat', { address: 'ana@example.com', ...visitor });
  await joinChat(page);
  return page;
}

const atEnd = () => {
  const log = document.querySelector('#chat-scroll');
  return log.scrollHeight - log.scrollTop - log.clientHeight < 4;
};

const bubbles = (page) => page.$$eval('#chat-log .bubble', (all) => all.map((bubble) => bubble.textContent));

test('the chat opens at its end, with the last fifty messages', async (t) => {
  const page = await openChat(t);
  await hasCount(page, '#chat-log .message', 50);
  await hasText(page, lastBubble, `message ${MESSAGE_COUNT}`);
  await waitUntil(page, atEnd);
  assert.ok(await page.isHidden('#chat-beginning'));
});

test('a reader at the end follows new messages', async (t) => {
  const page = await openChat(t);
  await waitUntil(page, atEnd);
  await env.shop.postMessage('rosa@example.net', 'a long one '.repeat(80).trim());
  await hasText(page, lastBubble, /^a long one/);
  await waitUntil(page, atEnd);
  assert.ok(await page.isHidden('#chat-new'));
  // Also when the field grows and the window shrinks.
  await page.fill('#composer-text', 'one\ntwo\nthree\nfour');
  await waitUntil(page, atEnd);
  await page.setViewportSize({ width: 1280, height: 560 });
  await waitUntil(page, atEnd);
});

test('a reader further up keeps the position, and sees the number of new messages', async (t) => {
  const page = await openChat(t);
  await waitUntil(page, atEnd);
  await page.hover('#chat-scroll');
  await page.mouse.wheel(0, -600);
  await waitUntil(page, () => {
    const log = document.querySelector('#chat-scroll');
    return log.scrollHeight - log.scrollTop - log.clientHeight > 300;
  });
  const top = await page.$eval('#chat-scroll', (log) => log.scrollTop);
  for (const number of [1, 2, 3]) await env.shop.postMessage('rosa@example.net', `new ${number}`);
  await hasText(page, '[data-chat-new-text]', '3 new messages');
  assert.ok(await page.isVisible('#chat-new'));
  assert.equal(await page.$eval('#chat-scroll', (log) => log.scrollTop), top);

  await page.click('#chat-new');
  await waitUntil(page, atEnd);
  assert.ok(await page.isHidden('#chat-new'));
  await hasText(page, lastBubble, 'new 3');
});

test('sending a message scrolls to the end', async (t) => {
  const page = await openChat(t);
  await waitUntil(page, atEnd);
  await page.hover('#chat-scroll');
  await page.mouse.wheel(0, -600);
  await waitUntil(page, () => {
    const log = document.querySelector('#chat-scroll');
    return log.scrollHeight - log.scrollTop - log.clientHeight > 300;
  });
  await write(page, 'my own');
  await hasText(page, lastBubble, 'my own');
  await waitUntil(page, atEnd);
});

test('scrolling up loads older messages without moving the text', async (t) => {
  const page = await openChat(t);
  await waitUntil(page, atEnd);
  const first = await page.$('#chat-log .message');
  await page.$eval('#chat-scroll', (log) => { log.scrollTop = 100; });
  const before = await first.evaluate((message) => message.getBoundingClientRect().top);
  await hasCount(page, '#chat-log .message', 100);
  const after = await first.evaluate((message) => message.getBoundingClientRect().top);
  assert.ok(Math.abs(after - before) < 2, `moved from ${before} to ${after}`);
  assert.ok(await distanceFromEnd(page) > 300);
});

test('the whole conversation can be read back to its beginning, each message once', async (t) => {
  const page = await openChat(t, { width: 390 });
  await waitUntil(page, atEnd);
  const all = (await env.shop.request('GET', '/api/messages?limit=100')).at(-1).seq;
  while (await page.isVisible('#chat-older')) {
    const known = await page.locator('#chat-log .message').count();
    await page.$eval('#chat-scroll', (log) => { log.scrollTop = 0; });
    await waitUntil(page, (number) => document.querySelectorAll('#chat-log .message').length > number, known);
  }
  await hasCount(page, '#chat-log .message', all);
  assert.ok(await page.isVisible('#chat-beginning'));
  const read = await bubbles(page);
  const expected = Array.from({ length: MESSAGE_COUNT }, (_, index) => `message ${index + 1}`);
  assert.deepEqual(read.slice(0, MESSAGE_COUNT), expected);
  const days = await page.$$eval('.day', (elements) => elements.map((day) => day.textContent));
  assert.equal(days.length, new Set(days).size);
});

test('the field grows to five lines, and Shift + Enter breaks the line', async (t) => {
  const page = await openChat(t);
  await page.focus('#composer-text');
  const heights = [];
  for (let line = 0; line < 7; line += 1) {
    heights.push((await page.locator('#composer-text').boundingBox()).height);
    await page.keyboard.type('line');
    await page.keyboard.press('Shift+Enter');
  }
  assert.ok(heights[4] > heights[0]);
  assert.equal(heights[6], heights[5]);
  await page.fill('#composer-text', '');
  await page.keyboard.type('one');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('two');
  await page.keyboard.press('Enter');
  await hasText(page, lastBubble, 'one\ntwo');
});

test('a burst of messages keeps the page bounded and at the end', async (t) => {
  const page = await openChat(t);
  await waitUntil(page, atEnd);
  const senders = Array.from({ length: 8 }, (_, sender) => (async () => {
    for (let number = 0; number < 50; number += 1) {
      await env.shop.postMessage('bot@example.net', `burst ${sender}-${number}`);
    }
  })());
  await Promise.all(senders);
  const { message } = (await env.shop.request('GET', '/api/messages?limit=1')).at(-1);
  await hasText(page, lastBubble, message);
  await waitUntil(page, atEnd);
  assert.ok(await page.$eval('#chat-log', (log) => log.childElementCount) <= 400);
  await hasAttribute(page, '#live-status', 'data-state', 'live');
});
