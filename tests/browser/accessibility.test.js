// axe finds nothing on any page, by day and by night, in both languages.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import test from 'node:test';

import { furnish, openPage, pages } from './every-page.js';
import { setStage } from './stage.js';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const stage = setStage({ demo: true }, furnish);

async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((rules) => window.axe.run(document, { runOnly: rules }), RULES);
  return violations.map(({ id, impact, nodes }) => {
    const places = nodes.slice(0, 3).map((node) => `${node.target}: ${node.any[0]?.message ?? ''}`);
    return `${impact}: ${id} at ${places.join('; ')}`;
  });
}

for (const name of Object.keys(pages)) {
  for (const theme of ['light', 'dark']) {
    for (const language of ['en', 'es']) {
      test(`${name}, ${theme}, ${language}: nothing to mend`, async (t) => {
        // The checker, not the shop, breaks the content policy.
        const page = await openPage(stage, t, name, { theme, language, options: { bypassCSP: true } });
        assert.deepEqual(await findings(page), []);
      });
    }
  }
}
