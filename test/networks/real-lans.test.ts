/**
 * Every way in which a LAN joins, with real packets: the generated files brought up as they are (`real-ground.ts`).
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { whyNot } from './private-namespace.ts';
import { groundOf } from './real-ground.ts';

const skip = whyNot() ?? false;
const textOf = (network: string) => readFileSync(join(import.meta.dirname, network, 'network.yaml'), 'utf8');

/** The files as on a machine without nft. */
const withoutNft = (file: string) => file.replaceAll('command -v nft', 'command -v no-such-nft');

describe('masquerade', { skip }, () => {
  const steps = `
reaches phone 10.91.0.10; reaches phone fd4c:91b7:2ae0:1::10; reaches phone 10.92.0.9
tcp phone 10.91.0.10; udp phone 10.91.0.10; tcp phone fd4c:91b7:2ae0:1::10; tcp barn-pc 10.91.0.10; tcp phone 10.91.4.10
fails nas 10.66.0.2; fails nas fd4c:91b7:2ae0::2; fails nas 10.91.4.10; reaches barn-pc 10.66.0.2
`;
  const expected = [
    'phone reaches 10.91.0.10',
    'phone reaches fd4c:91b7:2ae0:1::10',
    'phone reaches 10.92.0.9',
    'tcp phone 10.91.0.10 seen as 10.91.0.5',
    'udp phone 10.91.0.10 seen as 10.91.0.5',
    'tcp phone fd4c:91b7:2ae0:1::10 seen as fd4c:91b7:2ae0:1::5',
    'tcp barn-pc 10.91.0.10 seen as 10.91.0.5',
    'tcp phone 10.91.4.10 seen as 10.66.0.2',
    'nas cannot reach 10.66.0.2',
    'nas cannot reach fd4c:91b7:2ae0::2',
    'nas cannot reach 10.91.4.10',
    'barn-pc reaches 10.66.0.2',
  ];

  test('hosts see the carrier, reply, and cannot open connections; the other LAN sees true addresses', () => {
    assert.deepEqual(groundOf(textOf('masquerade')).run(steps), expected);
  });

  test('is the same with iptables', () => {
    assert.deepEqual(groundOf(textOf('masquerade'), withoutNft).run(steps), expected);
  });

  test('down takes the table away and nothing else; up twice is up once', () => {
    const tables = 'tables() { in_ns pi nft list ruleset | sed "s/^/$1 /"; }';
    const printed = groundOf(textOf('masquerade')).run(`${tables}
in_ns pi nft 'table ip other { chain c { type filter hook forward priority 0; }; }'
tables up; in_ns pi ip link del wg-test; up pi; tables again; down pi; tables down`);
    const at = (label: string) =>
      printed.filter((line) => line.startsWith(`${label} `)).map((line) => line.slice(label.length));
    assert.ok(at('up').some((line) => line.includes('table inet wg-router-wg-test')));
    assert.deepEqual(at('again').toSorted(), at('up').toSorted());
    assert.deepEqual(
      at('down').filter((line) => line.includes('table')),
      [' table ip other {'],
    );
  });

  test('down takes the chains of iptables away', () => {
    const tables =
      'tables() { in_ns pi iptables-save | grep wgr- | sed "s/^/$1 /" || true; in_ns pi ip6tables-save | grep wgr- | sed "s/^/$1 /" || true; }';
    const printed = groundOf(textOf('masquerade'), withoutNft).run(`${tables}
tables up; in_ns pi ip link del wg-test; up pi; tables again; down pi; tables down`);
    const at = (label: string) =>
      printed.filter((line) => line.startsWith(`${label} `)).map((line) => line.slice(label.length));
    assert.ok(at('up').length > 10);
    assert.deepEqual(at('again'), at('up'));
    assert.deepEqual(at('down'), []);
  });
});

describe('a large transfer between hosts of two LANs, where no ICMP arrives', { skip }, () => {
  const steps = `
for n in barn-pc till; do in_ns $n nft 'table inet deaf { chain c { type filter hook input priority 0; icmp type destination-unreachable drop; icmpv6 type packet-too-big drop; }; }'; done
reaches barn-pc 10.92.0.10; tcp barn-pc 10.92.0.10 200000`;
  const whole = ['barn-pc reaches 10.92.0.10', 'tcp barn-pc 10.92.0.10 seen as 10.92.0.9'];

  test('passes, because the carriers clamp the segment size', () => {
    assert.deepEqual(groundOf(textOf('masquerade')).run(steps), whole);
    assert.deepEqual(groundOf(textOf('masquerade'), withoutNft).run(steps), whole);
  });

  test('would stall without', () => {
    const unclamped = (file: string) => file.replaceAll(' tcp option maxseg size set rt mtu', ' accept');
    assert.deepEqual(groundOf(textOf('masquerade'), unclamped).run(steps), whole.slice(0, 1));
  });
});

test('with a ULA prefix every carved LAN is reached, and what does not exist is unreachable at the router', {
  skip,
}, () => {
  const printed = groundOf(textOf('ula')).run(`
reaches phone fd4c:91b7:2ae0:4::2; reaches nas fd4c:91b7:2ae0:5::10; reaches tv fd4c:91b7:2ae0:4::2; reaches desk 10.93.0.10
reaches tv fd4c:91b7:2ae0::2; reaches gw-d fd4c:91b7:2ae0:5::10; reaches desk fd4c:91b7:2ae0:4::2
tcp nas fd4c:91b7:2ae0:5::10; tcp phone fd4c:91b7:2ae0:4::2
in_ns nas ping -n -c 1 -W 1 fd4c:91b7:2ae0:77::1 | grep -o 'From.*' || true`);
  assert.deepEqual(printed, [
    'phone reaches fd4c:91b7:2ae0:4::2',
    'nas reaches fd4c:91b7:2ae0:5::10',
    'tv reaches fd4c:91b7:2ae0:4::2',
    'desk reaches 10.93.0.10',
    'tv reaches fd4c:91b7:2ae0::2',
    'gw-d reaches fd4c:91b7:2ae0:5::10',
    'desk reaches fd4c:91b7:2ae0:4::2',
    'tcp nas fd4c:91b7:2ae0:5::10 seen as fd4c:91b7:2ae0:4::2',
    'tcp phone fd4c:91b7:2ae0:4::2 seen as fd4c:91b7:2ae0::2',
    'From fd4c:91b7:2ae0::1 icmp_seq=1 Destination unreachable: No route',
  ]);
});
