// Edits made directly in MongoDB reach every page like any other.

import assert from 'node:assert/strict';
import test, { after } from 'node:test';

import { Long, ObjectId } from 'mongodb';

import { joinChat, lastBubble } from './chat-pages.js';
import { hasCount, hasText } from './expectations.js';
import { isLive, median, rowOf, timeOfText, trackNavigation } from './live-pages.js';
import { openDatabase } from './mongo-database.js';
import { setUpShop } from './test-shop.js';

const MAX_DELAY_MS = 1000;

let database;
const env = setUpShop(async () => {
  database = await openDatabase();
  return { store: database.url };
});
// Registered after that of setUpShop, so the server has stopped by then.
after(() => database?.drop());

const products = () => database.db.collection('products');
const byId = (product) => ({ _id: new ObjectId(product._id) });

async function openLive(test, visitor) {
  const page = await env.visit(test, '/realtimeproducts', visitor);
  await isLive(page);
  return page;
}

test('mongodb: a direct edit appears in two windows within a second, without a reload', async (t) => {
  const product = await env.shop.create({ title: 'Wall clock', code: 'CLOCK', price: 80, stock: 9 });
  const windows = [await openLive(t), await openLive(t, { language: 'es' })];
  const stayed = await Promise.all(windows.map(trackNavigation));
  const delays = [];
  for (const price of [81, 82, 83, 84, 85]) {
    const labels = [`$${price}.00`, `US$\u{a0}${price},00`];
    const cell = `${rowOf(product)} .price`;
    const seen = await Promise.all(
      windows.map((page, index) => timeOfText(page, cell, labels[index])),
    );
    await products().updateOne(byId(product), { $set: { price } });
    const acknowledged = Date.now();
    const times = await Promise.all(seen.map((time) => time()));
    delays.push(Math.max(...times) - acknowledged);
  }
  assert.ok(median(delays) <= MAX_DELAY_MS, `windows updated after ${delays} ms`);
  assert.deepEqual(await Promise.all(stayed.map((same) => same())), [true, true]);
});

test('mongodb: a document written by mongoose appears, changes and disappears', async (t) => {
  const page = await openLive(t);
  const { insertedId } = await products().insertOne({
    title: 'Paper kite', description: '', code: 'KITE', price: Long.fromNumber(25), stock: 4, thumbnails: [], __v: 0,
  });
  const kite = { _id: insertedId.toHexString() };
  await hasText(page, `${rowOf(kite)} .row-title`, 'Paper kite');
  await hasText(page, `${rowOf(kite)} .price`, '$25.00');
  await hasText(page, `${rowOf(kite)} .stock`, '4 left');
  await products().updateOne(byId(kite), { $set: { stock: 0 } });
  await hasText(page, `${rowOf(kite)} .stock`, 'sold out');
  await products().deleteOne(byId(kite));
  await hasCount(page, rowOf(kite), 0);
});

test('mongodb: a message deleted in the database loses its text in the chat', async (t) => {
  const page = await env.visit(t, '/chat', { address: 'ana@example.com' });
  await joinChat(page);
  await env.shop.postMessage('rosa@example.net', 'gone in a moment');
  await hasText(page, lastBubble, 'gone in a moment');
  await database.db.collection('messages').deleteMany({ message: 'gone in a moment' });
  await hasText(page, '.message.deleted .bubble', 'This message was removed');
});
