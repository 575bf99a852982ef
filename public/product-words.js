// A product's numbers as words, exactly as the server writes them, so that a patched page cannot be told from a new one.

import { counted, locale, text } from './texts.js';

const money = new Intl.NumberFormat(locale, {
  style: 'currency',
  currency: document.documentElement.dataset.currency,
});

const LOW_STOCK = 5;

export const priceText = (price) => money.format(price);

export const isBuyable = (product) => product.status && product.available > 0;

export function stockState(product) {
  if (!product.status) return 'off';
  if (product.available <= 0) return 'none';
  if (product.available === 1) return 'last';
  return product.available <= LOW_STOCK ? 'low' : 'plenty';
}

export function stockText(product) {
  const state = stockState(product);
  if (state === 'off' || state === 'none') return text(`stock-${state}`);
  return counted('stock-left', product.available);
}

/** The first picture, or null. Entries that older programs left (paths, addresses) are not names that we can serve. */
export function pictureOf(product) {
  const name = (product.thumbnails ?? []).find((entry) => /^[^./\\:][^/\\:]*$/.test(entry));
  if (!name) return null;
  const file = encodeURIComponent(name);
  return { src320: `/uploads/320/${file}.webp`, src960: `/uploads/960/${file}.webp`, original: `/uploads/${file}` };
}
