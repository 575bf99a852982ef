// Server restarts and broken connections: pages show them, reconnect by themselves and miss
// nothing.

import assert from 'node:assert/strict';
import test from 'node:test';

import { CONNECTION_ERRORS } from './browser.js';
import { conversation, joinChat, lastBubble, write } from './chat-pages.js';
import { hasAttribute, hasCount, hasText, waitUntil } from './expectations.js';
import { isLive, RECONNECT_LATER, rowOf, trackNavigation, tryNow, waits } from './live-pages.js';
import { setUpShop } from './test-shop.js';

const env = setUpShop();

/** Routes a socket so that the test can cut and restore its connection. */
async function interruptible(page, path) {
  let current = null;
  let up = true;
  await page.routeWebSocket(path, (socket) => {
    if (up) {
      socket.connectToServer();
      current = socket;
    } else {
      socket.close({ code: 1011 });
    }
  });
  return {
    cut() {
      up = false;
      return current.close(RECONNECT_LATER);
    },
    restore() {
      up = true;
    },
  };
}

test('during a server restart, the live page shows the outage, reconnects and catches up', async (t) => {
  const lamp = await env.shop.create({ title: 'Reading lamp', code: 'LAMP', price: 60, stock: 5 });
  const vase = await env.shop.create({ title: 'Tall vase', code: 'VASE', price: 40, stock: 5 });
  const page = await env.visit(t, '/realtimeproducts', { ignore: CONNECTION_ERRORS });
  await isLive(page);
  const stayed = await trackNavigation(page);

  await env.shop.stop();
  await waits(page);
  await hasText(page, '[data-live-shown]', /^Reconnecting in \d+ s$/);
  assert.ok(await page.isVisible('[data-live-retry]'));
  // The content stays on the page.
  await hasText(page, `${rowOf(lamp)} .stock`, '5 left');

  await env.shop.start();
  await env.shop.change(lamp, { stock: 4 });
  await env.shop.remove(vase);
  const bowl = await env.shop.create({ title: 'Low bowl', code: 'BOWL', price: 20, stock: 1 });
  await isLive(page);
  await hasText(page, '[data-live-shown]', 'Live');
  await hasText(page, `${rowOf(lamp)} .stock`, '4 left');
  await hasText(page, `${rowOf(bowl)} .stock`, 'last one');
  await hasCount(page, rowOf(vase), 0);
  assert.ok(await page.isHidden('[data-live-retry]'));
  assert.ok(await stayed());
});

test('changes made while disconnected arrive after the reconnect', async (t) => {
  const cup = await env.shop.create({ title: 'Small cup', code: 'CUP', price: 9, stock: 30 });
  const page = await env.visit(t, '/', { ignore: CONNECTION_ERRORS });
  const connection = await interruptible(page, '**/ws/products*');
  await page.goto(`${env.shop.url}/realtimeproducts`);
  await isLive(page);
  await connection.cut();
  await waits(page);
  for (const stock of [29, 28, 27]) await env.shop.change(cup, { stock });
  connection.restore();
  await tryNow(page);
  await isLive(page);
  await hasText(page, `${rowOf(cup)} .stock`, '27 left');
  // The number of steps may vary: a frame may contain a newer product than its change.
  await hasText(page, '.entry', /30 left.*27 left/s);
});

test('a page without a network shows the age of its data', async (t) => {
  const cup = await env.shop.create({ title: 'Large cup', code: 'CUP-2', price: 9, stock: 30 });
  const page = await env.visit(t, '/realtimeproducts', { ignore: CONNECTION_ERRORS });
  await isLive(page);
  await page.context().setOffline(true);
  await hasAttribute(page, '#live-status', 'data-state', 'offline');
  await hasText(page, '[data-live-shown]', /^Offline, data from \d\d:\d\d( · next try in \d+ s)?$/);
  await env.shop.change(cup, { stock: 7 });
  await page.context().setOffline(false);
  await isLive(page);
  await hasText(page, `${rowOf(cup)} .stock`, '7 left');
});

test('after a server restart, the chat resumes, and messages written meanwhile are sent once', async (t) => {
  const page = await env.visit(t, '/chat', { address: 'ana@example.com', ignore: CONNECTION_ERRORS });
  await joinChat(page);
  await write(page, 'before');
  await hasText(page, lastBubble, 'before');

  await env.shop.stop();
  await waits(page);
  await write(page, 'while it was away');
  await hasText(page, '#chat-pending .message-state', 'Sending');
  assert.deepEqual(await conversation(page), ['before']);

  await env.shop.start();
  await env.shop.postMessage('rosa@example.net', 'from someone else');
  await hasCount(page, '#chat-pending > li', 0);
  await waitUntil(page, () => document.querySelectorAll('#chat-log .bubble').length === 3);
  assert.deepEqual(await conversation(page), ['before', 'from someone else', 'while it was away']);
  const stored = await env.shop.request('GET', '/api/messages');
  assert.deepEqual(stored.map(({ message }) => message), ['before', 'from someone else', 'while it was away']);
});

test('a message whose answer was lost is sent again and stored once', async (t) => {
  const page = await env.visit(t, '/', { address: 'luis@example.org', ignore: CONNECTION_ERRORS });
  let dropAnswer = false;
  await page.routeWebSocket('**/ws/chat*', (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      if (dropAnswer && frame.includes('"chat-message"')) {
        dropAnswer = false;
        socket.close(RECONNECT_LATER);
      } else {
        socket.send(frame);
      }
    });
  });
  await page.goto(`${env.shop.url}/chat`);
  await joinChat(page);
  dropAnswer = true;
  await write(page, 'through the storm');
  await waits(page);
  await tryNow(page);
  await hasCount(page, '#chat-pending > li', 0);
  await hasText(page, lastBubble, 'through the storm');
  const stored = await env.shop.request('GET', '/api/messages');
  assert.equal(stored.filter(({ message }) => message === 'through the storm').length, 1);
});
