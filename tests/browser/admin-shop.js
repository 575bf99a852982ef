// The admin's pages, as tests get in and look around.

import { has } from './expectations.js';

export const TOKEN = 'a-token-of-twenty-one';

/** Opens an admin page and gives the token at its door. */
export async function visitAsAdmin(stage, test, path = '/admin', visitor = {}) {
  const page = await stage.visit(test, path, visitor);
  await giveToken(page);
  return page;
}

/** Gives the token, and waits for the page that it opens. */
export async function giveToken(page) {
  await page.fill('#password', TOKEN);
  await page.click('.door-form .button');
  await page.waitForSelector('.admin-nav');
}

/** A value of a product's row in the table. */
export const cell = (product, field) => `[data-product-id="${product._id}"] button[data-cell="${field}"]`;

/** Waits until the table follows the stream. */
export const follows = (page) => has(page, '#live-status', 'data-state', 'live');

/** Presses a value, types another and keeps it. */
export async function change(page, product, field, value) {
  await page.click(cell(product, field));
  await page.fill('.editor input', value);
  await page.keyboard.press('Enter');
}
