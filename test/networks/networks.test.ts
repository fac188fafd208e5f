/**
 * Whole networks: network.yaml → warnings, plan, the configuration of every machine, the instructions for every LAN.
 *
 * A case is a folder. `UPDATE=1 node --test test/networks/networks.test.ts` rewrites what is expected; read the diff.
 */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { parseNetwork } from '../../src/description/parse.ts';
import { formatDiagnostics } from '../../src/description/print-diagnostics.ts';
import type { Origin } from '../../src/plan/plan.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { renderGateway } from '../../src/render/gateway/gateway.ts';
import { renderWgQuick } from '../../src/render/wg-quick.ts';
import { explainedText } from './explained.ts';
import { planJson } from './plan-json.ts';

const here = import.meta.dirname;
const cases = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

for (const name of cases) {
  test(`network ${name} is planned and written as expected`, () => {
    const folder = join(here, name);
    const made = filesOf(folder);
    if (process.env.UPDATE) rewrite(folder, made);
    assert.deepEqual(expectedFiles(folder), [...made.keys()].sort(), 'files');
    for (const [file, text] of made) assert.equal(text, readFileSync(join(folder, file), 'utf8'), file);
  });
}

test("every planner's rule is documented, and makes a fact in some network", () => {
  const documented = readFileSync(join(here, '../../docs/reference/planner-rules.md'), 'utf8');
  const type = readFileSync(join(here, '../../src/plan/plan.ts'), 'utf8');
  const rules = [...type.match(/export type PlanRule =([^;]*);/)![1]!.matchAll(/'([a-z-]+)'/g)].map(
    ([, rule]) => rule!,
  );
  const made = new Set<string>();
  for (const name of cases) {
    const { network } = parseNetwork(readFileSync(join(here, name, 'network.yaml'), 'utf8'), 'network.yaml');
    collectRules(planNetwork(network!).plan, made);
  }
  assert.ok(rules.length > 10);
  assert.deepEqual([...made].sort(), rules.toSorted(), 'rules that make facts');
  const headings = [...documented.matchAll(/^## `([a-z-]+)`$/gm)].map(([, rule]) => rule);
  assert.deepEqual(headings.toSorted(), rules.toSorted(), 'rules in docs/reference/planner-rules.md');
});

/** What a network becomes, by file name. */
function filesOf(folder: string): Map<string, string> {
  const text = readFileSync(join(folder, 'network.yaml'), 'utf8');
  const parsed = parseNetwork(text, 'network.yaml');
  const planned = parsed.network ? planNetwork(parsed.network) : { plan: null, diagnostics: [] };
  const diagnostics = [...parsed.diagnostics, ...planned.diagnostics];
  const files = new Map<string, string>();
  if (diagnostics.length > 0) files.set('messages.txt', formatDiagnostics(diagnostics, text, { colour: false }));
  const { plan } = planned;
  assert.ok(plan, `there is no plan:\n${files.get('messages.txt')}`);
  files.set('plan.json', planJson(plan));
  files.set('explained.txt', explainedText(plan, text));
  for (const device of plan.devices.filter((each) => each.kind === 'machine')) {
    const rendered = renderWgQuick(plan, device.name);
    assert.ok('text' in rendered, `no configuration for ${device.name}`);
    files.set(`machines/${device.name}.conf`, rendered.text);
  }
  for (const lan of plan.lans) {
    for (const { name, text } of renderGateway(plan, lan).files) files.set(`gateways/${name}`, text);
  }
  return files;
}

function expectedFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'network.yaml')
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function rewrite(folder: string, files: ReadonlyMap<string, string>): void {
  for (const file of expectedFiles(folder)) if (!files.has(file)) rmSync(join(folder, file));
  for (const [file, text] of files) {
    const path = join(folder, file);
    if (!existsSync(dirname(path))) mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function collectRules(value: unknown, rules: Set<string>): void {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return;
  const origin = value as Origin;
  if (origin.kind === 'rule') rules.add(origin.rule);
  for (const each of Object.values(value)) collectRules(each, rules);
}
