// The values of a product's cells: as a field takes them, as the API does, and as people read them.

import { priceText } from './product-words.js';
import { text } from './texts.js';

export const FIELDS = ['title', 'code', 'category', 'price', 'stock', 'status'];

/** How a field of each kind is made. */
export const INPUTS = {
  title: { maxLength: 200, required: true },
  code: { maxLength: 100, required: true },
  category: { maxLength: 100, required: true },
  price: { type: 'number', inputMode: 'decimal', min: 0, max: 10_000_000, step: '0.01', required: true },
  stock: { type: 'number', inputMode: 'numeric', min: 0, max: 1_000_000, step: 1, required: true },
};

/** A product's value as a field takes it. */
export function valueOf(product, field) {
  return field === 'price' ? product.price.toFixed(2) : String(product[field]);
}

/** What a field holds as the API takes it. */
export function wanted(field, value) {
  if (field === 'price' || field === 'stock') return Number(value);
  return field === 'status' ? value === 'true' : value;
}

/** Whether both mean the same. */
export function same(field, one, other) {
  return field === 'price' || field === 'stock' ? Number(one) === Number(other) : one === other;
}

/** A value as people read it. */
export function shown(field, value) {
  if (field === 'price') return priceText(Number(value));
  return field === 'status' ? text(value === 'true' ? 'admin-for-sale' : 'admin-off') : value;
}
