// The rules that scripts share with the server, by the cases that the server's own tests use.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';

import { TOKEN, visitAsAdmin } from './admin-shop.js';
import { setUpShop } from './test-shop.js';

const CASES = new URL('../cases/page_rules.json', import.meta.url);
const rules = JSON.parse(await readFile(CASES, 'utf8'));

let vase;
const env = setUpShop({ token: TOKEN }, async (shop) => {
  vase = await shop.create({ title: 'Vase', code: 'V-1', price: 10, stock: 5 });
});

/** The address of a module as the page's own modules import it. */
function moduleUrl(page, name) {
  return page.$eval('script[type="module"]', ({ src }, file) => new URL(`./${file}`, src).href, name);
}

for (const language of ['en', 'es']) {
  test(`${language}: scripts write prices and stock like the server`, async (t) => {
    const page = await env.visit(t, '/', { language });
    const url = await moduleUrl(page, 'product-format.js');
    const shown = await page.evaluate(async ([module, { stock, prices }]) => {
      const { priceText, stockState, stockText } = await import(module);
      return {
        stock: stock.map((product) => [stockState(product), stockText(product)]),
        prices: prices.map(({ price }) => priceText(price)),
      };
    }, [url, rules]);
    assert.deepEqual(shown.stock, rules.stock.map((entry) => [entry.state, entry[language]]));
    assert.deepEqual(shown.prices, rules.prices.map((entry) => entry[language]));
  });

  test(`${language}: scripts find the same problems of cart lines as the server`, async (t) => {
    const page = await env.visit(t, '/', { language });
    await page.request.post(`${env.shop.url}/carts/lines`, { form: { product: vase._id, quantity: 1 } });
    await page.goto(`${env.shop.url}/carts`);
    const url = await moduleUrl(page, 'cart-line.js');
    const shown = await page.evaluate(async ([module, lines]) => {
      const { showLine } = await import(module);
      const line = document.querySelector('[data-line]');
      return lines.map(({ status, quantity, available }) => {
        showLine(line, { product: { status, price: 1 }, quantity, available, subtotal: quantity });
        return [line.querySelector('[data-error]').textContent, !line.querySelector('[data-take]').hidden];
      });
    }, [url, rules.lines]);
    assert.deepEqual(shown, rules.lines.map((entry) => [entry[language], entry.takeable]));
  });
}

test('scripts show the entries that the server serves as pictures', async (t) => {
  const page = await env.visit(t, '/');
  const url = await moduleUrl(page, 'product-format.js');
  const shown = await page.evaluate(async ([module, pictures]) => {
    const { pictureOf } = await import(module);
    return pictures.map(({ entry }) => pictureOf({ thumbnails: [entry] })?.src320 ?? null);
  }, [url, rules.pictures]);
  // Both encode the name; which characters they may leave as they are differs.
  const decoded = (src) => src && decodeURIComponent(src);
  assert.deepEqual(shown.map(decoded), rules.pictures.map(({ src320 }) => decoded(src320)));
});

test('scripts compare the values of forms like the server', async (t) => {
  const page = await visitAsAdmin(env, t);
  const url = await moduleUrl(page, 'admin-values.js');
  const same = await page.evaluate(async ([module, values]) => {
    const { isSame } = await import(module);
    return values.map(({ field, value, other }) => isSame(field, value, other));
  }, [url, rules.values]);
  assert.deepEqual(same, rules.values.map((entry) => entry.same));
});
