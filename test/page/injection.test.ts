/**
 * Text that tries to be more than text, in every field that takes some: it is refused, or it is quoted, and nothing
 * beside the field changes.
 */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseNetwork } from '../../src/description/parse.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { renderWgQuick } from '../../src/render/wg-quick.ts';
import { type Credentials, ServedPage } from './served-page.ts';

const ATTEMPTS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'x\nPostUp = touch /tmp/pwned',
  'x\r\n[Peer]\r\nAllowedIPs = 0.0.0.0/0',
  '; PostUp = id',
  '# PostUp = id',
  '$(touch /tmp/pwned)',
  '`id`',
  "'; rm -rf / #",
  '{{7*7}}',
  'a: b',
  'x: {y: z}',
  '- x',
  '&anchor x',
  '*alias',
  '!!js/function x',
  '}, evil: {platform: linux',
  '"',
  "'",
  '\\',
  '\u0000',
  '\u001b[2J',
  '\u202egnp.exe',
  '\ufeff',
  '..',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'null',
  'true',
  '1e3',
  '0x10',
  '~',
  "'; DROP TABLE machine; --",
  '1 OR 1=1',
  'everyone',
  'xn--e1afmkfd',
  'é',
  'A',
  ' phone',
  'phone ',
  'a'.repeat(64),
  'a'.repeat(10_000),
];

type Field = readonly [
  what: string,
  ask: (text: string) => readonly [method: string, path: string, body: unknown],
  /** Where the text may be found again, as it was given, when it was taken. */
  kept: (text: string, network: NonNullable<ReturnType<typeof parseNetwork>['network']>) => boolean,
];

const machine = (text: string, field: string): readonly [string, string, unknown] => [
  'PATCH',
  '/machines/phone',
  { [field]: field === 'address' || field === 'lan' || field === 'lanAddress' || field === 'routes' ? [text] : text },
];
const names = (network: NonNullable<ReturnType<typeof parseNetwork>['network']>) =>
  [...network.machines, ...network.lans, ...network.lans.flatMap(({ hosts }) => hosts)].map(({ name }) => name.value);

const FIELDS: readonly Field[] = [
  [
    'the name of a new machine',
    (text) => ['POST', '/machines', { name: text }],
    (text, network) => names(network).includes(text),
  ],
  [
    'a new name of a machine',
    (text) => ['POST', '/machines/phone/rename', { to: text }],
    (text, network) => names(network).includes(text),
  ],
  [
    'the name of a new LAN',
    (text) => ['POST', '/lans', { name: text, prefixes: ['192.168.44.0/24'] }],
    (text, network) => names(network).includes(text),
  ],
  [
    'a new name of a LAN',
    (text) => ['POST', '/lans/house/rename', { to: text }],
    (text, network) => names(network).includes(text),
  ],
  [
    'the name of a new host',
    (text) => ['POST', '/lans/house/hosts', { name: text, addresses: ['192.168.7.77'] }],
    (text, network) => names(network).includes(text),
  ],
  [
    'a new name of a host',
    (text) => ['POST', '/lans/house/hosts/nas/rename', { to: text }],
    (text, network) => names(network).includes(text),
  ],
  [
    'a note',
    (text) => machine(text, 'note'),
    (text, network) => network.machines.some(({ note }) => note?.value === text),
  ],
  ...[
    'platform',
    'endpoint',
    'expires',
    'keepalive',
    'mtu',
    'publicKey',
    'address',
    'lan',
    'lanAddress',
    'routes',
    'internet',
  ].map((field): Field => [`${field} of a machine`, (text) => machine(text, field), () => true]),
  ['the endpoint of the router', (text) => ['PATCH', '/routers/cloud', { endpoint: text }], () => true],
  ['prefixes of a LAN', (text) => ['PATCH', '/lans/house', { prefixes: [text] }], () => true],
  ['via of a LAN', (text) => ['PATCH', '/lans/house', { via: text }], () => true],
  ['a default gateway', (text) => ['PATCH', '/lans/house', { defaultGateway: [text] }], () => true],
  ['addresses of a host', (text) => ['PUT', '/lans/house/hosts/nas', { addresses: [text] }], () => true],
  ['a name in the path', (text) => ['PATCH', `/machines/${encodeURIComponent(text)}`, { note: 'x' }], () => true],
  ['a name to be removed', (text) => ['DELETE', `/machines/${encodeURIComponent(text)}`, undefined], () => true],
];

/** What a configuration may have: anything else would be an order that somebody smuggled in. */
const LINE =
  /^(|#.*|\[(Interface|Peer)\]|(PrivateKey|PublicKey|PresharedKey|Address|MTU|Endpoint|AllowedIPs|PersistentKeepalive|ListenPort|Table|FwMark) = [\w.:/+=, <>-]*|(PostUp|PreUp|PostDown|PreDown) = (?!.*(pwned|\bid\b)).*)$/;

describe('text that tries to be more', () => {
  for (const [what, ask, kept] of FIELDS) {
    test(`in ${what} is refused or stays text`, async (t) => {
      const served = await ServedPage.begin(t);
      const who: Credentials = await served.token('read', 'write');
      let taken = 0;
      // Where only addresses and the like are taken, a third of them does.
      const attempts = /name|note/.test(what) ? ATTEMPTS : ATTEMPTS.filter((_, i) => i % 3 === 0);
      for (const text of attempts) {
        const before = served.text;
        const [method, path, body] = ask(text);
        const reply = await served.ask(method, path, who, { body });
        const told = `${JSON.stringify(text.slice(0, 60))}: ${reply.status} ${reply.text.slice(0, 300)}`;
        assert.ok(reply.status === 200 || (reply.status >= 400 && reply.status < 500), told);
        assert.match(String(reply.headers['content-type']), /^application\/json/);
        if (reply.status !== 200) {
          assert.equal(served.text, before, told);
          continue;
        }
        taken++;
        const { network } = parseNetwork(served.text, 'network.yaml');
        assert.ok(network !== null, told);
        assert.ok(kept(text, network), told);
        const plan = planNetwork(network).plan!;
        assert.deepEqual(new Set(plan.devices.map(({ kind }) => kind)), new Set(['router', 'machine']));
        for (const { name, kind } of plan.devices) {
          const rendered = kind === 'machine' ? renderWgQuick(plan, name) : { text: '' };
          if (!('text' in rendered)) continue;
          for (const line of rendered.text.split('\n')) assert.match(line, LINE, told);
        }
        // From the same file again.
        writeFileSync(served.paths.file, before);
      }
      if (what === 'a note') assert.ok(taken > 20, `${taken}`);
      assert.deepEqual(served.troubles, []);
      // What was observed is still there, whatever was in it.
      const audit = await served.ask('GET', '/audit?most=500', await served.token('admin'));
      assert.equal(audit.json.entries.length > 0, true);
    });
  }
});
