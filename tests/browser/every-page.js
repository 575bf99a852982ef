// Every page of the shop in a state worth looking at, for tests that go through all of them.

import { joinChat } from './chat-pages.js';
import { isLive } from './live-pages.js';

/** Opens each with a window of the shop's visitor; ready(page) waits until it is what it will be. */
export const pages = {
  catalogue: { path: '/' },
  search: { path: '/?q=a&sort=price:desc' },
  'no match': { path: '/?q=nothing-like-this' },
  live: { path: '/realtimeproducts', ready: isLive },
  product: { path: (shop) => ofProduct(shop, (product) => product.stock > 1), ready: isLive },
  'sold out': { path: (shop) => ofProduct(shop, (product) => product.stock === 0), ready: isLive },
  cart: { path: '/carts', filled: true },
  'empty cart': { path: '/carts' },
  order: { path: orderOf },
  'door of the chat': { path: '/chat', ready: (page) => page.waitForSelector('#join[open]') },
  chat: { path: '/chat', address: 'ana@example.com', ready: joinChat },
  reference: { path: '/docs' },
  'not found': { path: '/nowhere', missing: true },
};

async function orderOf(shop) {
  const wanted = (await shop.products()).filter(({ stock }) => stock > 3).slice(0, 3);
  const products = wanted.map(({ _id }, number) => ({ product: _id, quantity: number % 2 + 1 }));
  const cart = await shop.ask('POST', '/api/carts', { products });
  const order = await shop.ask('POST', `/api/carts/${cart._id}/purchase`, { purchaser: 'ana@example.com' });
  return `/orders/${order._id}`;
}

async function ofProduct(shop, wanted) {
  const product = (await shop.products()).find(wanted);
  return `/products/${product._id}`;
}

/** A shop like any other day's: demo goods, and a few words in the chat. */
export async function furnish(shop) {
  await shop.say('rosa@example.net', 'Is the moon jar the one from the spring firing?');
  await shop.say('ana@example.com', 'It is. One is left.');
  await shop.say('ana@example.com', 'The next firing is in May.');
}

/** Opens one of the pages for a visitor. */
export async function openPage(stage, test, name, visitor = {}) {
  const { path, ready = () => {}, address = null, filled = false, missing = false } = pages[name];
  const place = typeof path === 'string' ? path : await path(stage.shop);
  const pardon = missing ? /Failed to load resource.*404.*nowhere/ : null;
  const page = await stage.visit(test, filled ? '/' : place, { address, pardon, ...visitor });
  if (filled) {
    for (const product of (await stage.shop.products()).filter(({ stock }) => stock > 1).slice(0, 4)) {
      await page.request.post(`${stage.shop.url}/carts/lines`, { form: { product: product._id, quantity: 2 } });
    }
    await page.goto(stage.shop.url + place, { waitUntil: 'domcontentloaded' });
  }
  await ready(page);
  return page;
}
