// A page resumes only from where it truly stands: half a snapshot, or a chat without its history, is no such place.

import assert from 'node:assert/strict';
import test from 'node:test';

import { LOST_LINE } from './browser.js';
import { joinChat } from './chat-pages.js';
import { counts, says } from './expectations.js';
import { COME_LATER, isLive, rowOf, tryNow, waits } from './live-pages.js';
import { setStage } from './stage.js';

// More than two chunks of a snapshot.
const GOODS = 120;

const stage = setStage({}, async (shop) => {
  for (let number = 1; number <= GOODS; number += 1) {
    await shop.create({ title: `Piece ${number}`, code: `P${number}`, price: 5, stock: 5 });
  }
  await shop.say('rosa@example.net', 'first words');
});

/**
 * Puts a line between page and server. It cuts the connection, once, instead of passing on the first frame that
 * breaks(frame) picks; until then it swallows those that swallows(frame) picks. The answer collects the cursor that
 * each connection asked to resume from.
 */
async function cutAt(page, path, breaks, swallows = () => false) {
  const asked = [];
  let broken = false;
  await page.routeWebSocket(path, (socket) => {
    asked.push(new URL(socket.url()).searchParams.get('since'));
    const server = socket.connectToServer();
    server.onMessage((text) => {
      const frame = JSON.parse(text);
      if (!broken && swallows(frame)) return undefined;
      if (broken || !breaks(frame)) return socket.send(text);
      broken = true;
      return void socket.close(COME_LATER);
    });
  });
  return asked;
}

const isLastChunk = ({ event, data }) => event === 'products' && data.remaining === 0;
const stockIn = ({ event, data }) => (event === 'update_products' ? data.product?.stock : undefined);

/** Makes the page's own cursor one that no server knows, before its scripts read it. */
const forgetCursor = (page) => page.addInitScript(() => {
  document.addEventListener('readystatechange', () => {
    const root = document.getElementById('live');
    if (document.readyState === 'interactive' && root) root.dataset.cursor = 'unknown-1';
  });
});

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

test('a snapshot that breaks off half way is asked for anew, and then whole', async (t) => {
  const page = await stage.visit(t, '/', { pardon: LOST_LINE });
  const asked = await cutAt(page, '**/ws/products*', isLastChunk);
  await forgetCursor(page);
  await page.goto(`${stage.shop.url}/realtimeproducts`);
  await waits(page);
  const [product] = await stage.shop.products();
  await stage.shop.change(product, { stock: 4 });
  await tryNow(page);
  await isLive(page);
  await says(page, `${rowOf(product)} .stock`, '4 left');
  await counts(page, '#rows .row', GOODS);
  assert.deepEqual(asked, ['unknown-1', null]);
});

test('a live change during a snapshot is no place to resume from', async (t) => {
  const page = await stage.visit(t, '/', { pardon: LOST_LINE });
  const asked = await cutAt(page, '**/ws/products*', (frame) => stockIn(frame) === 67, isLastChunk);
  await forgetCursor(page);
  await page.goto(`${stage.shop.url}/realtimeproducts`);
  await isLive(page);
  const product = (await stage.shop.products())[3];
  await stage.shop.change(product, { stock: 66 });
  await says(page, `${rowOf(product)} .stock`, '66 left');
  await stage.shop.change(product, { stock: 67 });
  await waits(page);
  await tryNow(page);
  await says(page, `${rowOf(product)} .stock`, '67 left');
  assert.deepEqual(asked, ['unknown-1', null]);
});

test('a page resumes from the end of its snapshot and from the changes after it', async (t) => {
  const page = await stage.visit(t, '/', { pardon: LOST_LINE });
  const asked = await cutAt(page, '**/ws/products*', (frame) => stockIn(frame) === 77);
  await forgetCursor(page);
  await page.goto(`${stage.shop.url}/realtimeproducts`);
  await isLive(page);
  const product = (await stage.shop.products()).at(-1);
  await stage.shop.change(product, { stock: 76 });
  await says(page, `${rowOf(product)} .stock`, '76 left');
  // This one is cut off, and must come again.
  await stage.shop.change(product, { stock: 77 });
  await waits(page);
  await tryNow(page);
  await says(page, `${rowOf(product)} .stock`, '77 left');
  assert.equal(asked.length, 2);
  assert.notEqual(asked[1], null);
});

test('a chat that breaks off before its history asks for it anew', async (t) => {
  const page = await stage.visit(t, '/', { address: 'ana@example.com', pardon: LOST_LINE });
  const asked = await cutAt(page, '**/ws/chat*', ({ event }) => event === 'chat-messages');
  await page.goto(`${stage.shop.url}/chat`);
  await waits(page);
  await tryNow(page);
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
  await waits(page);
  await tryNow(page);
  await counts(page, '#chat-log .message', 2);
  assert.equal(asked.length, 2);
  assert.notEqual(asked[1], null);
});
