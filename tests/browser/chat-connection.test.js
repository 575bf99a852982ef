// The chat over broken connections: messages are stored once, reconnects are not shown, and the
// page stays bounded.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import test from 'node:test';

import { CONNECTION_ERRORS } from './browser.js';
import { conversation, joinChat, lastBubble, write } from './chat-pages.js';
import { hasAttribute, hasCount, hasText, waitUntil } from './expectations.js';
import { isLive, waits } from './live-pages.js';
import { setUpShop } from './test-shop.js';

const env = setUpShop();

/**
 * Opens the chat; frames to the server pass through filter(frame, socket), which returns false to
 * drop one.
 */
async function openChat(test, address, filter, { clock = false } = {}) {
  const page = await env.visit(test, '/', { address, ignore: CONNECTION_ERRORS });
  await page.routeWebSocket('**/ws/chat*', (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      if (filter(JSON.parse(text), socket) !== false) server.send(text);
    });
  });
  if (clock) await page.clock.install();
  await page.goto(`${env.shop.url}/chat`);
  return page;
}

/** Drops messages while `dropping` is true, and records the nonce of each. */
function messageFilter() {
  const messages = Object.assign(new EventEmitter(), { dropping: true, nonces: [] });
  messages.filter = ({ event, data }) => {
    if (event !== 'chat-message') return true;
    messages.nonces.push(data.nonce);
    messages.emit('message');
    return !messages.dropping;
  };
  messages.reaches = async (number) => {
    while (messages.nonces.length < number) await once(messages, 'message');
  };
  return messages;
}

test('a message without an answer is sent again on a new connection, with its nonce', async (t) => {
  const messages = messageFilter();
  const page = await openChat(t, 'eva@example.org', messages.filter, { clock: true });
  await joinChat(page);
  await write(page, 'is anyone here');
  await messages.reaches(1);
  messages.dropping = false;
  await page.clock.runFor(11_000);
  await hasCount(page, '#chat-pending > li', 0);
  await hasText(page, lastBubble, 'is anyone here');
  assert.equal(messages.nonces.length, 2);
  assert.equal(new Set(messages.nonces).size, 1);
});

test('a message without an answer fails the second time, and can be sent again or discarded', async (t) => {
  const messages = messageFilter();
  const page = await openChat(t, 'eva@example.org', messages.filter, { clock: true });
  await joinChat(page);
  await timesOutTwice('still there', 1);
  messages.dropping = false;
  await page.click('#chat-pending .failed button >> text=Send again');
  await hasCount(page, '#chat-pending > li', 0);
  await hasText(page, lastBubble, 'still there');

  messages.dropping = true;
  await timesOutTwice('never mind', 4);
  await page.click('#chat-pending .failed button >> text=Discard');
  await hasCount(page, '#chat-pending > li', 0);
  const stored = await env.shop.request('GET', '/api/messages');
  assert.ok(stored.every(({ message }) => message !== 'never mind'));

  async function timesOutTwice(words, before) {
    await write(page, words);
    await messages.reaches(before);
    await hasText(page, '#chat-pending .message-state', 'Sending');
    await page.clock.runFor(11_000);
    await messages.reaches(before + 1);
    await page.clock.runFor(11_000);
    await hasText(page, '#chat-pending .failed .message-state', /^Not sent\./);
  }
});

test('a join that fails is retried', async (t) => {
  let joins = 0;
  const page = await openChat(t, 'eva@example.org', ({ event }, socket) => {
    if (event !== 'join' || ++joins > 1) return true;
    socket.send(JSON.stringify({ event: 'error', data: { code: 'unavailable', message: 'not now' } }));
    return false;
  });
  await joinChat(page);
  assert.equal(joins, 2);
});

test('a server crash is not shown as people who leave and join', async (t) => {
  const windows = [];
  for (const address of ['ana@example.com', 'luis@example.org', 'rosa@example.net']) {
    const page = await env.visit(t, '/chat', { address, ignore: CONNECTION_ERRORS });
    await joinChat(page);
    windows.push(page);
  }
  const [ana, luis] = windows;
  for (const page of windows) await hasText(page, '[data-people-count]', '3 online');
  await write(ana, 'before');
  for (const page of windows) await hasText(page, lastBubble, 'before');
  const lines = await Promise.all(windows.map(conversation));

  await env.shop.kill();
  for (const page of windows) await waits(page);
  await write(luis, 'meanwhile');
  await env.shop.start();
  for (const page of windows) {
    await isLive(page);
    await hasText(page, '[data-people-count]', '3 online');
    await hasText(page, lastBubble, 'meanwhile');
  }
  for (const [index, page] of windows.entries()) {
    assert.deepEqual(await conversation(page), [...lines[index], 'meanwhile']);
  }
  // A new person is shown.
  const eva = await env.visit(t, '/chat', { address: 'eva@example.org' });
  await joinChat(eva);
  await hasText(ana, '#chat-log > :last-child', 'eva@… joined');
});

test('unsent messages are limited, and one too many stays in the field', async (t) => {
  const page = await env.visit(t, '/', { address: 'max@example.org', ignore: CONNECTION_ERRORS });
  await page.routeWebSocket('**/ws/chat*', (socket) => socket.close({ code: 1001, reason: 'reconnect in 30 s' }));
  await page.goto(`${env.shop.url}/chat`);
  await waits(page);
  for (let number = 1; number <= 50; number += 1) await write(page, `waiting ${number}`);
  await write(page, 'one too many');
  await hasText(page, '#composer-count', /^50 messages are waiting/);
  assert.equal(await page.inputValue('#composer-text'), 'one too many');
  await hasCount(page, '#chat-pending > li', 50);
  // A reload keeps all of them.
  await page.reload();
  await hasCount(page, '#chat-pending > li', 50);
});

test('a long conversation keeps only the last messages on the page', async (t) => {
  let server = null;
  const page = await openChat(t, 'max@example.org', (frame, socket) => { server = socket; });
  await joinChat(page);
  const first = 1_000_000;
  const cursor = 'unused';
  for (let number = 0; number < 1200; number += 1) {
    server.send(JSON.stringify({
      event: 'chat-message',
      data: {
        cursor,
        _id: number.toString(16).padStart(24, '0'),
        seq: first + number,
        user: `guest${number % 7}@example.com`,
        message: `words ${number}`,
        datetime: new Date().toISOString(),
      },
    }));
  }
  await hasText(page, lastBubble, 'words 1199');
  await waitUntil(page, () => document.querySelectorAll('#chat-log > li').length <= 400);
  assert.ok(await page.isVisible('#chat-older'));
  await hasAttribute(page, '#chat-new', 'hidden', '');
});
