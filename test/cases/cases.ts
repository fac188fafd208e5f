/**
 * The networks of this folder as files for an importer.
 */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { GivenFile, KeyFunctions } from '../../src/import/imported.ts';
import { publicKeyOf } from '../../src/wireguard/crypto/x25519.ts';

const here = import.meta.dirname;

export const CASES: readonly string[] = readdirSync(here)
  .filter((name) => statSync(join(here, name)).isDirectory())
  .sort();

export const keyFunctions: KeyFunctions = {
  publicKeyOf,
  hashPresharedKey: (base64) => createHash('sha256').update(base64).digest('hex').slice(0, 16),
};

/** Which facts a person has given: what they stated, or also what came out with the answer. */
export type Facts = 'survey.yaml' | 'survey-implied.yaml';

/** The files of a case; null when it has no such survey. */
export function filesOf(name: string, facts: Facts = 'survey.yaml'): GivenFile[] | null {
  const folder = join(here, name);
  if (!existsSync(join(folder, facts))) return null;
  const file = (path: string, as = path): GivenFile => ({ path: as, text: readFileSync(join(folder, path), 'utf8') });
  const configurations = readdirSync(folder).filter((each) => each.endsWith('.conf'));
  return [...configurations.map((each) => file(each)), file(facts, 'survey.yaml')];
}
