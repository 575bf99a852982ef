// @ts-check

// A product's values as text. Must match the server's formatting: updates must look like a reload.

import { locale, t, tPlural } from './i18n.js';

const money = new Intl.NumberFormat(locale, {
  style: 'currency',
  currency: document.documentElement.dataset.currency,
});

const LOW_STOCK = Number(document.documentElement.dataset.lowStock);

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
 * The first picture, or null. Entries that older programs left, such as paths and URLs, may not be
 * served and are skipped.
 *
 * @param {Product} product
 */
export function pictureOf(product) {
  const name = product.thumbnails.find(isServable);
  if (!name) return null;
  const file = encodeURIComponent(name);
  return {
    src320: `/uploads/320/${file}.webp`,
    src960: `/uploads/960/${file}.webp`,
    original: `/uploads/${file}`,
  };
}

const MAX_NAME_BYTES = 250;
const HIDDEN_OR_PATH = /^$|^\.|\.\.|[/\\\p{Cc}]/u;
/** A URL, or a drive of Windows. */
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
/** A device of Windows. */
const DEVICE = /^(con|prn|aux|nul|(com|lpt)[0-9])\s*(\.|$)/i;

/**
 * Whether the server has a file of that name, as `is_servable` decides there.
 *
 * @param {string} name
 */
function isServable(name) {
  return new TextEncoder().encode(name).length <= MAX_NAME_BYTES
    && ![HIDDEN_OR_PATH, SCHEME, DEVICE].some((pattern) => pattern.test(name));
}
