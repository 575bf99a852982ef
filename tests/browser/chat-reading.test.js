// Reading the chat: kept at the end only for whoever is there, older messages on the way up.

import assert from 'node:assert/strict';
import test from 'node:test';

import { distanceFromEnd, joinChat, lastBubble, write } from './chat-pages.js';
import { becomes, counts, has, says } from './expectations.js';
import { setStage } from './stage.js';

const SAID = 120;

const stage = setStage({}, async (shop) => {
  for (let turn = 1; turn <= SAID; turn += 1) {
    await shop.say(turn % 3 ? 'rosa@example.net' : 'ana@example.com', `message ${turn}`);
  }
});

async function openChat(test, visitor) {
  const page = await stage.visit(test, '/chat', { address: 'ana@example.com', ...visitor });
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
  await counts(page, '#chat-log .message', 50);
  await says(page, lastBubble, `message ${SAID}`);
  await becomes(page, atEnd);
  assert.ok(await page.isHidden('#chat-beginning'));
});

test('whoever is at the end stays there', async (t) => {
  const page = await openChat(t);
  await becomes(page, atEnd);
  await stage.shop.say('rosa@example.net', 'a long one '.repeat(80).trim());
  await says(page, lastBubble, /^a long one/);
  await becomes(page, atEnd);
  assert.ok(await page.isHidden('#chat-new'));
  // So it does when the field grows and when the window shrinks.
  await page.fill('#composer-text', 'one\ntwo\nthree\nfour');
  await becomes(page, atEnd);
  await page.setViewportSize({ width: 1280, height: 560 });
  await becomes(page, atEnd);
});

test('whoever reads further up is left in peace and told of what is new', async (t) => {
  const page = await openChat(t);
  await becomes(page, atEnd);
  await page.hover('#chat-scroll');
  await page.mouse.wheel(0, -600);
  await becomes(page, () => {
    const log = document.querySelector('#chat-scroll');
    return log.scrollHeight - log.scrollTop - log.clientHeight > 300;
  });
  const top = await page.$eval('#chat-scroll', (log) => log.scrollTop);
  for (const turn of [1, 2, 3]) await stage.shop.say('rosa@example.net', `news ${turn}`);
  await says(page, '[data-chat-new-text]', '3 new messages');
  assert.ok(await page.isVisible('#chat-new'));
  assert.equal(await page.$eval('#chat-scroll', (log) => log.scrollTop), top);

  await page.click('#chat-new');
  await becomes(page, atEnd);
  assert.ok(await page.isHidden('#chat-new'));
  await says(page, lastBubble, 'news 3');
});

test('one’s own message leads back to the end', async (t) => {
  const page = await openChat(t);
  await becomes(page, atEnd);
  await page.hover('#chat-scroll');
  await page.mouse.wheel(0, -600);
  await becomes(page, () => {
    const log = document.querySelector('#chat-scroll');
    return log.scrollHeight - log.scrollTop - log.clientHeight > 300;
  });
  await write(page, 'my own');
  await says(page, lastBubble, 'my own');
  await becomes(page, atEnd);
});

test('older messages come while one scrolls up, and what is read keeps its place', async (t) => {
  const page = await openChat(t);
  await becomes(page, atEnd);
  const first = await page.$('#chat-log .message');
  await page.$eval('#chat-scroll', (log) => { log.scrollTop = 100; });
  const before = await first.evaluate((message) => message.getBoundingClientRect().top);
  await counts(page, '#chat-log .message', 100);
  const after = await first.evaluate((message) => message.getBoundingClientRect().top);
  assert.ok(Math.abs(after - before) < 2, `moved from ${before} to ${after}`);
  assert.ok(await distanceFromEnd(page) > 300);
});

test('the whole conversation can be read back to its beginning, each message once', async (t) => {
  const page = await openChat(t, { width: 390 });
  await becomes(page, atEnd);
  const all = (await stage.shop.ask('GET', '/api/messages?limit=100')).at(-1).seq;
  while (await page.isVisible('#chat-older')) {
    const known = await page.locator('#chat-log .message').count();
    await page.$eval('#chat-scroll', (log) => { log.scrollTop = 0; });
    await becomes(page, (number) => document.querySelectorAll('#chat-log .message').length > number, known);
  }
  await counts(page, '#chat-log .message', all);
  assert.ok(await page.isVisible('#chat-beginning'));
  const read = await bubbles(page);
  const expected = Array.from({ length: SAID }, (_, turn) => `message ${turn + 1}`);
  assert.deepEqual(read.slice(0, SAID), expected);
  assert.equal(await page.locator('.day').count(), new Set(await page.$$eval('.day', (days) => days.map((day) => day.textContent))).size);
});

test('the field grows to five lines; Shift and Enter break a line', async (t) => {
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
  await says(page, lastBubble, 'one\ntwo');
});

test('many messages at once keep the page small and at its end', async (t) => {
  const page = await openChat(t);
  await becomes(page, atEnd);
  const senders = Array.from({ length: 8 }, (_, lane) => (async () => {
    for (let turn = 0; turn < 50; turn += 1) await stage.shop.say('bot@example.net', `burst ${lane}-${turn}`);
  })());
  await Promise.all(senders);
  const { message } = (await stage.shop.ask('GET', '/api/messages?limit=1')).at(-1);
  await says(page, lastBubble, message);
  await becomes(page, atEnd);
  assert.ok(await page.$eval('#chat-log', (log) => log.childElementCount) <= 400);
  await has(page, '#live-status', 'data-state', 'live');
});
