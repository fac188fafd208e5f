/**
 * The table of rooms: who may import whom, and what must not appear where. ARCHITECTURE.md says why.
 *
 * Test files may use what they need to look at their room.
 */

import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { importsOf, SOURCES, textOf, withoutComments } from './tree.ts';

interface Room {
  /** Other rooms it may import. */
  readonly rooms: readonly string[];
  readonly packages: readonly string[];
  /** Node's own modules it may import; null for any. */
  readonly node: readonly string[] | null;
  /** What its code must not contain, with the reason. */
  readonly without: readonly (readonly [pattern: RegExp, reason: string])[];
}

const CLOCK = [/\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b/, 'a clock is an argument'] as const;
const ANY_DATE = [/\bDate\b|\bperformance\b/, 'time is an argument'] as const;
const TIMERS = [/\bset(Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/, 'nothing happens later by itself'] as const;
const CHANCE = [/\bMath\.random\b|\bgetRandomValues\b|\brandomBytes\b/, 'randomness is an argument'] as const;
const OUTSIDE = [/\bprocess\.|\bconsole\.|\bfetch\(/, 'values in, values out'] as const;
const PURE = [CLOCK, TIMERS, CHANCE, OUTSIDE];

const ROOMS: Readonly<Record<string, Room>> = {
  'src/net': { rooms: [], packages: [], node: [], without: PURE },
  'src/description': { rooms: ['src/net'], packages: ['yaml', 'zod'], node: [], without: PURE },
  'src/plan': { rooms: ['src/net', 'src/description'], packages: [], node: [], without: [...PURE, ANY_DATE] },
  'src/prove': { rooms: ['src/net', 'src/plan'], packages: [], node: [], without: PURE },
  // PNG is deflated rows; compressing is a function of its bytes.
  'src/render': { rooms: ['src/net', 'src/plan'], packages: ['qr'], node: ['node:zlib'], without: PURE },
  'src/import': { rooms: ['src/net', 'src/plan'], packages: ['yaml'], node: [], without: PURE },
  'src/wireguard': {
    rooms: ['src/net'],
    packages: [],
    node: ['node:crypto'],
    without: [...PURE, ANY_DATE],
  },
  'src/relay': { rooms: ['src/net', 'src/wireguard', 'native'], packages: [], node: null, without: [] },
  'src/apply': { rooms: ['src/net', 'src/plan', 'src/relay'], packages: ['zod'], node: null, without: [] },
  'src/control': {
    rooms: [
      ...['src/net', 'src/description', 'src/plan', 'src/prove', 'src/render', 'src/import'],
      ...['src/wireguard', 'src/relay', 'src/apply'],
    ],
    packages: ['yaml', 'zod'],
    node: null,
    without: [],
  },
  'src/cli': {
    rooms: [
      ...['src/net', 'src/description', 'src/plan', 'src/prove', 'src/render', 'src/import'],
      ...['src/wireguard', 'src/relay', 'src/apply', 'src/control', 'lab'],
    ],
    packages: ['commander', 'yaml', 'zod', 'qr'],
    node: null,
    without: [],
  },
  // What tests of the lab share: they compare what packets do with what is read, planned and proved.
  'lab/tests': {
    rooms: ['src/net', 'src/description', 'src/plan', 'src/prove', 'src/render', 'lab'],
    packages: [],
    node: null,
    without: [],
  },
  // Of the API it takes types alone, which the next test holds it to.
  web: {
    rooms: ['src/control'],
    packages: ['preact', '@preact', 'diff'],
    node: [],
    without: [],
  },
  lab: { rooms: ['src/net', 'src/plan', 'src/render'], packages: ['@noble'], node: null, without: [] },
};

/** The one place where the system's randomness is made an argument. */
const ENTROPY_OF_THE_SYSTEM = 'src/wireguard/crypto/system-entropy.ts';

const files = SOURCES.filter((path) => roomOf(path) !== null && !path.endsWith('.test.ts'));

describe('rooms', () => {
  test('every file below src lies in a room of the table', () => {
    const strangers = SOURCES.filter((path) => path.startsWith('src/') && roomOf(path) === null);
    assert.deepEqual(strangers, []);
  });

  for (const [name, room] of Object.entries(ROOMS)) {
    const own = files.filter((path) => roomOf(path) === name);

    test(`${name} imports only what the table lets it`, () => {
      const wrong = own.flatMap((path) =>
        importsOf(textOf(path))
          .filter((module) => !mayImport(name, room, path, module))
          .map((module) => `${path} imports ${module}`),
      );
      assert.deepEqual(wrong, []);
    });

    test(`${name} contains nothing that belongs elsewhere`, () => {
      const wrong = own.flatMap((path) => {
        const code = withoutComments(textOf(path));
        return room.without.flatMap(([pattern, reason]) => {
          if (path === ENTROPY_OF_THE_SYSTEM && pattern === CHANCE[0]) return [];
          const found = pattern.exec(code);
          return found === null ? [] : [`${path}: ${found[0]} (${reason})`];
        });
      });
      assert.deepEqual(wrong, []);
    });
  }

  test('the page takes types of the API’s shapes, and nothing else of src', () => {
    const imports = /\bimport\b(?<type>\s+type\b)?[^'"`;]*?from\s*'(?<module>[^']+)'/g;
    const wrong = files
      .filter((path) => path.startsWith('web/'))
      .flatMap((path) =>
        [...withoutComments(textOf(path)).matchAll(imports)].map(({ groups }) => ({ path, ...groups })),
      )
      .filter(({ path, module }: { path: string; module?: string }) => {
        return module!.startsWith('.') && !posix.join(posix.dirname(path), module!).startsWith('web/');
      })
      .filter(({ path, module, type }: { path: string; module?: string; type?: string }) => {
        return type === undefined || !posix.join(posix.dirname(path), module!).startsWith('src/control/http/shape/');
      });
    assert.deepEqual(wrong, []);
  });

  test('no test file is imported', () => {
    const wrong = SOURCES.filter((path) => importsOf(textOf(path)).some((module) => module.endsWith('.test.ts')));
    assert.deepEqual(wrong, []);
  });
});

function mayImport(name: string, room: Room, path: string, module: string): boolean {
  if (module.startsWith('node:')) return room.node === null || room.node.includes(module);
  if (!module.startsWith('.')) return room.packages.includes(module.split('/')[0]!);
  const target = roomOf(posix.join(posix.dirname(path), module));
  return target === name || (target !== null && room.rooms.includes(target));
}

function roomOf(path: string): string | null {
  return Object.keys({ ...ROOMS, native: 0 }).find((room) => path.startsWith(`${room}/`)) ?? null;
}
