// A page resumes only from where it truly stands: half a snapshot, or a chat without its history, is no such place.

import assert from 'node:assert/strict';
import test from 'node:test';

import { LOST_LINE } from './browser.js';
import { joinChat } from './chat-pages.js';
import { counts, has, says } from './expectations.js';
import { setStage } from './stage.js';

const stage = setStage({}, async (shop) => {
  await shop.create({ title: 'Piece', code: 'P1', price: 5, stock: 5 });
  await shop.say('rosa@example.net', 'first words');
});

/**
 * Puts a line between page and server. It cuts the connection, once, instead of passing on the first frame that
 * breaks(frame) picks; the answer collects the cursor that each connection asked to resume from.
 */
async function cutAt(page, path, breaks) {
  const asked = [];
  let broken = false;
  await page.routeWebSocket(path, (socket) => {
    asked.push(new URL(socket.url()).searchParams.get('since'));
    const server = socket.connectToServer();
    server.onMessage((text) => {
      const frame = JSON.parse(text);
      if (broken || !breaks(frame)) return socket.send(text);
      broken = true;
      return void socket.close({ code: 1011 });
    });
  });
  return asked;
}

test('a page whose cursor is known resumes without a snapshot', async (t) => {
  const page = await stage.visit(t, '/');
  const events = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => events.push(JSON.parse(payload))));
  await page.goto(`${stage.shop.url}/realtimeproducts`);
  const shown = await page.getAttribute('#live', 'data-cursor');
  await says(page, '[data-live-extra]', /\S/);
  assert.deepEqual(events[0], { event: 'welcome', data: { cursor: shown, resumed: true } });
  assert.ok(events.every(({ event }) => event !== 'products'));
});

test('a chat that breaks off before its history asks for it anew', async (t) => {
  const page = await stage.visit(t, '/', { address: 'ana@example.com', pardon: LOST_LINE });
  const asked = await cutAt(page, '**/ws/chat*', ({ event }) => event === 'chat-messages');
  await page.goto(`${stage.shop.url}/chat`);
  await has(page, '#live-status', 'data-state', 'waiting');
  await page.click('[data-live-retry]');
  await joinChat(page);
  await says(page, '#chat-log .bubble', 'first words');
  assert.deepEqual(asked, [null, null]);
});

test('a chat that has its history resumes after it', async (t) => {
  const page = await stage.visit(t, '/', { address: 'ana@example.com', pardon: LOST_LINE });
  const asked = await cutAt(page, '**/ws/chat*', ({ event }) => event === 'chat-message');
  await page.goto(`${stage.shop.url}/chat`);
  await joinChat(page);
  await says(page, '#chat-log .bubble', 'first words');
  await stage.shop.say('rosa@example.net', 'second words');
  await has(page, '#live-status', 'data-state', 'waiting');
  await page.click('[data-live-retry]');
  await counts(page, '#chat-log .message', 2);
  assert.equal(asked.length, 2);
  assert.notEqual(asked[1], null);
});
