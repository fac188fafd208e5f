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
    assert.deepEqual(groundOf(textOf('masquerade'), unclamped).run(`limit=5; ${steps}`), whole.slice(0, 1));
  });
});

test('with a ULA prefix every carved LAN is reached, and what does not exist is unreachable at the router', {
  skip,
}, () => {
  const printed = groundOf(textOf('ula')).run(`
reaches phone fd4c:91b7:2ae0:4::2; reaches nas fd4c:91b7:2ae0:5::10; reaches tv fd4c:91b7:2ae0:4::2; reaches desk 10.93.0.10
reaches tv fd4c:91b7:2ae0::2; reaches gw-d fd4c:91b7:2ae0:5::10; reaches desk fd4c:91b7:2ae0:4::2
tcp nas fd4c:91b7:2ae0:5::10; tcp phone fd4c:91b7:2ae0:4::2
in_ns nas ping -n -c 1 -W 1 fd4c:91b7:2ae0:77::1 | grep -o 'From.*' || true
in_ns gw-b ip link set lan2 down; in_ns tv ping -n -c 1 -W 1 fd4c:91b7:2ae0:1::9 | grep -o 'From.*' || true
in_ns phone ping -n -c 1 -W 1 fd4c:91b7:2ae0:1::9 | grep -o 'From.*' || true; down gw-b; in_ns gw-b ip -6 route show type unreachable`);
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
    // A LAN that is down ends at its carrier, for its neighbours and for others.
    'From fd4c:91b7:2ae0:5::2 icmp_seq=1 Destination unreachable: No route',
    'From fd4c:91b7:2ae0::5 icmp_seq=1 Destination unreachable: No route',
  ]);
});

describe('proxy', { skip }, () => {
  test('hosts reach borrowers as neighbours, at once, and are reached with true addresses', () => {
    const printed = groundOf(textOf('proxy')).run(`
once() { if in_ns $1 ping -n -c 1 -W 5 $2 >/dev/null 2>&1; then echo "$1 reaches $2 at once"; else echo "$1 loses $2"; fi; }
for m in phone laptop pi desk guest gw-barn; do reaches $m 10.66.0.1; done > /dev/null
once nas 10.94.0.200; once nas 10.94.0.201; once nas fd4c:91b7:2ae0:1::200
pi=$(in_ns pi cat /sys/class/net/lan0/address)
in_ns nas ip neigh | awk -v pi=$pi '$5 == pi { print $1, "looks like pi" }' | sort
tcp nas 10.94.0.200; tcp nas fd4c:91b7:2ae0:1::200; tcp phone 10.94.0.10; tcp phone fd4c:91b7:2ae0:1::10; udp laptop 10.94.0.10
reaches desk 10.94.0.200; reaches phone 10.66.0.5; reaches cow 10.94.0.200; reaches phone 10.95.0.10; reaches guest 10.94.0.201
reaches phone 10.94.0.201; reaches pi 10.94.0.200; fails nas 10.66.0.3
in_ns nas ping -n -c 1 -W 1 10.94.0.202 >/dev/null || echo "nobody answers for others: $(in_ns nas ip neigh show 10.94.0.202 | grep -c $pi || true)"`);
    assert.deepEqual(printed, [
      'nas reaches 10.94.0.200 at once',
      'nas reaches 10.94.0.201 at once',
      'nas reaches fd4c:91b7:2ae0:1::200 at once',
      '10.94.0.200 looks like pi',
      '10.94.0.201 looks like pi',
      'fd4c:91b7:2ae0:1::200 looks like pi',
      'tcp nas 10.94.0.200 seen as 10.94.0.10',
      'tcp nas fd4c:91b7:2ae0:1::200 seen as fd4c:91b7:2ae0:1::10',
      'tcp phone 10.94.0.10 seen as 10.94.0.200',
      'tcp phone fd4c:91b7:2ae0:1::10 seen as fd4c:91b7:2ae0:1::200',
      'udp laptop 10.94.0.10 seen as 10.94.0.201',
      'desk reaches 10.94.0.200',
      'phone reaches 10.66.0.5',
      'cow reaches 10.94.0.200',
      'phone reaches 10.95.0.10',
      'guest reaches 10.94.0.201',
      'phone reaches 10.94.0.201',
      'pi reaches 10.94.0.200',
      'nas cannot reach 10.66.0.3',
      'nobody answers for others: 0',
    ]);
  });

  test('down takes the answers and the switches back; up twice is up once', () => {
    const state = `state() { {
in_ns pi ip neigh show proxy; in_ns pi ip -6 neigh show proxy
for s in ipv4/neigh/lan0/proxy_delay ipv6/neigh/lan0/proxy_delay ipv6/conf/lan0/proxy_ndp ipv6/conf/lan0/forwarding ipv6/conf/lan0/accept_ra ipv4/conf/lan0/forwarding ipv4/conf/lan0/proxy_arp; do
echo "$s $(in_ns pi cat /proc/sys/net/$s)"; done; } | sed "s/^/$1 /"; }`;
    const printed = groundOf(textOf('proxy')).run(`${state}
down pi; state before; up pi; state up; in_ns pi ip link del wg-test; up pi; state again; down pi; state down; find /run/own-pi -name wg-test`);
    const at = (label: string) =>
      printed.filter((line) => line.startsWith(`${label} `)).map((line) => line.slice(label.length + 1));
    assert.deepEqual(at('up'), at('again'));
    assert.deepEqual(at('down'), at('before'));
    assert.ok(at('up').includes('10.94.0.200 dev lan0 proxy '), at('up').join('\n'));
    assert.ok(at('up').includes('ipv4/conf/lan0/proxy_arp 0'));
    assert.deepEqual(
      at('before').filter((line) => / proxy/.test(line)),
      [],
    );
  });
});

describe('seen-as', { skip }, () => {
  const steps = `
reaches phone 10.78.1.10; reaches phone 10.78.2.10; reaches phone fd00:1::10; reaches phone fd00:2::10
reaches nas-north 10.78.2.10; reaches nas-north 10.66.0.2; reaches nas-north fd00:2::10
tcp phone 10.78.1.10; tcp phone 10.78.2.10; tcp nas-north 10.78.2.10; udp nas-north 10.66.0.2; tcp nas-north fd4c:91b7:2ae0::2
reaches cam 10.78.1.10; tcp cam 10.78.1.10; tcp nas-north 10.97.0.10; reaches phone 10.78.1.5; reaches phone 10.78.2.7
reaches pi-north 192.168.33.10; reaches pi-north 10.78.2.10; reaches desk 10.78.2.10; reaches guest 10.78.2.10
fails phone 192.168.33.10; fails guest 10.78.1.10`;
  const expected = [
    'phone reaches 10.78.1.10',
    'phone reaches 10.78.2.10',
    'phone reaches fd00:1::10',
    'phone reaches fd00:2::10',
    'nas-north reaches 10.78.2.10',
    'nas-north reaches 10.66.0.2',
    'nas-north reaches fd00:2::10',
    'tcp phone 10.78.1.10 seen as 10.66.0.2',
    'tcp phone 10.78.2.10 seen as 192.168.33.7',
    'tcp nas-north 10.78.2.10 seen as 192.168.33.7',
    'udp nas-north 10.66.0.2 seen as 10.78.1.10',
    'tcp nas-north fd4c:91b7:2ae0::2 seen as fd00:1::10',
    'cam reaches 10.78.1.10',
    'tcp cam 10.78.1.10 seen as 10.97.0.10',
    'tcp nas-north 10.97.0.10 seen as 10.78.1.10',
    'phone reaches 10.78.1.5',
    'phone reaches 10.78.2.7',
    'pi-north reaches 192.168.33.10',
    'pi-north reaches 10.78.2.10',
    'desk reaches 10.78.2.10',
    'guest reaches 10.78.2.10',
    'phone cannot reach 192.168.33.10',
    'guest cannot reach 10.78.1.10',
  ];

  test('LANs with the same addresses reach each other and everybody under others, both ways', () => {
    assert.deepEqual(groundOf(textOf('seen-as')).run(steps), expected);
  });

  test('is the same with iptables', () => {
    assert.deepEqual(groundOf(textOf('seen-as'), withoutNft).run(steps), expected);
  });
});

test('beside Docker, which drops what is forwarded, a carrier forwards all the same', { skip }, () => {
  const docker = `down pi; for t in iptables ip6tables; do in_ns pi $t -P FORWARD DROP; in_ns pi $t -N DOCKER-USER; in_ns pi $t -A FORWARD -j DOCKER-USER; done`;
  const rules = '{ in_ns pi iptables-save; in_ns pi ip6tables-save; }';
  const steps = `${docker}; ${rules} | grep -v '^#' > /run/before; up pi
reaches phone 10.91.0.10; reaches phone fd4c:91b7:2ae0:1::10; reaches barn-pc 10.91.0.10; reaches barn-pc 10.66.0.2
down pi; ${rules} | grep -v '^#' | diff /run/before - && echo 'as before'
in_ns pi iptables -F DOCKER-USER; in_ns pi iptables -X DOCKER-USER 2>/dev/null || { in_ns pi iptables -F FORWARD; in_ns pi iptables -X DOCKER-USER; }
up pi; fails phone 10.91.0.10`;
  assert.deepEqual(groundOf(textOf('masquerade')).run(steps), [
    'phone reaches 10.91.0.10',
    'phone reaches fd4c:91b7:2ae0:1::10',
    'barn-pc reaches 10.91.0.10',
    'barn-pc reaches 10.66.0.2',
    'as before',
    'phone cannot reach 10.91.0.10',
  ]);
});
