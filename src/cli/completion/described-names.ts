/**
 * The names in a network file, whatever else is wrong with it: for completion, which must be quick and never complains.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { isMap, isScalar, parseDocument } from 'yaml';
import type { DescribedNames } from './offers.ts';

/** Reading more would keep a person waiting. */
const BYTES_AT_MOST = 1024 * 1024;

const NONE: DescribedNames = { routers: [], machines: [], lans: [], hosts: [], groups: [] };

/** Only what is a name is offered: a shell must not be handed anything that it could take for more. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The names in the file at `path`; none when there is no such file or nothing can be made of it. */
export function describedNames(path: string): DescribedNames {
  try {
    return namesIn(readSmall(path));
  } catch {
    return NONE;
  }
}

/** A pipe or device is not waited for. */
function readSmall(path: string): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    return stats.isFile() && stats.size <= BYTES_AT_MOST ? readFileSync(descriptor, 'utf8') : '';
  } finally {
    closeSync(descriptor);
  }
}

function namesIn(text: string): DescribedNames {
  const { contents } = parseDocument(text, { uniqueKeys: false, logLevel: 'silent' });
  const lans = entriesOf(under(contents, 'lans'));
  return {
    routers: entriesOf(under(contents, 'routers')).map(([name]) => name),
    machines: entriesOf(under(contents, 'machines')).map(([name]) => name),
    lans: lans.map(([name]) => name),
    hosts: lans.flatMap(([, lan]) => entriesOf(under(lan, 'hosts')).map(([name]) => name)),
    groups: entriesOf(under(contents, 'groups')).map(([name]) => name),
  };
}

function under(node: unknown, word: string): unknown {
  return isMap(node) ? node.get(word, true) : undefined;
}

function entriesOf(node: unknown): [name: string, value: unknown][] {
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }): [string, unknown][] => {
    const name = isScalar(key) ? String(key.value) : '';
    return NAME.test(name) ? [[name, value]] : [];
  });
}
