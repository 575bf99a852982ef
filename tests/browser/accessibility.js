// Accessibility checks with axe.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** Rules whose result depends on the theme. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** All violations on a page, as lines that name the rule and the elements. */
export function violations(page) {
  return run(page, { type: 'tag', values: RULES });
}

/** Only the violations that depend on the theme, for a page whose other rules were checked. */
export function colourViolations(page) {
  return run(page, { type: 'rule', values: COLOUR_RULES });
}

async function run(page, runOnly) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  const result = await page.evaluate(
    (rules) => window.axe.run(document, { runOnly: rules, resultTypes: ['violations'] }),
    runOnly,
  );
  return result.violations.map(({ id, impact, nodes }) => {
    const places = nodes.slice(0, 3).map((node) => `${node.target}: ${node.any[0]?.message ?? ''}`);
    return `${impact}: ${id} at ${places.join('; ')}`;
  });
}
