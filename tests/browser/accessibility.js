// What axe finds on a page.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** The rules whose outcome the lighting can change. */
const OF_COLOUR = ['color-contrast', 'link-in-text-block'];

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Every finding of any gravity, as a line that says where and what. */
export function findings(page) {
  return run(page, { type: 'tag', values: RULES });
}

/** The findings that another lighting can bring, on a page that was looked at as a whole. */
export function findingsOfColour(page) {
  return run(page, { type: 'rule', values: OF_COLOUR });
}

async function run(page, runOnly) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (rules) => window.axe.run(document, { runOnly: rules, resultTypes: ['violations'] }),
    runOnly,
  );
  return violations.map(({ id, impact, nodes }) => {
    const places = nodes.slice(0, 3).map((node) => `${node.target}: ${node.any[0]?.message ?? ''}`);
    return `${impact}: ${id} at ${places.join('; ')}`;
  });
}
