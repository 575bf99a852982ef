// Reports a measured figure as a line for docs/reliability.md; the counterpart of
// tests/support/src/figure.rs.

import { appendFileSync } from 'node:fs';

/** Reports a figure for a row (`L1` … `X17`): numbers with their units, in one line. */
export function figure(row, measured) {
  if (!/^[LFX]([1-9]|1[0-7])$/.test(row)) throw new Error(`${row} is not a row`);
  if (!measured.trim() || measured.includes('\n')) throw new Error(`${row}: ${JSON.stringify(measured)}`);
  const line = `acceptance ${row}: ${measured}\n`;
  process.stderr.write(line);
  if (process.env.VITRINA_FIGURES) appendFileSync(process.env.VITRINA_FIGURES, line);
}
