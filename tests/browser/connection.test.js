// One connection's life on a page: when it is given up, how long the page waits, and what makes it try at once.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import test from 'node:test';

import { LOST_LINE } from './browser.js';
import { counts, has, says } from './expectations.js';
import { isLive, rowOf, tryNow } from './live-pages.js';
import { setStage } from './stage.js';

const goods = {};
const stage = setStage({}, async (shop) => {
  goods.cup = await shop.create({ title: 'Small cup', code: 'CUP', price: 9, stock: 30 });
});

/** The live page behind a line that keeps what was asked for; its clock is the test's. chance is what dice show. */
async function livePage(test, { chance = null, onOpen = (socket) => socket.connectToServer() } = {}) {
  const page = await stage.visit(test, '/', { pardon: LOST_LINE });
  const line = Object.assign(new EventEmitter(), { asked: [], socket: null });
  await page.routeWebSocket('**/ws/products*', (socket) => {
    line.asked.push(new URL(socket.url()).searchParams.get('since'));
    line.socket = socket;
    onOpen(socket, line.asked.length);
    line.emit('opened');
  });
  await page.clock.install();
  if (chance !== null) await page.addInitScript((value) => { Math.random = () => value; }, chance);
  await page.goto(`${stage.shop.url}/realtimeproducts`);
  return { page, line };
}

const shown = '[data-live-shown]';

test('a server that names the time to come back is not bothered earlier', async (t) => {
  const { page, line } = await livePage(t, { chance: 0 });
  await isLive(page);
  await page.clock.pauseAt(Date.now() + 60_000);
  await isLive(page);
  const before = line.asked.length;
  await line.socket.close({ code: 1001, reason: 'reconnect in 7 s' });
  await says(page, shown, 'Reconnecting in 7 s');
  await page.clock.runFor(6900);
  await says(page, shown, 'Reconnecting in 1 s');
  assert.equal(line.asked.length, before);
  await page.clock.runFor(200);
  await isLive(page);
  assert.equal(line.asked.length, before + 1);
  assert.notEqual(line.asked.at(-1), null);
});

test('other ends bring the page back soon, and it resumes where it was; the overloaded are left in peace', async (t) => {
  const { page, line } = await livePage(t, { chance: 0.9999 });
  for (const [code, seconds] of [[1012, 1], [1013, 16], [4008, 30], [4009, 30]]) {
    await isLive(page);
    await line.socket.close({ code });
    await says(page, shown, new RegExp(`^Reconnecting in (${seconds}|${seconds - 1}) s$`));
    await tryNow(page);
    assert.notEqual(line.asked.at(-1), null);
  }
});

test('each attempt in vain doubles the bound of the wait', async (t) => {
  const { page, line } = await livePage(t, { chance: 0.9999, onOpen: (socket) => socket.close({ code: 1011 }) });
  for (const seconds of [1, 2, 4, 8]) {
    await says(page, shown, new RegExp(`^Reconnecting in (${seconds}|${Math.max(1, seconds - 1)}) s$`));
    await page.clock.runFor(seconds * 1000);
  }
  assert.ok(line.asked.length >= 5, `${line.asked.length} attempts`);
});

test('a connection that held for long starts the waits anew', async (t) => {
  const { page, line } = await livePage(t, { chance: 0.9999 });
  await isLive(page);
  for (let turn = 0; turn < 3; turn += 1) {
    await page.clock.runFor(11_000);
    await line.socket.close({ code: 1011 });
    await says(page, shown, 'Reconnecting in 1 s');
    await tryNow(page);
    await isLive(page);
  }
});

test('a server that opens but does not greet is given up', async (t) => {
  const { page } = await livePage(t, {
    onOpen: (socket, turn) => { if (turn > 1) socket.connectToServer(); },
  });
  await has(page, '#live-status', 'data-state', 'connecting');
  await page.clock.runFor(16_000);
  await isLive(page);
});

test('a computer that slept connects anew from where it was', async (t) => {
  const { page, line } = await livePage(t);
  await isLive(page);
  await page.clock.fastForward(90_000);
  await opensAgain(line, 2);
  await isLive(page);
  assert.notEqual(line.asked.at(-1), null);
});

test('a tab that was hidden for long connects anew, one that was hidden for a moment does not', async (t) => {
  const { page, line } = await livePage(t);
  await isLive(page);
  await hide(page, true);
  await page.clock.runFor(5000);
  await hide(page, false);
  await stage.shop.change(goods.cup, { stock: 29 });
  await says(page, `${rowOf(goods.cup)} .stock`, '29 left');
  assert.equal(line.asked.length, 1);

  await hide(page, true);
  await page.clock.runFor(70_000);
  await hide(page, false);
  await opensAgain(line, 2);
  await isLive(page);
});

test('a page that the browser brings back whole connects once, and shows what it missed', async (t) => {
  const { page, line } = await livePage(t);
  await isLive(page);
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  await stage.shop.change(goods.cup, { stock: 28 });
  await page.clock.runFor(120_000);
  assert.equal(line.asked.length, 1);
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  });
  await isLive(page);
  await says(page, `${rowOf(goods.cup)} .stock`, '28 left');
  assert.equal(line.asked.length, 2);
});

test('without a network the page counts down to the next try, and one may try at once', async (t) => {
  const page = await stage.visit(t, '/realtimeproducts', { pardon: LOST_LINE });
  await isLive(page);
  await page.context().setOffline(true);
  await says(page, shown, /^Offline, data from \d\d:\d\d · next try in \d+ s$/);
  assert.ok(await page.isVisible('[data-live-retry]'));
  await says(page, '[data-live-said]', /^Offline, data from \d\d:\d\d$/);
  await page.context().setOffline(false);
  await isLive(page);
});

test('hours of changes leave no more on the page than it shows', async (t) => {
  const { page, line } = await livePage(t);
  await isLive(page);
  const cursor = await page.getAttribute('#live', 'data-cursor');
  for (let number = 1; number <= 450; number += 1) {
    const id = number.toString(16).padStart(24, 'f');
    const product = {
      ...goods.cup, _id: id, title: `Piece ${number}`, code: `P${number}`, stock: number, available: number,
    };
    const data = { cursor, id, action: 'created', msg: '', version: 1, product };
    line.socket.send(JSON.stringify({ event: 'update_products', data }));
  }
  await says(page, '#feed-list .entry-title', 'Piece 450');
  await counts(page, '#feed-list > li', 50);
  const rows = await page.locator('#rows .row').count();
  assert.ok(rows <= 200, `${rows} rows`);
});

/** Waits until that many connections were asked for. */
async function opensAgain(line, number) {
  while (line.asked.length < number) await once(line, 'opened');
}

function hide(page, hidden) {
  return page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
