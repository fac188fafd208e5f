/**
 * Every mistake, as a person reads it: `<code>.yaml` is a file that makes it, `<code>.txt` what is said about that file.
 * `<code>--<what>.yaml` is a further case.
 *
 * A first line `#: remove NAME` removes NAME from the file, `#: pad LENGTH` makes it so long with blanks.
 *
 * `UPDATE=1 node --test test/mistakes/mistakes.test.ts` rewrites what is expected; read the diff.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DIAGNOSTIC_CODES } from '../../src/description/codes.ts';
import type { Diagnostic } from '../../src/description/diagnostic.ts';
import { remove } from '../../src/description/edit/remove.ts';
import { parseNetwork } from '../../src/description/parse.ts';
import { formatDiagnostics } from '../../src/description/print-diagnostics.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { proofOf } from '../../src/prove/proof.ts';

const here = import.meta.dirname;
const cases = readdirSync(here)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length));

for (const name of cases) {
  test(`${name} is found and said as expected`, () => {
    const { diagnostics, text } = mistakesIn(`${name}.yaml`);
    const [code] = name.split('--');
    assert.ok(diagnostics.some((each) => each.code === code));
    const said = formatDiagnostics(diagnostics, text, { colour: false });
    const expected = join(here, `${name}.txt`);
    if (process.env.UPDATE) writeFileSync(expected, said);
    assert.equal(said, readFileSync(expected, 'utf8'));
  });
}

function mistakesIn(file: string): { diagnostics: readonly Diagnostic[]; text: string } {
  const text = readFileSync(join(here, file), 'utf8');
  const [, verb, argument] = /^#: (remove|pad) (.+)\n/.exec(text) ?? [];
  if (verb === 'remove') {
    const { diagnostics } = remove(text, argument!, file);
    return { diagnostics: diagnostics ?? [], text };
  }
  const padded = verb === 'pad' ? text.padEnd(Number(argument)) : text;
  const parsed = parseNetwork(padded, file);
  const planned = parsed.network ? planNetwork(parsed.network) : { plan: null, diagnostics: [] };
  const proof = planned.plan ? proofOf(planned.plan) : { diagnostics: [], untried: [] };
  const proved = [...proof.diagnostics, ...proof.untried];
  return { diagnostics: [...parsed.diagnostics, ...planned.diagnostics, ...proved], text: padded };
}

test('every code that the reader or the planner uses has a case, and every case is of a known code', () => {
  assert.deepEqual([...new Set(cases.map((name) => name.split('--')[0]!))].sort(), [...DIAGNOSTIC_CODES].sort());
});

test('every code is documented in docs/reference/mistakes.md, and nothing else is', () => {
  const documented = readFileSync(join(here, '../../docs/reference/mistakes.md'), 'utf8');
  const headings = [...documented.matchAll(/^### `([a-z-]+)`$/gm)].map(([, code]) => code!);
  assert.deepEqual(headings.sort(), [...DIAGNOSTIC_CODES].sort());
});

test('what is said follows the form: a verb first, no full stop, no key', () => {
  for (const name of cases) {
    for (const { message, severity, help } of mistakesIn(`${name}.yaml`).diagnostics) {
      if (severity === 'error') assert.match(message, /^Cannot [a-z]+ /, name);
      assert.doesNotMatch(message, /\.$/, name);
      assert.doesNotMatch([message, ...help].join(), /[A-Za-z0-9+/]{40,}=/, name);
    }
  }
});
