// @ts-check

// The values of a product's cells, as inputs, the API and people need them.

import { byId, one } from './dom.js';
import { t } from './i18n.js';
import { priceText } from './product-format.js';

/** @type {ProductField[]} */
export const FIELDS = ['title', 'code', 'category', 'price', 'stock', 'status'];

/**
 * A new input for a field, with the bounds that the server gave it.
 *
 * @param {ProductField} field
 */
export function inputFor(field) {
  const template = byId('field-template', HTMLTemplateElement);
  const input = one(template.content, `input[name="${field}"]`, HTMLInputElement);
  const copy = /** @type {HTMLInputElement} */ (input.cloneNode());
  copy.removeAttribute('id');
  return copy;
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
 * @param {string} value
 * @param {string} other
 */
export function isSame(field, value, other) {
  if (value === other) return true;
  const isNumber = field === 'price' || field === 'stock';
  return isNumber && value !== '' && other !== '' && Number(value) === Number(other);
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
