/**
 * What the carrier of an exit does to packets for the internet, with nft and with iptables, and that it is all taken back.
 * That the router chooses the exit by source, `lab/tests/internet.test.ts` shows; the router here sends everything there.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { whyNot } from './private-namespace.ts';
import { groundOf } from './real-ground.ts';

const skip = whyNot() ?? false;
const textOf = (network: string) => readFileSync(join(import.meta.dirname, network, 'network.yaml'), 'utf8');
const withoutNft = (file: string) => file.replaceAll('command -v nft', 'command -v no-such-nft');

/** A web server beyond the wan, and a router that takes `$1` for everybody's way there. */
const WEB = `
host web; plug wan web w99 eth0; ip -n web addr add 198.51.100.99/24 dev eth0; ip -n web addr add 2001:db8::99/64 dev eth0
ip -n web addr add 192.0.2.9/32 dev lo; ip -n web addr add 2001:db8:9::9/128 dev lo; wait_for_hosts
leads_to() { own=$(in_ns cloud wg show wgr0 allowed-ips | awk -v p="$2" '$0 ~ p { k = $1; $1 = ""; gsub(" +", ","); print k, substr($0, 2) }')
  in_ns cloud wg set wgr0 peer \${own% *} allowed-ips \${own#* },0.0.0.0/0,::/0
  ip -n cloud route add 192.0.2.9 dev wgr0; ip -n cloud -6 route add 2001:db8:9::9 dev wgr0; }
state() { { in_ns $2 nft -s list table inet wg-router-wg-test 2>/dev/null || true; in_ns $2 iptables-save | grep wgr- || true; in_ns $2 ip6tables-save | grep wgr- || true
  in_ns $2 ip route show; in_ns $2 ip -6 route show | grep -v fe80; in_ns $2 ip rule; for f in /proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv6/conf/*/force_forwarding; do
    case $f in */wg-test/*) ;; *) in_ns $2 sh -c "echo $f \\$(cat $f 2>/dev/null)";; esac; done; } | sed "s/^/$1 /"; }
`;

describe('an exit', { skip }, () => {
  const byGateway = `${WEB}
ip -n gate addr add 2001:db8::77/64 dev wan0; down gate; ip -n gate route add default via 198.51.100.99; ip -n gate route add default via 2001:db8::99
state before gate; up gate; leads_to gate 10.66.0.3/32
tcp phone 192.0.2.9; tcp phone 2001:db8:9::9; tcp desk 192.0.2.9; tcp pi 192.0.2.9
tcp phone 10.91.0.10; reaches nas 10.66.0.2; fails phone 198.51.100.250
ip -n web route add 10.66.0.2 via 198.51.100.11; ip -n web -6 route add fd4c:91b7:2ae0::2 via 2001:db8::77; fails web 10.66.0.2; fails web fd4c:91b7:2ae0::2
state up gate; in_ns gate ip link del wg-test; up gate; state again gate; down gate; state after gate`;
  const expected = [
    'tcp phone 192.0.2.9 seen as 198.51.100.11',
    'tcp phone 2001:db8:9::9 seen as 2001:db8::77',
    'tcp desk 192.0.2.9 seen as 198.51.100.11',
    'tcp pi 192.0.2.9 seen as 198.51.100.11',
    'tcp phone 10.91.0.10 seen as 10.66.0.2',
    'nas reaches 10.66.0.2',
    'phone cannot reach 198.51.100.250',
    'web cannot reach 10.66.0.2',
    'web cannot reach fd4c:91b7:2ae0::2',
  ];

  for (const [tables, edit] of [
    ['nft', undefined],
    ['iptables', withoutNft],
  ] as const) {
    test(`on a default gateway sends under its own address, lets in replies only, and leaves nothing behind, with ${tables}`, () => {
      const printed = groundOf(textOf('internet'), edit).run(byGateway);
      const states = (label: string) =>
        printed.filter((line) => line.startsWith(`${label} `)).map((line) => line.slice(label.length + 1));
      assert.deepEqual(
        printed.filter((line) => !/^(before|up|again|after) /.test(line)),
        expected,
      );
      assert.ok(states('up').length > states('before').length);
      assert.deepEqual(states('again').toSorted(), states('up').toSorted());
      assert.deepEqual(states('after'), states('before'));
    });
  }

  // The gateway has the internet, and hides its hosts' IPv4 as such boxes do; pi has a global IPv6 address there.
  const byProxy = `${WEB}
plug wan default-house w98 wan0; ip -n default-house addr add 198.51.100.77/24 dev wan0; ip -n default-house addr add 2001:db8::77/64 dev wan0
ip -n default-house addr add 2001:db8:5::1/64 dev eth0; ip -n pi addr add 2001:db8:5::5/64 dev lan0; ip -n web -6 route add 2001:db8:5::/64 via 2001:db8::77
for to in 192.0.2.9/32 2001:db8:9::9/128; do case $to in *:*) via=2001:db8::99;; *) via=198.51.100.99;; esac; ip -n default-house route add $to via $via; done
ip -n pi route add 192.0.2.9 via 10.94.0.1; ip -n pi -6 route add 2001:db8:9::9 via fe80::1 dev lan0
in_ns default-house nft 'table inet g { counter lent { }; counter carrier { }; chain f { type filter hook forward priority 0; oifname wan0 ip saddr 10.94.0.200 counter name lent; oifname wan0 ip saddr 10.94.0.5 counter name carrier; }; chain n { type nat hook postrouting priority 100; oifname wan0 meta nfproto ipv4 masquerade; }; }'
gateway_saw() { in_ns default-house nft reset counters | awk '/counter/ { n = $2 } /packets/ { print n, ($2 > 0 ? "seen" : "not seen") }' | sort; }
leads_to pi 10.66.0.4/32
tcp phone 192.0.2.9; gateway_saw; tcp laptop 192.0.2.9; gateway_saw
tcp phone 2001:db8:9::9; tcp laptop 2001:db8:9::9; tcp phone 10.94.0.10; tcp phone fd4c:91b7:2ae0:1::10; tcp nas 10.94.0.200`;

  test('on a LAN that lends addresses sends those as they are, as hosts of the LAN, and others under its own', () => {
    assert.deepEqual(groundOf(textOf('internet-by-proxy')).run(byProxy), [
      'tcp phone 192.0.2.9 seen as 198.51.100.77',
      'carrier not seen',
      'lent seen',
      'tcp laptop 192.0.2.9 seen as 198.51.100.77',
      'carrier seen',
      'lent not seen',
      // Nobody knows the way to a ULA.
      'tcp phone 2001:db8:9::9 seen as 2001:db8:5::5',
      'tcp laptop 2001:db8:9::9 seen as 2001:db8:5::5',
      'tcp phone 10.94.0.10 seen as 10.94.0.200',
      'tcp phone fd4c:91b7:2ae0:1::10 seen as fd4c:91b7:2ae0:1::200',
      'tcp nas 10.94.0.200 seen as 10.94.0.10',
    ]);
  });
});
