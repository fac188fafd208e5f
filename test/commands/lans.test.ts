/**
 * LANs by the command line: every way to join, and who must fetch a new configuration afterwards.
 */

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { Workplace } from './workplace.ts';

const NETWORK = `name: home
inside: [10.66.0.0/24]
routers:
  cloud: {endpoint: "vpn.example.net:51820", address: [10.66.0.1], public-key: 3VXJt6Jb0XQ2Tn2f2kJm6mDs5lq8o1x2b4l7Xq8kT1A=}
machines:
  phone: {platform: linux}
  pi: {platform: linux, lan: house, lan-address: [10.81.7.5]}
  desk: {platform: linux, lan: house, lan-address: [10.81.7.9]}
  watch: {platform: linux, routes: [inside]}
  clock: {platform: linux, routes: [inside, house]}
  attic: {platform: linux}
lans:
  house: {prefixes: [10.81.7.0/24], via: pi, attach: static-route, default-gateway: [10.81.7.1]}
`;

/** The names in `check --json`'s list of who must fetch, after everybody had. */
async function staleAfter(place: Workplace, ...words: readonly string[]): Promise<string[]> {
  await place.good('config', '--all', 'out');
  assert.deepEqual(JSON.parse(await place.good('check', '--json')).stale, []);
  await place.good(...words);
  return (JSON.parse(await place.good('check', '--json')).stale as string[]).toSorted();
}

function workplace(t: TestContext): Workplace {
  const place = new Workplace(t);
  place.write('network.yaml', NETWORK);
  return place;
}

describe('who must fetch a new configuration', () => {
  test('of one more machine, nobody hears but itself', async (t) => {
    assert.deepEqual(await staleAfter(workplace(t), 'add', 'machine', 'tv', '--lan', 'house'), []);
  });

  test('of a new LAN, those who send everything; not those who said what they send', async (t) => {
    const stale = await staleAfter(
      workplace(t),
      ...['add', 'lan', 'loft', '--prefix', '10.83.0.0/24', '--via', 'attic', '--lan-address', '10.83.0.1'],
      ...['--attach', 'default-gateway'],
    );
    assert.deepEqual(stale, ['attic', 'desk', 'phone', 'pi']);
  });

  test('of a new LAN within the ULA prefix, its carrier alone', async (t) => {
    const place = new Workplace(t);
    const text = NETWORK.replace('inside: [10.66.0.0/24]', 'ula: fd4c:91b7:2ae0::/48\ninside: [carve]')
      .replaceAll('10.81.7.0/24', 'carve')
      .replaceAll(/10\.81\.7\.\d+/g, 'carve')
      .replace('attach: static-route, default-gateway: [carve]', 'attach: masquerade')
      .replace('address: [10.66.0.1], ', '');
    place.write('network.yaml', text);
    const stale = await staleAfter(
      place,
      ...[
        'add',
        'lan',
        'loft',
        '--prefix',
        'carve',
        '--via',
        'attic',
        '--lan-address',
        'carve',
        '--attach',
        'masquerade',
      ],
    );
    assert.deepEqual(stale, ['attic']);
  });

  test('of a host, nobody', async (t) => {
    assert.deepEqual(await staleAfter(workplace(t), 'add', 'host', '--lan', 'house', 'nas', '10.81.7.10'), []);
  });

  test('of one more lent address, its borrower, the carrier, its neighbours, and those who list what is inside', async (t) => {
    const place = new Workplace(t);
    const text = NETWORK.replace('attach: static-route', 'attach: proxy, lend: {phone: [10.81.7.200]}');
    place.write('network.yaml', text);
    await place.good('config', '--all', 'out');
    place.write(
      'network.yaml',
      place
        .read('network.yaml')
        .replace('lend: {', 'lend: {attic: [10.81.7.201], ')
        .replace(/(attic: \{[^}]*?), address: [^\]]*\]/, '$1'),
    );
    const { stale } = JSON.parse(await place.good('check', '--json'));
    // clock sends the whole LAN anyway.
    assert.deepEqual((stale as string[]).toSorted(), ['attic', 'desk', 'pi', 'watch']);
  });

  test('it is said to a person, and who comes first is next', async (t) => {
    const place = workplace(t);
    await staleAfter(
      place,
      ...['add', 'lan', 'loft', '--prefix', '10.83.0.0/24', '--via', 'attic', '--lan-address', '10.83.0.1'],
      ...['--attach', 'default-gateway'],
    );
    const { stderr, stdout } = await place.run(['check']);
    assert.match(stderr, /phone, pi, desk, attic must fetch a new configuration/);
    assert.match(stderr, /next: wg-router config phone/);
    assert.match(stdout, /phone .*configuration is old/);
    await place.good('config', 'phone', '--output', '-');
    assert.doesNotMatch((await place.run(['check'])).stderr, /phone/);
  });
});

describe('add lan', () => {
  test('--lend lends addresses to machines', async (t) => {
    const place = workplace(t);
    place.write('network.yaml', NETWORK.replace('attach: static-route', 'attach: masquerade'));
    await place.good(
      ...['add', 'lan', 'loft', '--prefix', '10.83.0.0/24', '--via', 'attic', '--lan-address', '10.83.0.5'],
      ...['--attach', 'proxy', '--lend', 'phone=10.83.0.200,watch=10.83.0.201'],
    );
    assert.match(place.read('network.yaml'), /lend: \{phone: \[10\.83\.0\.200\], watch: \[10\.83\.0\.201\]\}/);
    const { machines } = JSON.parse(await place.good('check', '--json'));
    const addresses = Object.fromEntries(
      (machines as { name: string; addresses: string[] }[]).map((each) => [each.name, each.addresses.join()]),
    );
    assert.deepEqual([addresses.phone, addresses.watch], ['10.83.0.200', '10.83.0.201']);
    assert.match(await place.good('config', 'attic', '--output', '-'), /ip neigh replace proxy 10\.83\.0\.200 /);
  });

  test('--lend without an address, and --advertise of no known kind, are refused', async (t) => {
    const place = workplace(t);
    const loft = ['add', 'lan', 'loft', '--prefix', '10.83.0.0/24', '--via', 'attic', '--lan-address', '10.83.0.5'];
    for (const [words, code] of [
      [['--attach', 'proxy', '--lend', 'phone'], 'value-unreadable'],
      [['--attach', 'proxy', '--lend', 'phone=10.83.0.5'], 'lan-address-taken'],
      [['--attach', 'proxy', '--lend', 'nobody=10.83.0.200'], 'unknown-name'],
      [['--attach', 'static-route', '--default-gateway', '10.83.0.1', '--advertise', 'smoke'], 'unknown-value'],
    ] as const) {
      const ran = await place.run([...loft, ...words]);
      assert.equal(ran.code, 1, words.join(' '));
      assert.match(ran.stderr, new RegExp(`error\\[${code}\\]`));
    }
    assert.equal(place.read('network.yaml'), NETWORK);
  });

  test('--advertise says how hosts learn the route', async (t) => {
    const place = workplace(t);
    await place.good(
      ...['add', 'lan', 'loft', '--prefix', '10.83.0.0/24', '--via', 'attic', '--lan-address', '10.83.0.5'],
      ...['--attach', 'static-route', '--default-gateway', '10.83.0.1', '--advertise', 'dhcp'],
    );
    assert.match(place.read('network.yaml'), /advertise: \[dhcp\]/);
  });
});

describe('the internet through a LAN', () => {
  test('is said to the machine that is led, and changes its carrier for the first', async (t) => {
    const place = workplace(t);
    const led = await staleAfter(place, 'add', 'machine', 'tablet', '--platform', 'linux', '--internet', 'house');
    assert.deepEqual(led, ['pi']);
    const { stdout, stderr } = await place.run(['check']);
    assert.match(stdout, /tablet .*internet through house/);
    assert.match(
      stderr,
      /warning\[internet-family\]: What "tablet" sends to the internet over IPv6 leaves past LAN "house"/,
    );
    const ran = await place.run(['config', 'tablet', '--output', 'tablet.conf']);
    assert.match(ran.stderr, /everything it sends over IPv4 goes through the tunnel/);
    assert.match(ran.stderr, /over IPv6 does not/);
    assert.match(place.read('tablet.conf'), /^AllowedIPs = 0\.0\.0\.0\/0$/m);
    assert.deepEqual(await staleAfter(place, 'add', 'machine', 'phone-2', '--internet', 'house'), []);
    const { machines } = JSON.parse(await place.good('check', '--json'));
    const through = (machines as { name: string; internet: string | null }[]).filter((each) => each.internet !== null);
    assert.deepEqual(
      through.map((each) => `${each.name} ${each.internet}`),
      ['tablet house', 'phone-2 house'],
    );
  });
});
