// Edits made straight in MongoDB, behind the shop's back, reach every page like any other.

import assert from 'node:assert/strict';
import test, { after } from 'node:test';

import { Long, ObjectId } from 'mongodb';

import { joinChat, lastBubble } from './chat-pages.js';
import { counts, says } from './expectations.js';
import { isLive, median, noteWhen, rowOf, staysHere } from './live-pages.js';
import { openDatabase } from './mongo-database.js';
import { setStage } from './stage.js';

const SOON = 1000;

let database;
const stage = setStage(async () => {
  database = await openDatabase();
  return { store: database.url };
});
// Registered after the stage's own, so the server is gone by then.
after(() => database?.drop());

const products = () => database.db.collection('products');
const here = (product) => ({ _id: new ObjectId(product._id) });

async function openLive(test, visitor) {
  const page = await stage.visit(test, '/realtimeproducts', visitor);
  await isLive(page);
  return page;
}

test('mongodb: a direct edit shows in two windows within a second, without a reload', async (t) => {
  const product = await stage.shop.create({ title: 'Wall clock', code: 'CLOCK', price: 80, stock: 9 });
  const windows = [await openLive(t), await openLive(t, { language: 'es' })];
  const stayed = await Promise.all(windows.map(staysHere));
  const delays = [];
  for (const price of [81, 82, 83, 84, 85]) {
    const words = [`$${price}.00`, `US$\u{a0}${price},00`];
    const seen = await Promise.all(windows.map((page, each) => noteWhen(page, `${rowOf(product)} .price`, words[each])));
    await products().updateOne(here(product), { $set: { price } });
    const acknowledged = Date.now();
    const times = await Promise.all(seen.map((time) => time()));
    delays.push(Math.max(...times) - acknowledged);
  }
  assert.ok(median(delays) <= SOON, `windows were late by ${delays} ms`);
  assert.deepEqual(await Promise.all(stayed.map((same) => same())), [true, true]);
});

test('mongodb: a document as mongoose writes it appears, changes and goes', async (t) => {
  const page = await openLive(t);
  const { insertedId } = await products().insertOne({
    title: 'Paper kite', description: '', code: 'KITE', price: Long.fromNumber(25), stock: 4, thumbnails: [], __v: 0,
  });
  const kite = { _id: insertedId.toHexString() };
  await says(page, `${rowOf(kite)} .row-title`, 'Paper kite');
  await says(page, `${rowOf(kite)} .price`, '$25.00');
  await says(page, `${rowOf(kite)} .stock`, '4 left');
  await products().updateOne(here(kite), { $set: { stock: 0 } });
  await says(page, `${rowOf(kite)} .stock`, 'sold out');
  await products().deleteOne(here(kite));
  await counts(page, rowOf(kite), 0);
});

test('mongodb: a message deleted in the database loses its words in the chat', async (t) => {
  const page = await stage.visit(t, '/chat', { address: 'ana@example.com' });
  await joinChat(page);
  await stage.shop.say('rosa@example.net', 'gone in a moment');
  await says(page, lastBubble, 'gone in a moment');
  await database.db.collection('messages').deleteMany({ message: 'gone in a moment' });
  await says(page, '.message.deleted .bubble', 'This message was removed');
});
