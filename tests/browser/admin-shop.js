// Helpers for tests of the admin pages.

import { hasAttribute } from './expectations.js';

export const TOKEN = 'a-token-of-twenty-one';

/** Opens an admin page and logs in. */
export async function visitAsAdmin(env, test, path = '/admin', visitor = {}) {
  const page = await env.visit(test, path, visitor);
  await logIn(page);
  return page;
}

/** Logs in, and waits for the page that opens. */
export async function logIn(page) {
  await page.fill('#password', TOKEN);
  await page.click('.login-form .button');
  await page.waitForSelector('.admin-nav');
}

/** Selector of a value in a product's row of the table. */
export const cell = (product, field) => `[data-product-id="${product._id}"] button[data-cell="${field}"]`;

/** Waits until the table follows the product stream. */
export const isFollowing = (page) => hasAttribute(page, '#live-status', 'data-state', 'live');

/** Edits a value and saves it. */
export async function edit(page, product, field, value) {
  await page.click(cell(product, field));
  await page.fill('.editor input', value);
  await page.keyboard.press('Enter');
}
