// What a test of the battery saw, as a line that a report can quote: the twin of tests/battery/figure.rs.

import { appendFileSync } from 'node:fs';

/** Tells a figure of a row (`L1` … `X17`): raw numbers with their units, in one line. */
export function figure(row, seen) {
  if (!/^[LFX]([1-9]|1[0-7])$/.test(row)) throw new Error(`${row} is no row`);
  if (!seen.trim() || seen.includes('\n')) throw new Error(`${row}: ${JSON.stringify(seen)}`);
  const line = `battery ${row}: ${seen}\n`;
  process.stderr.write(line);
  if (process.env.VITRINA_FIGURES) appendFileSync(process.env.VITRINA_FIGURES, line);
}
