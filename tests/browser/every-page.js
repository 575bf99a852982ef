// All pages of the shop in typical states, for tests that check every page.

import { joinChat } from './chat-pages.js';
import { isLive } from './live-pages.js';

/** Pages by name; ready(page) waits until the page is complete. */
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
  'join dialog': { path: '/chat', ready: (page) => page.waitForSelector('#join[open]') },
  chat: { path: '/chat', address: 'ana@example.com', ready: joinChat },
  reference: { path: '/docs' },
  'not found': { path: '/nowhere', missing: true },
};

async function orderOf(shop) {
  const chosen = (await shop.products()).filter(({ stock }) => stock > 3).slice(0, 3);
  const products = chosen.map(({ _id }, number) => ({ product: _id, quantity: number % 2 + 1 }));
  const cart = await shop.request('POST', '/api/carts', { products });
  const order = await shop.request('POST', `/api/carts/${cart._id}/purchase`, { purchaser: 'ana@example.com' });
  return `/orders/${order._id}`;
}

async function ofProduct(shop, matches) {
  const product = (await shop.products()).find(matches);
  return `/products/${product._id}`;
}

/** Adds a few chat messages. */
export async function addMessages(shop) {
  await shop.postMessage('rosa@example.net', 'Is the moon jar the one from the spring firing?');
  await shop.postMessage('ana@example.com', 'It is. One is left.');
  await shop.postMessage('ana@example.com', 'The next firing is in May.');
}

/** Opens one of the pages for a visitor. */
export async function openPage(env, test, name, visitor = {}) {
  const { path, ready = () => {}, address = null, filled = false, missing = false } = pages[name];
  const resolved = typeof path === 'string' ? path : await path(env.shop);
  const ignore = missing ? /Failed to load resource.*404.*nowhere/ : null;
  const page = await env.visit(test, filled ? '/' : resolved, { address, ignore, ...visitor });
  if (filled) {
    for (const product of (await env.shop.products()).filter(({ stock }) => stock > 1).slice(0, 4)) {
      await page.request.post(`${env.shop.url}/carts/lines`, { form: { product: product._id, quantity: 2 } });
    }
    await page.goto(env.shop.url + resolved, { waitUntil: 'domcontentloaded' });
  }
  await ready(page);
  return page;
}
