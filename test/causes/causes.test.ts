/**
 * Every cause code has a made-up network that produces it, first and as certain as `expect.yaml` says, a section in
 * `docs/reference/causes.md`, and falls silent when the cause is cured.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { importNetwork } from '../../src/import/import-network.ts';
import { CAUSE_CODES } from '../../src/prove/causes/cause-codes.ts';
import { diagnose } from '../../src/prove/causes/diagnose.ts';
import { worldOfOthers } from '../../src/prove/causes/implied-gateways.ts';
import { keyFunctions } from '../cases/cases.ts';

const here = import.meta.dirname;
const DOCUMENT = new URL('../../docs/reference/causes.md', import.meta.url);

describe('causes', () => {
  test('have a network each, and no network is of another', () => {
    const folders = readdirSync(here).filter((name) => statSync(join(here, name)).isDirectory());
    assert.deepEqual(folders.sort(), [...CAUSE_CODES].sort());
  });

  test('have a section each in the documents, in their order', () => {
    const sections = [...readFileSync(DOCUMENT, 'utf8').matchAll(/^## `(.+)`$/gm)].map(([, code]) => code);
    assert.deepEqual(sections, CAUSE_CODES);
  });

  test('have sections that say what happens, how it looks, how to be sure and the cure', () => {
    const [, ...sections] = readFileSync(DOCUMENT, 'utf8').split(/^## /m);
    for (const section of sections) {
      for (const part of ['**What happens.**', '**From outside.**', '**To be sure.**', '**Cure.**']) {
        assert.ok(section.includes(part), `${section.split('\n')[0]}: ${part}`);
      }
    }
  });

  for (const code of CAUSE_CODES) {
    test(`${code} is found in its network`, () => {
      const imported = importNetwork(filesIn(join(here, code)), keyFunctions);
      assert.deepEqual(imported.notUnderstood, []);
      const { findings } = diagnose(worldOfOthers(imported.plan), imported);
      const [first] = findings;
      const expected = parse(readFileSync(join(here, code, 'expect.yaml'), 'utf8'));
      const found = first && { cause: first.cause, machine: first.station.name, certainty: first.certainty };
      assert.deepEqual(found, { cause: code, ...expected });
      assert.ok(first!.cure !== '' && first!.origins.length > 0);
    });
  }
});

function filesIn(folder: string, root = folder): { path: string; text: string }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path, root);
    return entry.name === 'expect.yaml' ? [] : [{ path: relative(root, path), text: readFileSync(path, 'utf8') }];
  });
}
