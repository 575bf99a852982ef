// @ts-check

// A product's values as text. Must match the server's formatting: updates must look like a reload.

import { locale, t, tPlural } from './i18n.js';

const money = new Intl.NumberFormat(locale, {
  style: 'currency',
  currency: document.documentElement.dataset.currency,
});

const LOW_STOCK = 5;

/** @param {number} price */
export const priceText = (price) => money.format(price);

/** @param {Product} product */
export const isBuyable = (product) => product.status && product.available > 0;

/** @param {Product} product */
export function stockState(product) {
  if (!product.status) return 'off';
  if (product.available <= 0) return 'none';
  if (product.available === 1) return 'last';
  return product.available <= LOW_STOCK ? 'low' : 'plenty';
}

/** @param {Product} product */
export function stockText(product) {
  const state = stockState(product);
  if (state === 'off' || state === 'none') return t(`stock-${state}`);
  return tPlural('stock-left', product.available);
}

/**
 * The first picture, or null. Paths and URLs left by other programs cannot be served and are
 * skipped.
 *
 * @param {Product} product
 */
export function pictureOf(product) {
  const name = product.thumbnails.find((entry) => /^[^./\\:][^/\\:]*$/.test(entry));
  if (!name) return null;
  const file = encodeURIComponent(name);
  return {
    src320: `/uploads/320/${file}.webp`,
    src960: `/uploads/960/${file}.webp`,
    original: `/uploads/${file}`,
  };
}
