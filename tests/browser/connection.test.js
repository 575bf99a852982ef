// A page's connection: when it is dropped, and when the page reconnects.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import test from 'node:test';

import { CONNECTION_ERRORS } from './browser.js';
import { hasAttribute, hasCount, hasText } from './expectations.js';
import { isLive, rowOf, tryNow } from './live-pages.js';
import { setUpShop } from './test-shop.js';

const products = {};
const env = setUpShop({}, async (shop) => {
  products.cup = await shop.create({ title: 'Small cup', code: 'CUP', price: 9, stock: 30 });
});

/**
 * Opens the live page with the test's clock. connections records the cursor of each connection;
 * random replaces Math.random.
 */
async function livePage(test, { random = null, onOpen = (socket) => socket.connectToServer() } = {}) {
  const page = await env.visit(test, '/', { ignore: CONNECTION_ERRORS });
  const connections = Object.assign(new EventEmitter(), { cursors: [], socket: null });
  await page.routeWebSocket('**/ws/products*', (socket) => {
    connections.cursors.push(new URL(socket.url()).searchParams.get('since'));
    connections.socket = socket;
    onOpen(socket, connections.cursors.length);
    connections.emit('opened');
  });
  await page.clock.install();
  if (random !== null) await page.addInitScript((value) => { Math.random = () => value; }, random);
  await page.goto(`${env.shop.url}/realtimeproducts`);
  return { page, connections };
}

const shown = '[data-live-shown]';

test('a page reconnects at the time that a stopping server names, not earlier', async (t) => {
  const { page, connections } = await livePage(t, { random: 0 });
  await isLive(page);
  await page.clock.pauseAt(Date.now() + 60_000);
  await isLive(page);
  const before = connections.cursors.length;
  await connections.socket.close({ code: 1001, reason: 'reconnect in 7 s' });
  await hasText(page, shown, 'Reconnecting in 7 s');
  await page.clock.runFor(6900);
  await hasText(page, shown, 'Reconnecting in 1 s');
  assert.equal(connections.cursors.length, before);
  await page.clock.runFor(200);
  await isLive(page);
  assert.equal(connections.cursors.length, before + 1);
  assert.notEqual(connections.cursors.at(-1), null);
});

test('after other close codes the page resumes soon, but not when the server is overloaded', async (t) => {
  const { page, connections } = await livePage(t, { random: 0.9999 });
  for (const [code, seconds] of [[1012, 1], [1013, 16], [4008, 30], [4009, 30]]) {
    await isLive(page);
    await connections.socket.close({ code });
    await hasText(page, shown, new RegExp(`^Reconnecting in (${seconds}|${seconds - 1}) s$`));
    await tryNow(page);
    assert.notEqual(connections.cursors.at(-1), null);
  }
});

test('each failed attempt doubles the bound of the wait', async (t) => {
  const { page, connections } = await livePage(t, { random: 0.9999, onOpen: (socket) => socket.close({ code: 1011 }) });
  for (const seconds of [1, 2, 4, 8]) {
    await hasText(page, shown, new RegExp(`^Reconnecting in (${seconds}|${Math.max(1, seconds - 1)}) s$`));
    await page.clock.runFor(seconds * 1000);
  }
  assert.ok(connections.cursors.length >= 5, `${connections.cursors.length} attempts`);
});

test('a stable connection resets the wait', async (t) => {
  const { page, connections } = await livePage(t, { random: 0.9999 });
  await isLive(page);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await page.clock.runFor(11_000);
    await connections.socket.close({ code: 1011 });
    await hasText(page, shown, 'Reconnecting in 1 s');
    await tryNow(page);
    await isLive(page);
  }
});

test('a connection without a welcome is dropped', async (t) => {
  const { page } = await livePage(t, {
    onOpen: (socket, attempt) => { if (attempt > 1) socket.connectToServer(); },
  });
  await hasAttribute(page, '#live-status', 'data-state', 'connecting');
  await page.clock.runFor(16_000);
  await isLive(page);
});

test('a device that slept reconnects and resumes', async (t) => {
  const { page, connections } = await livePage(t);
  await isLive(page);
  await page.clock.fastForward(90_000);
  await opensAgain(connections, 2);
  await isLive(page);
  assert.notEqual(connections.cursors.at(-1), null);
});

test('a tab hidden for long reconnects, one hidden for a moment does not', async (t) => {
  const { page, connections } = await livePage(t);
  await isLive(page);
  await hide(page, true);
  await page.clock.runFor(5000);
  await hide(page, false);
  await env.shop.change(products.cup, { stock: 29 });
  await hasText(page, `${rowOf(products.cup)} .stock`, '29 left');
  assert.equal(connections.cursors.length, 1);

  await hide(page, true);
  await page.clock.runFor(70_000);
  await hide(page, false);
  await opensAgain(connections, 2);
  await isLive(page);
});

test('a page restored from the back-forward cache reconnects once and catches up', async (t) => {
  const { page, connections } = await livePage(t);
  await isLive(page);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  await env.shop.change(products.cup, { stock: 28 });
  await page.clock.runFor(120_000);
  assert.equal(connections.cursors.length, 1);
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  });
  await isLive(page);
  await hasText(page, `${rowOf(products.cup)} .stock`, '28 left');
  assert.equal(connections.cursors.length, 2);
});

test('without a network, the page counts down to the next try, and can try at once', async (t) => {
  const page = await env.visit(t, '/realtimeproducts', { ignore: CONNECTION_ERRORS });
  await isLive(page);
  await page.context().setOffline(true);
  await hasText(page, shown, /^Offline, data from \d\d:\d\d · next try in \d+ s$/);
  assert.ok(await page.isVisible('[data-live-retry]'));
  await hasText(page, '[data-live-announced]', /^Offline, data from \d\d:\d\d$/);
  await page.context().setOffline(false);
  await isLive(page);
});

test('many changes leave the page bounded', async (t) => {
  const { page, connections } = await livePage(t);
  await isLive(page);
  const cursor = await page.getAttribute('#live', 'data-cursor');
  for (let number = 1; number <= 450; number += 1) {
    const id = number.toString(16).padStart(24, 'f');
    const product = {
      ...products.cup, _id: id, title: `Product ${number}`, code: `P${number}`, stock: number, available: number,
    };
    const data = { cursor, id, action: 'created', msg: '', version: 1, product };
    connections.socket.send(JSON.stringify({ event: 'update_products', data }));
  }
  await hasText(page, '#feed-list .entry-title', 'Product 450');
  await hasCount(page, '#feed-list > li', 50);
  const rows = await page.locator('#rows .row').count();
  assert.ok(rows <= 200, `${rows} rows`);
});

/** Waits for that many connections. */
async function opensAgain(connections, number) {
  while (connections.cursors.length < number) await once(connections, 'opened');
}

function hide(page, hidden) {
  return page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
