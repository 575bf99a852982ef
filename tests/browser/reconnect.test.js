// A server that stops and comes back, a line that breaks: pages say so, return by themselves and miss nothing.

import assert from 'node:assert/strict';
import test from 'node:test';

import { LOST_LINE } from './browser.js';
import { conversation, joinChat, lastBubble, write } from './chat-pages.js';
import { becomes, counts, has, says } from './expectations.js';
import { COME_LATER, isLive, rowOf, staysHere, tryNow, waits } from './live-pages.js';
import { setStage } from './stage.js';

const stage = setStage();

/** A line between window and server that the test can cut and mend. */
async function breakableLine(page, path) {
  let current = null;
  let whole = true;
  await page.routeWebSocket(path, (socket) => {
    if (!whole) return void socket.close({ code: 1011 });
    socket.connectToServer();
    current = socket;
  });
  return {
    cut() {
      whole = false;
      return current.close(COME_LATER);
    },
    mend() {
      whole = true;
    },
  };
}

test('a server that restarts: the live page says so, returns by itself and shows what it missed', async (t) => {
  const lamp = await stage.shop.create({ title: 'Reading lamp', code: 'LAMP', price: 60, stock: 5 });
  const vase = await stage.shop.create({ title: 'Tall vase', code: 'VASE', price: 40, stock: 5 });
  const page = await stage.visit(t, '/realtimeproducts', { pardon: LOST_LINE });
  await isLive(page);
  const stayed = await staysHere(page);

  await stage.shop.stop();
  await waits(page);
  await says(page, '[data-live-shown]', /^Reconnecting in \d+ s$/);
  assert.ok(await page.isVisible('[data-live-retry]'));
  // What the page shows stays.
  await says(page, `${rowOf(lamp)} .stock`, '5 left');

  await stage.shop.start();
  await stage.shop.change(lamp, { stock: 4 });
  await stage.shop.remove(vase);
  const bowl = await stage.shop.create({ title: 'Low bowl', code: 'BOWL', price: 20, stock: 1 });
  await isLive(page);
  await says(page, '[data-live-shown]', 'Live');
  await says(page, `${rowOf(lamp)} .stock`, '4 left');
  await says(page, `${rowOf(bowl)} .stock`, 'last one');
  await counts(page, rowOf(vase), 0);
  assert.ok(await page.isHidden('[data-live-retry]'));
  assert.ok(await stayed());
});

test('a broken line: changes made meanwhile arrive when it is whole again', async (t) => {
  const cup = await stage.shop.create({ title: 'Small cup', code: 'CUP', price: 9, stock: 30 });
  const page = await stage.visit(t, '/', { pardon: LOST_LINE });
  const line = await breakableLine(page, '**/ws/products*');
  await page.goto(`${stage.shop.url}/realtimeproducts`);
  await isLive(page);
  await line.cut();
  await waits(page);
  for (const stock of [29, 28, 27]) await stage.shop.change(cup, { stock });
  line.mend();
  await tryNow(page);
  await isLive(page);
  await says(page, `${rowOf(cup)} .stock`, '27 left');
  // How many steps it took is not promised: a frame's product may already be newer than its change.
  await says(page, '.entry', /30 left.*27 left/s);
});

test('a page without a network says from when its data is', async (t) => {
  const cup = await stage.shop.create({ title: 'Large cup', code: 'CUP-2', price: 9, stock: 30 });
  const page = await stage.visit(t, '/realtimeproducts', { pardon: LOST_LINE });
  await isLive(page);
  await page.context().setOffline(true);
  await has(page, '#live-status', 'data-state', 'offline');
  await says(page, '[data-live-shown]', /^Offline, data from \d\d:\d\d( · next try in \d+ s)?$/);
  await stage.shop.change(cup, { stock: 7 });
  await page.context().setOffline(false);
  await isLive(page);
  await says(page, `${rowOf(cup)} .stock`, '7 left');
});

test('a server that restarts: the chat goes on where it was, and what was written meanwhile is sent once', async (t) => {
  const page = await stage.visit(t, '/chat', { address: 'ana@example.com', pardon: LOST_LINE });
  await joinChat(page);
  await write(page, 'before');
  await says(page, lastBubble, 'before');

  await stage.shop.stop();
  await waits(page);
  await write(page, 'while it was away');
  await says(page, '#chat-pending .message-state', 'Sending');
  assert.deepEqual(await conversation(page), ['before']);

  await stage.shop.start();
  await stage.shop.say('rosa@example.net', 'from somebody else');
  await counts(page, '#chat-pending > li', 0);
  await becomes(page, () => document.querySelectorAll('#chat-log .bubble').length === 3);
  assert.deepEqual(await conversation(page), ['before', 'from somebody else', 'while it was away']);
  const stored = await stage.shop.ask('GET', '/api/messages');
  assert.deepEqual(stored.map(({ message }) => message), ['before', 'from somebody else', 'while it was away']);
});

test('an answer that got lost: the message is sent again and stored once', async (t) => {
  const page = await stage.visit(t, '/', { address: 'luis@example.org', pardon: LOST_LINE });
  let deaf = false;
  await page.routeWebSocket('**/ws/chat*', (socket) => {
    const server = socket.connectToServer();
    server.onMessage((frame) => {
      if (deaf && frame.includes('"chat-message"')) {
        deaf = false;
        return void socket.close(COME_LATER);
      }
      socket.send(frame);
    });
  });
  await page.goto(`${stage.shop.url}/chat`);
  await joinChat(page);
  deaf = true;
  await write(page, 'through the storm');
  await waits(page);
  await tryNow(page);
  await counts(page, '#chat-pending > li', 0);
  await says(page, lastBubble, 'through the storm');
  const stored = await stage.shop.ask('GET', '/api/messages');
  assert.equal(stored.filter(({ message }) => message === 'through the storm').length, 1);
});
