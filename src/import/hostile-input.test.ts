/**
 * Nonsense, and text that is nearly right, thrown at every importer: no crash, no hang, bounded answers.
 *
 * Random tests print their seed when they fail: `SEED=4711` repeats them, `RUNS=100000` makes a campaign of them.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { CASES, filesOf, keyFunctions } from '../../test/cases/cases.ts';
import { readPart } from './formats/read-part.ts';
import { importNetwork } from './import-network.ts';
import type { FileKind, GivenFile, Imported } from './imported.ts';
import { stemOf } from './machine/group.ts';
import { parseShell } from './shell/parse.ts';
import { complaints as newComplaints } from './text/complaints.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });
const RUNS = Number(process.env.RUNS ?? 150);

const root = join(import.meta.dirname, '../..');
const commands = join(root, 'test/vectors/linux-commands');

/** Right texts of every format, which chance then spoils. */
const SAMPLES: readonly { readonly kind: FileKind; readonly path: string; readonly text: string }[] = [
  ...(
    [
      ['ip-addr', 'ip-addr.json'],
      ['ip-route', 'ip-route-all.json'],
      ['ip-rule', 'ip-rule.json'],
      ['ip-neigh', 'ip-neigh-proxy.json'],
      ['ip-route-text', 'ip-route.txt'],
      ['iptables-save', 'iptables-save'],
      ['nft-json', 'nft.json'],
      ['nft', 'nft.txt'],
      ['sysctl', 'sysctl.txt'],
    ] as const
  ).map(([kind, path]) => ({ kind, path, text: readFileSync(join(commands, path), 'utf8') })),
  ...['static-route', 'seen-as', 'proxy'].map((name) => {
    const folder = join(root, 'test/networks', name, 'machines');
    const text = readdirSync(folder).map((each) => readFileSync(join(folder, each), 'utf8'));
    return { kind: 'wg-quick' as const, path: 'wg0.conf', text: text.join('\n') };
  }),
  {
    kind: 'survey',
    path: 'box.survey',
    text: `== wg-router survey 1: wg-quick wg0 ==\n[Interface]\nAddress = 10.0.0.1/24\n== wg-router survey 1: ip -j addr ==\n[{"ifname":"eth0","addr_info":[{"local":"10.0.0.1","prefixlen":8}]}]\n== wg-router survey 1: nft list ruleset ==\ntable ip x { chain y { type filter hook input priority 0; } }\n`,
  },
  {
    kind: 'wg-dump',
    path: 'dump',
    text: `wg0\ta\t${'A'.repeat(43)}=\t1\toff\nwg0\t${'A'.repeat(43)}=\t(none)\t1.2.3.4:5\t10.0.0.0/8\t1\t2\t3\t25\n`,
  },
  {
    kind: 'wg-show',
    path: 'show',
    text: `interface: wg0\n  listening port: 1\n\npeer: ${'A'.repeat(43)}=\n  allowed ips: 10.0.0.0/8\n`,
  },
];

/** Pieces that formats are made of, to be put where they do not belong. */
const PIECES = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '"',
    "'",
    '`',
    '$(',
    '${',
    '\\',
    '\n',
    '\t',
    ';',
    '&&',
    '||',
    '|',
    '!',
    '#',
    '=',
    ':',
    ',',
    '/',
  ],
  ...[
    '-A FORWARD',
    '-j',
    '-t nat',
    '*filter',
    'COMMIT',
    'table inet x {',
    'chain y {',
    'vmap {',
    'map',
    '@set',
    'elements = {',
    'type filter hook forward priority 0;',
  ],
  ...[
    '[Interface]',
    '[Peer]',
    'PostUp = ',
    'AllowedIPs = 0.0.0.0/0',
    'if',
    'then',
    'fi',
    'while true; do',
    'done',
    'f() {',
    'nft ',
    'ip route add ',
  ],
  ...[
    '4294967296',
    '-1',
    '1e999',
    '0.0.0.0/0',
    '::/0',
    '255.255.255.255/33',
    'fe80::1%eth0',
    '\0',
    '\ufeff',
    '\u202e',
    '💥',
    'null',
    'true',
    '{"a":',
  ],
];

const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.integer({ min: 0, max: 40 }),
  put: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 8, unit: 'binary' })),
  times: fc.constantFrom(1, 1, 1, 50),
});

function spoil(text: string, damages: readonly { at: number; cut: number; put: string; times: number }[]): string {
  return damages.reduce((whole, { at, cut, put, times }) => {
    const start = Math.floor(at * whole.length);
    return whole.slice(0, start) + put.repeat(times) + whole.slice(start + cut);
  }, text);
}

function read(files: readonly GivenFile[]): Imported {
  return importNetwork(files, keyFunctions);
}

/** Whatever went in: places are places of its files, and nobody is told a thousand things. */
function soundness(imported: Imported, files: readonly GivenFile[]): void {
  const lines = new Map(files.map(({ path, text }) => [path, text.split('\n').length]));
  const places = [...imported.notUnderstood, ...imported.diagnostics].map(({ place }) => place);
  for (const { file, line, column, endColumn } of places) {
    assert.ok(
      line >= 1 && line <= (lines.get(file) ?? 0) && column >= 1 && endColumn > column,
      `${file}:${line}:${column}-${endColumn}`,
    );
  }
  assert.ok(imported.diagnostics.length <= 110 * files.length);
}

describe('hostile input', () => {
  for (const { kind, path, text } of SAMPLES) {
    test(`spoilt: ${kind} (${text.length} characters)`, () => {
      fc.assert(
        fc.property(fc.array(damage, { minLength: 1, maxLength: 8 }), (damages) => {
          const spoilt = spoil(text, damages);
          const part = { file: path, text: spoilt, firstLine: 1 };
          readPart(kind, part, keyFunctions, newComplaints(), { stem: 'wg0' });
          const files = [{ path, text: spoilt }];
          soundness(read(files), files);
        }),
        { numRuns: RUNS },
      );
    });
  }

  test('spoilt: every file of a case', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CASES),
        fc.array(damage, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        (name, damages, which) => {
          const files = filesOf(name)!.map((file, i, all) =>
            i === which % all.length ? { ...file, text: spoil(file.text, damages) } : file,
          );
          soundness(read(files), files);
        },
      ),
      { numRuns: 4 * RUNS },
    );
  });

  test('hooks of pieces of the shell', () => {
    const hook = fc.array(
      fc.oneof(fc.constantFrom(...PIECES, 'iptables', 'echo', '%i', '$1', ' '), fc.string({ maxLength: 4 })),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(hook, (pieces) => {
        const text = pieces.join(' ');
        parseShell(text);
        const files = [{ path: 'wg0.conf', text: `[Interface]\nPostUp = ${text.replaceAll('\n', ' ')}\n` }];
        soundness(read(files), files);
      }),
      { numRuns: 4 * RUNS },
    );
  });

  test('random text under every name', () => {
    const names = ['survey.yaml', 'wg0.conf', 'a.json', 'iptables-save', 'x'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string({ maxLength: 400, unit: 'binary' }), (path, text) => {
        read([{ path, text }]);
      }),
      { numRuns: 4 * RUNS },
    );
  });

  /** Ten million characters of what begins like each format. A second is asked for; three keep a busy machine quiet. */
  const size = 10_000_000;
  const large: readonly (readonly [what: string, path: string, text: string])[] = [
    ['random bytes', 'wg0.conf', noise(size)],
    ['zeros', 'wg0.conf', '\0'.repeat(size)],
    ['one line', 'wg0.conf', `[Interface]\nPostUp = ${'a'.repeat(size)}`],
    ['open brackets', 'a.json', '['.repeat(size)],
    ['a survey', 'survey.yaml', 'machines: {'.repeat(size / 11)],
  ];
  // Just below the limit of a file, so that all of it is read.
  const whole = 8 * 1024 * 1024 - 64;
  const readWhole: readonly (readonly [what: string, path: string, text: string])[] = [
    ['peers without keys', 'wg0.conf', fill('[Interface]\n', '[Peer]\nAllowedIPs = 10.0.0.0/8\n', whole)],
    ['words nobody knows', 'wg0.conf', fill('[Interface]\n', 'a = b\n', whole)],
    ['hooks', 'wg0.conf', fill('[Interface]\n', 'PostUp = a && b || c; $(d) | e\n', whole)],
    ['addresses', 'wg0.conf', fill('[Interface]\nAddress = ', '1.1.1.1,', whole)],
    [
      'rules',
      'iptables-save',
      fill('*filter\n:FORWARD ACCEPT [0:0]\n', '-A FORWARD ! -s 1.1.1.1 -m multiport --dports 1,2,3 -j DROP\n', whole),
    ],
    [
      'chains that jump',
      'iptables-save',
      fill(
        '*filter\n:FORWARD ACCEPT [0:0]\n:A - [0:0]\n:B - [0:0]\n',
        '-A FORWARD -j A\n-A A -j B\n-A B -i x -j RETURN\n',
        whole,
      ),
    ],
    [
      'interfaces',
      'iptables-save',
      `*nat\n:POSTROUTING ACCEPT [0:0]\n${numbered((n) => `-A POSTROUTING -o if${n} ! -s 10.0.0.0/8 -j MASQUERADE\n`, whole)}`,
    ],
    [
      'addresses of interfaces',
      'addr.json',
      `[${numbered((n) => `{"ifname":"if${n}","addr_info":[{"local":"10.0.0.1","prefixlen":8}]},`, whole)}{}]`,
    ],
    ['lists in lists', 'a.json', fill('[{"addr_info":', '[', whole)],
    ['numbers', 'a.json', fill('[{"addr_info":[', '1,', whole)],
    ['nft', 'nft.txt', fill('table ip x {\n', 'chain y { ip saddr { 1.1.1.1, 2.2.2.2 } accept\n', whole)],
    ['nft in one line', 'nft.txt', fill('table ip x {\n', '{ } ( ) ; ', whole)],
    ['switches', 'sysctl', fill('net.ipv4.ip_forward = 1\n', 'net.ipv4.conf.a.forwarding = 1\n', whole)],
    ['routes', 'routes', fill('default dev eth0\n', '10.0.0.0/8 via 10.0.0.1 dev eth0 metric 1\n', whole)],
    ['a dump', 'dump', fill(`wg0\ta\t${'A'.repeat(43)}=\t1\toff\n`, 'wg0\tx\tx\tx\tx\tx\tx\tx\tx\n', whole)],
  ];
  for (const [what, path, text] of large) {
    test(`10 MB: ${what}`, () => {
      const started = process.hrtime.bigint();
      const { diagnostics } = read([{ path, text }]);
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      assert.equal(diagnostics[0]?.code, 'file-too-large');
      assert.ok(seconds < 3, `${seconds} s`);
    });
  }
  for (const [what, path, text] of readWhole) {
    test(`8 MB that are read: ${what}`, () => {
      const started = process.hrtime.bigint();
      // All of it forwards, so that every pair of interfaces would.
      const imported = read([
        { path, text },
        { path: 'survey.yaml', text: `machines:\n  ${stemOf(path)}: {forwarding: true}\n` },
      ]);
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      assert.ok(imported.diagnostics.length + imported.notUnderstood.length <= 1_000);
      assert.ok(seconds < 9, `${seconds} s`);
    });
  }
});

function fill(start: string, piece: string, length: number): string {
  return start + piece.repeat(Math.floor((length - start.length) / piece.length));
}

function numbered(piece: (n: number) => string, length: number): string {
  let text = '';
  for (let n = 0; text.length < length - 100; n++) text += piece(n);
  return text;
}

/** The same noise every time: a linear congruence is noise enough for a reader of text. */
function noise(length: number): string {
  const block = new Uint16Array(65_536);
  let state = 12_345;
  for (let i = 0; i < block.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    block[i] = (state >>> 16) % 0xd800;
  }
  const text = String.fromCharCode(...block.subarray(0, 32_768)) + String.fromCharCode(...block.subarray(32_768));
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}
