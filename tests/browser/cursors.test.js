// A page resumes only from a complete state: not from half a snapshot or a chat without its
// history.

import assert from 'node:assert/strict';
import test from 'node:test';

import { CONNECTION_ERRORS } from './browser.js';
import { joinChat } from './chat-pages.js';
import { hasCount, hasText } from './expectations.js';
import { isLive, RECONNECT_LATER, rowOf, tryNow, waits } from './live-pages.js';
import { setUpShop } from './test-shop.js';

// More than two chunks of a snapshot.
const PRODUCT_COUNT = 120;

const env = setUpShop({}, async (shop) => {
  for (let number = 1; number <= PRODUCT_COUNT; number += 1) {
    await shop.create({ title: `Product ${number}`, code: `P${number}`, price: 5, stock: 5 });
  }
  await shop.postMessage('rosa@example.net', 'first message');
});

/**
 * Closes the connection, once, instead of passing on the first frame for which breaks(frame) is
 * true; until then, drops frames for which drops(frame) is true. Resolves to the list of the
 * cursors that the connections resume from.
 */
async function cutAt(page, path, breaks, drops = () => false) {
  const cursors = [];
  let broken = false;
  await page.routeWebSocket(path, (socket) => {
    cursors.push(new URL(socket.url()).searchParams.get('since'));
    const server = socket.connectToServer();
    server.onMessage((text) => {
      const frame = JSON.parse(text);
      if (!broken && drops(frame)) return undefined;
      if (broken || !breaks(frame)) return socket.send(text);
      broken = true;
      return void socket.close(RECONNECT_LATER);
    });
  });
  return cursors;
}

const isLastChunk = ({ event, data }) => event === 'products' && data.remaining === 0;
const stockIn = ({ event, data }) => (event === 'update_products' ? data.product?.stock : undefined);

/** Replaces the page's cursor by an unknown one, before its scripts read it. */
const forgetCursor = (page) => page.addInitScript(() => {
  document.addEventListener('readystatechange', () => {
    const root = document.getElementById('live');
    if (document.readyState === 'interactive' && root) root.dataset.cursor = 'unknown-1';
  });
});

test('a page with a known cursor resumes without a snapshot', async (t) => {
  const page = await env.visit(t, '/');
  const events = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => events.push(JSON.parse(payload))));
  await page.goto(`${env.shop.url}/realtimeproducts`);
  const shown = await page.getAttribute('#live', 'data-cursor');
  await hasText(page, '[data-live-extra]', /\S/);
  assert.deepEqual(events[0], { event: 'welcome', data: { cursor: shown, resumed: true } });
  assert.ok(events.every(({ event }) => event !== 'products'));
});

test('an interrupted snapshot is requested again from the start', async (t) => {
  const page = await env.visit(t, '/', { ignore: CONNECTION_ERRORS });
  const cursors = await cutAt(page, '**/ws/products*', isLastChunk);
  await forgetCursor(page);
  await page.goto(`${env.shop.url}/realtimeproducts`);
  await waits(page);
  const [product] = await env.shop.products();
  await env.shop.change(product, { stock: 4 });
  await tryNow(page);
  await isLive(page);
  await hasText(page, `${rowOf(product)} .stock`, '4 left');
  await hasCount(page, '#rows .row', PRODUCT_COUNT);
  assert.deepEqual(cursors, ['unknown-1', null]);
});

test('a change during a snapshot does not set the cursor', async (t) => {
  const page = await env.visit(t, '/', { ignore: CONNECTION_ERRORS });
  const cursors = await cutAt(page, '**/ws/products*', (frame) => stockIn(frame) === 67, isLastChunk);
  await forgetCursor(page);
  await page.goto(`${env.shop.url}/realtimeproducts`);
  await isLive(page);
  const product = (await env.shop.products())[3];
  await env.shop.change(product, { stock: 66 });
  await hasText(page, `${rowOf(product)} .stock`, '66 left');
  await env.shop.change(product, { stock: 67 });
  await waits(page);
  await tryNow(page);
  await hasText(page, `${rowOf(product)} .stock`, '67 left');
  assert.deepEqual(cursors, ['unknown-1', null]);
});

test('a page resumes after its snapshot and the changes that followed', async (t) => {
  const page = await env.visit(t, '/', { ignore: CONNECTION_ERRORS });
  const cursors = await cutAt(page, '**/ws/products*', (frame) => stockIn(frame) === 77);
  await forgetCursor(page);
  await page.goto(`${env.shop.url}/realtimeproducts`);
  await isLive(page);
  const product = (await env.shop.products()).at(-1);
  await env.shop.change(product, { stock: 76 });
  await hasText(page, `${rowOf(product)} .stock`, '76 left');
  // This one is cut off, and must be sent again.
  await env.shop.change(product, { stock: 77 });
  await waits(page);
  await tryNow(page);
  await hasText(page, `${rowOf(product)} .stock`, '77 left');
  assert.equal(cursors.length, 2);
  assert.notEqual(cursors[1], null);
});

test('a chat interrupted before its history requests it again', async (t) => {
  const page = await env.visit(t, '/', { address: 'ana@example.com', ignore: CONNECTION_ERRORS });
  const cursors = await cutAt(page, '**/ws/chat*', ({ event }) => event === 'chat-messages');
  await page.goto(`${env.shop.url}/chat`);
  await waits(page);
  await tryNow(page);
  await joinChat(page);
  await hasText(page, '#chat-log .bubble', 'first message');
  assert.deepEqual(cursors, [null, null]);
});

test('a chat with its history resumes after it', async (t) => {
  const page = await env.visit(t, '/', { address: 'ana@example.com', ignore: CONNECTION_ERRORS });
  const cursors = await cutAt(page, '**/ws/chat*', ({ event }) => event === 'chat-message');
  await page.goto(`${env.shop.url}/chat`);
  await joinChat(page);
  await hasText(page, '#chat-log .bubble', 'first message');
  await env.shop.postMessage('rosa@example.net', 'second message');
  await waits(page);
  await tryNow(page);
  await hasCount(page, '#chat-log .message', 2);
  assert.equal(cursors.length, 2);
  assert.notEqual(cursors[1], null);
});
