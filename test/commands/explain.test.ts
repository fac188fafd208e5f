/**
 * `explain`: what a person and a program are told about a pair, and the exit code.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertFailure, type Ran, Workplace } from './workplace.ts';

const HOME = `name: home
inside: [10.66.0.0/24, "fd4c:91b7:2ae0::/64"]
routers:
  cloud: {endpoint: "vpn.example.net:51820"}
machines:
  phone: {platform: android}
  laptop: {platform: linux, routes: [inside]}
  pi: {platform: linux, lan: home, lan-address: [10.81.7.5]}
lans:
  home:
    prefixes: [10.81.7.0/24]
    via: pi
    attach: masquerade
    default-gateway: [10.81.7.1]
    hosts: {nas: [10.81.7.10]}
groups: {family: [phone, laptop]}
`;

interface Answer {
  readonly from: string;
  readonly to: string;
  readonly verdict: string | null;
  readonly tried: number;
  readonly pairs: number;
  readonly families: readonly {
    readonly family: string;
    readonly verdict: string;
    readonly protocols: Record<string, string>;
    readonly explanation: { readonly cause: { readonly disposition: string } | null; readonly packets: unknown[] };
  }[];
  readonly notes: readonly string[];
}

function at(place: Workplace): (...words: string[]) => Promise<Ran> {
  place.write('network.yaml', HOME);
  return (...words) => place.run(['explain', ...words]);
}

async function answer(place: Workplace, exit: number, ...words: string[]): Promise<Answer> {
  const ran = await at(place)(...words, '--json');
  assert.equal(ran.code, exit, ran.stdout + ran.stderr);
  assert.equal(ran.stderr, '');
  return JSON.parse(ran.stdout);
}

describe('explain', () => {
  test('what works is shown out and back, and the exit code is 0', async (t) => {
    const ran = await at(new Workplace(t))('phone', 'nas');
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(
      ran.stdout,
      /^phone reaches nas\n {2}over IPv4: ping, TCP and UDP work\n\nout {3}phone 10\.66\.0\.2 → nas/,
    );
    assert.match(ran.stdout, /\nback {2}nas 10\.81\.7\.10 → 10\.81\.7\.5 \(reply\)\n/);
    assert.match(ran.stdout, /\nnote {2}nas sees 10\.81\.7\.5, an address of pi/);
    assert.doesNotMatch(ran.stdout, /✗|cause|\u001b/);
  });

  test('what fails ends at the guilty line with a cure, and the exit code is 1', async (t) => {
    const ran = await at(new Workplace(t))('nas', 'phone');
    assert.equal(ran.code, 1);
    assert.match(ran.stdout, /^nas does not reach phone\n/);
    assert.match(ran.stdout, /\n✗ default gateway of home {2}has no route to 10\.66\.0\.2\n/);
    assert.match(ran.stdout, /\n {6}network\.yaml:13:13: LAN home joins by masquerade\n +13 \| +attach: masquerade\n/);
    assert.match(ran.stdout, /\ncure {2}with `attach: masquerade` hosts of LAN home can answer and not begin/);
  });

  test('a program gets verdicts, hops and cause of each family', async (t) => {
    const found = await answer(new Workplace(t), 0, 'phone', 'laptop');
    assert.deepEqual([found.from, found.to, found.verdict, found.pairs], ['phone', 'laptop', 'works', 1]);
    assert.deepEqual(
      found.families.map(({ family, protocols }) => [family, protocols]),
      ['ipv4', 'ipv6'].map((family) => [family, { ping: 'works', tcp: 'works', udp: 'works' }]),
    );
    assert.ok(found.families.every(({ explanation }) => explanation.packets.length === 2));
  });

  test('of several pairs the first that does not work is shown', async (t) => {
    const found = await answer(new Workplace(t), 1, 'family', 'home');
    assert.deepEqual([found.from, found.to, found.tried, found.pairs], ['laptop', 'nas', 3, 4]);
    assert.equal(found.families[0]!.explanation.cause?.disposition, 'lost-on-the-internet');
    const works = await answer(new Workplace(t), 0, 'inside', 'phone');
    assert.deepEqual([works.from, works.to, works.tried, works.pairs], ['cloud', 'phone', 3, 3]);
  });

  test('one protocol and one family may be asked for', async (t) => {
    const port = await answer(new Workplace(t), 0, 'phone', 'nas', '--port', 'tcp/443');
    assert.deepEqual(port.families[0]!.protocols, { tcp: 'works' });
    const family = await answer(new Workplace(t), 0, 'phone', 'laptop', '--over', 'ipv6');
    assert.deepEqual(
      family.families.map((each) => each.family),
      ['ipv6'],
    );
    const none = await answer(new Workplace(t), 1, 'phone', 'nas', '--over', 'ipv6');
    assert.deepEqual([none.verdict, none.families], [null, []]);
  });

  test('addresses may stand for names', async (t) => {
    const named = await answer(new Workplace(t), 0, '10.66.0.2', '10.81.7.10');
    assert.deepEqual([named.from, named.to, named.notes], ['phone', '10.81.7.10', []]);
    const stranger = await answer(new Workplace(t), 1, '10.81.7.99', 'phone');
    assert.equal(stranger.from, 'another host of home');
    assert.match(stranger.notes[0]!, /^no host is named that has 10\.81\.7\.99: /);
    const nobody = await answer(new Workplace(t), 1, 'phone', '10.81.7.99');
    assert.equal(nobody.families[0]!.explanation.cause?.disposition, 'no-neighbour');
  });

  test('what cannot be meant is refused, with a cure', async (t) => {
    const explain = at(new Workplace(t));
    const naz = await explain('naz', 'phone');
    assertFailure(naz, 1, 'name-unknown');
    assert.match(naz.stderr, /did you mean: nas\n/);
    assertFailure(await explain('phone', 'phone'), 1, 'pair-missing');
    assertFailure(await explain('198.51.100.7', 'phone'), 1, 'address-unknown');
    assertFailure(await explain('phone', 'nas', '--port', 'http'), 1, 'port-unknown');
    assertFailure(await explain('phone', 'nas', '--over', '4'), 1, 'family-unknown');
    assertFailure(await explain('phone'), 1, 'argument-missing');
  });

  test('a file with mistakes is not explained', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', HOME.replace('via: pi', 'via: pie'));
    const ran = await place.run(['explain', 'phone', 'nas']);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /error\[unknown-name\]/);
    assert.equal(ran.stdout, '');
  });

  test('nothing is written', async (t) => {
    const place = new Workplace(t);
    await at(place)('phone', 'nas');
    assert.deepEqual(place.list(), ['network.yaml']);
    assert.equal(place.read('network.yaml'), HOME);
  });
});
