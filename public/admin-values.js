// @ts-check

// The values of a product's cells, as inputs, the API and people need them.

import { t } from './i18n.js';
import { priceText } from './product-format.js';

/** @type {ProductField[]} */
export const FIELDS = ['title', 'code', 'category', 'price', 'stock', 'status'];

/**
 * Properties of the input of each field.
 *
 * @type {Partial<Record<ProductField, object>>}
 */
export const INPUTS = {
  title: { maxLength: 200, required: true },
  code: { maxLength: 100, required: true },
  category: { maxLength: 100, required: true },
  price: number({ inputMode: 'decimal', max: 10_000_000, step: '0.01' }),
  stock: number({ inputMode: 'numeric', max: 1_000_000, step: 1 }),
};

/** @param {object} properties */
function number(properties) {
  return { type: 'number', min: 0, required: true, ...properties };
}

/**
 * A product's value as the value of an input.
 *
 * @param {Product} product
 * @param {ProductField} field
 */
export function toInputValue(product, field) {
  return field === 'price' ? product.price.toFixed(2) : String(product[field]);
}

/**
 * An input's value as JSON for the API.
 *
 * @param {ProductField} field
 * @param {string} value
 */
export function toApiValue(field, value) {
  if (field === 'price' || field === 'stock') return Number(value);
  return field === 'status' ? value === 'true' : value;
}

/**
 * Whether two input values are equal.
 *
 * @param {ProductField} field
 * @param {string} one
 * @param {string} other
 */
export function isSame(field, one, other) {
  return field === 'price' || field === 'stock' ? Number(one) === Number(other) : one === other;
}

/**
 * An input's value as text on the page.
 *
 * @param {ProductField} field
 * @param {string} value
 */
export function toDisplayText(field, value) {
  if (field === 'price') return priceText(Number(value));
  return field === 'status' ? t(value === 'true' ? 'admin-for-sale' : 'admin-off') : value;
}
