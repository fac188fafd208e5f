/**
 * Every mistake, as a person reads it: `<code>.yaml` is a file that makes it, `<code>.txt` what is said about that file.
 *
 * `UPDATE=1 node --test test/mistakes/mistakes.test.ts` rewrites what is expected; read the diff.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseNetwork } from '../../src/description/parse.ts';
import { formatDiagnostics } from '../../src/description/print-diagnostics.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';

const here = import.meta.dirname;
const codes = readdirSync(here)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

for (const code of codes) {
  test(`${code} is found and said as expected`, () => {
    const file = `${code}.yaml`;
    const text = readFileSync(join(here, file), 'utf8');
    const parsed = parseNetwork(text, file);
    const planned = parsed.network ? planNetwork(parsed.network).diagnostics : [];
    const diagnostics = [...parsed.diagnostics, ...planned];
    assert.ok(diagnostics.some((each) => each.code === code));
    const said = formatDiagnostics(diagnostics, text, { colour: false });
    const expected = join(here, `${code}.txt`);
    if (process.env.UPDATE) writeFileSync(expected, said);
    assert.equal(said, readFileSync(expected, 'utf8'));
  });
}
