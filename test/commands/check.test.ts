/**
 * `check`: expectations that are proved, the matrix where there are none, and what an edit means.
 */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Workplace } from './workplace.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

const HOME = `name: home
inside: [10.66.0.0/24]
routers:
  cloud: {endpoint: "vpn.example.net:51820"}
machines:
  phone: {platform: android}
  laptop: {platform: linux}
  pi: {platform: linux, lan: home, lan-address: [10.81.7.5]}
lans:
  home:
    prefixes: [10.81.7.0/24]
    via: pi
    attach: masquerade
    default-gateway: [10.81.7.1]
    hosts: {nas: [10.81.7.10]}
`;

interface Answer {
  readonly network: string;
  readonly expectations: readonly {
    readonly text: string;
    readonly holding: string;
    readonly notes: readonly string[];
    readonly pair: { readonly families: readonly { readonly explanation: { readonly cause: unknown } }[] } | null;
  }[];
  readonly matrix: {
    readonly sources: readonly { readonly names: readonly string[]; readonly members: readonly string[] }[];
    readonly cells: readonly (readonly ({ readonly verdict: string } | null)[])[];
  } | null;
  readonly diagnostics: readonly { readonly code: string; readonly trace?: readonly { readonly at: string }[] }[];
}

describe('check', () => {
  for (const file of readdirSync(EXAMPLES).filter((name) => name.endsWith('.yaml'))) {
    test(`${file} of the examples holds what it expects`, async (t) => {
      const place = new Workplace(t);
      const ran = await place.run(['check', join(EXAMPLES, file)]);
      assert.equal(ran.code, 0, ran.stderr);
      assert.match(ran.stdout, /\nExpected\n( {2}✓ .*\n)+$/);
      assert.deepEqual(place.list(), []);
    });
  }

  test('what does not hold is an error at its sentence, with the way of the packet, and the exit code is 1', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', `${HOME}expect: [phone reaches nas, nas reaches phone]\n`);
    const ran = await place.run(['check']);
    assert.equal(ran.code, 1);
    assert.equal(ran.stdout, '');
    assert.match(ran.stderr, /^network\.yaml:16:29: error\[expectation-broken\]: Cannot fulfil "nas reaches phone": /);
    assert.match(
      ran.stderr,
      /\n {5}> default gateway of home {2}has no route to 10\.66\.0\.2\nnetwork\.yaml:13:13: note: /,
    );
    assert.match(ran.stderr, /\n1 of 2 expectations does not hold\n$/);
    const asked = await place.run(['check', '--json']);
    assert.equal(asked.code, 1);
    const answer: Answer = JSON.parse(asked.stdout);
    assert.equal(answer.network, 'home');
    assert.deepEqual(
      answer.expectations.map(({ text, holding }) => [text, holding]),
      [
        ['phone reaches nas', 'holds'],
        ['nas reaches phone', 'broken'],
      ],
    );
    assert.ok(answer.expectations[1]!.pair!.families[0]!.explanation.cause);
    assert.equal(answer.diagnostics.at(-1)!.trace!.at(-1)!.at, 'default gateway of home');
    assert.equal(answer.matrix, null);
  });

  test('what holds and nothing enforces is said', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', `${HOME}expect: [home does not reach inside over ipv4, nas reaches pi]\n`);
    const ran = await place.run(['check']);
    assert.equal(ran.code, 1, 'hosts of the LAN reach the machine that stands there');
    place.write('network.yaml', `${HOME}expect: [home does not reach phone]\n`);
    assert.match(await place.good('check'), /\n {2}✓ home does not reach phone {2}2 pairs; nothing enforces it: /);
    const { expectations }: Answer = JSON.parse(await place.good('check', '--json'));
    assert.deepEqual(expectations[0]!.notes, ['nothing-enforces-it']);
  });

  test('without expectations it shows who reaches whom, those who fare alike together', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', HOME);
    const ran = await place.run(['check']);
    assert.equal(ran.code, 0);
    assert.match(ran.stdout, /\n {2}1 cloud, phone, laptop {2}✓ ✓ ✓\n {2}2 pi {20}✓ {3}✓\n {2}3 home {18}✗ ✓ ✓\n/);
    assert.match(
      ran.stdout,
      /\nIn one direction only\n {2}cloud, phone, laptop → home: not back, because the default gateway/,
    );
    assert.match(
      ran.stdout,
      /\n {2}everyone reaches every host of home, also those that are not named here; nothing filters\n/,
    );
    assert.match(ran.stderr, /\nnext: .*\n {6}wg-router explain nas cloud\n$/);
    const { matrix }: Answer = JSON.parse(await place.good('check', '--json'));
    assert.deepEqual(matrix!.sources, [
      { names: ['cloud', 'phone', 'laptop'], members: ['cloud', 'phone', 'laptop'] },
      { names: ['pi'], members: ['pi'] },
      { names: ['home'], members: ['nas', 'other hosts of home'] },
    ]);
    assert.deepEqual(
      matrix!.cells.map((row) => row.map((cell) => cell?.verdict ?? null)),
      [
        ['works', 'works', 'works'],
        ['works', null, 'works'],
        ['fails', 'works', 'works'],
      ],
    );
  });

  test('a network in which everyone reaches everyone needs no table', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', HOME.slice(0, HOME.indexOf('lans:')).replace(/ {2}pi:.*\n/, ''));
    assert.match(
      await place.good('check'),
      /\nWho reaches whom\n {2}Everyone reaches everyone: ping, TCP and UDP\.\n$/,
    );
  });

  test('a large network has its table too, and expectations of everybody', async (t) => {
    const place = new Workplace(t);
    const machines = Array.from({ length: 120 }, (_, i) => `  m${i}: {}\n`).join('');
    place.write(
      'network.yaml',
      `name: x\ninside: [10.66.0.0/16]\nrouters: {c: {endpoint: "203.0.113.5:51820"}}\nmachines:\n${machines}`,
    );
    const ran = await place.run(['check']);
    assert.equal(ran.code, 0);
    assert.match(ran.stdout, /Who reaches whom\n {2}Everyone reaches everyone: ping, TCP and UDP\./);
    place.write('before.yaml', place.read('network.yaml'));
    place.write('network.yaml', `${place.read('network.yaml')}expect: [m1 reaches m2, everyone reaches everyone]\n`);
    assert.match(await place.good('check'), /\n {2}✓ everyone reaches everyone {2}14520 pairs\n/);
    place.write(
      'network.yaml',
      place
        .read('network.yaml')
        .replace('m7: {}', 'm7: {}\n  m120: {}')
        .replace(/expect:.*\n/, ''),
    );
    assert.match(
      await place.good('check', '--diff', 'before.yaml'),
      /New\n {2}m120: reaches all others, reached by all others\n/,
    );
  });

  test('--diff says what an edit makes reachable, unreachable, new and gone', async (t) => {
    const place = new Workplace(t);
    place.write('before.yaml', HOME);
    place.write(
      'network.yaml',
      HOME.replace('attach: masquerade', 'attach: static-route\n    gateway-firewall: established')
        .replace('laptop: {platform: linux}', 'laptop: {platform: linux, routes: [inside]}')
        .replace('  phone:', '  tablet: {}\n  phone:')
        .replace('hosts: {nas: [10.81.7.10]}', 'hosts: {}'),
    );
    assert.equal(
      await place.good('check', '--diff', 'before.yaml'),
      `from before.yaml to network.yaml

Reachable now
  home → cloud, phone: fails before, works now

No longer reachable
  laptop → home: works before, fails now

New
  tablet: reaches all others, reached by all others

Gone
  nas
`,
    );
    const changes = JSON.parse(await place.good('check', '--diff', 'before.yaml', '--json'));
    assert.deepEqual(changes.lost, [
      { from: ['laptop'], to: ['other hosts of home'], before: 'works', after: 'fails' },
    ]);
    assert.deepEqual([changes.added, changes.removed], [['tablet'], ['nas']]);
    assert.match(await place.good('check', '--diff', 'network.yaml'), /\nNothing changes: /);
    const piped = await place.run(['check', '--diff', '-'], { input: HOME });
    assert.match(piped.stdout, /^from \(standard input\) to network\.yaml\n\nReachable now\n/);
  });

  test('--diff with a file that has mistakes, or that is not there, is no answer', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', HOME);
    place.write('before.yaml', HOME.replace('via: pi', 'via: pie'));
    const ran = await place.run(['check', '--diff', 'before.yaml']);
    assert.equal(ran.code, 1);
    assert.match(
      ran.stderr,
      /^before\.yaml:12:10: error\[unknown-name\][\s\S]*\nwhat it is compared with has mistakes\n$/,
    );
    assert.equal((await place.run(['check', '--diff', 'nowhere.yaml'])).code, 2);
  });
});
