/**
 * The script for a Linux default gateway, on real packets: a LAN with a host, the machine that carries it, and a default
 * gateway with each kind of firewall. The script makes both directions work, and takes back all that it did.
 *
 * ```
 *  host .10 ── bridge ── .5 pi ·· 10.66.0.2 (an inside address; on pi itself here)
 *                │
 *                .1 gw: routes to 10.66.0.0/24 and a firewall
 * ```
 */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { runPrivately, whyNotWith } from './private-namespace.ts';

const folder = mkdtempSync(join(tmpdir(), 'wg-router-gateway-'));
after(() => rmSync(folder, { recursive: true }));

const script = join(import.meta.dirname, 'gateway-platforms/gateways/at-linux-default-gateway.sh');

/** A connection from one address to another that carries a line each way; exit 0 when it did. */
const tcp = join(folder, 'tcp.mjs');
writeFileSync(
  tcp,
  `import net from 'node:net';
const [what, local, remote] = process.argv.slice(2);
if (what === 'listen') {
  net.createServer((socket) => { socket.on('error', () => {}); socket.pipe(socket); }).listen(7, '::');
} else {
  const socket = net.connect({ host: remote, port: 7, localAddress: local });
  setTimeout(() => process.exit(1), 2500);
  socket.on('error', () => process.exit(1));
  socket.write('x'.repeat(20000));
  let bytes = 0;
  socket.on('data', (data) => { bytes += data.length; if (bytes === 20000) process.exit(0); });
}
`,
);

const LAN = `
ip link add br0 type bridge; ip link set br0 up
add() {
  ip netns add "$1"; ip link add "p-$1" type veth peer name eth0 netns "$1"; ip link set "p-$1" master br0 up
  ip netns exec "$1" sh -c 'echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad; echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad
    echo 0 > /proc/sys/net/ipv4/conf/all/accept_redirects; echo 0 > /proc/sys/net/ipv4/conf/eth0/accept_redirects
    echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_redirects; echo 0 > /proc/sys/net/ipv6/conf/all/accept_redirects'
  ip -n "$1" link set lo up; ip -n "$1" link set eth0 up
  ip -n "$1" address add "10.81.1.$2/24" dev eth0; ip -n "$1" address add "fd4c:91b7:2ae0:1::$2/64" dev eth0
}
add gw 1; add pi 5; add host 10
for each in pi host; do
  ip -n $each route add default via 10.81.1.1; ip -n $each -6 route add default via fd4c:91b7:2ae0:1::1
done
ip -n pi address add 10.66.0.2/32 dev lo; ip -n pi address add fd4c:91b7:2ae0::2/128 dev lo
for each in pi gw; do ip netns exec $each sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'; done
for each in pi host; do ip netns exec $each ${process.execPath} ${tcp} listen & done
sleep 0.5
check() {
  if [ $1 = ping ]; then set -- ping ip netns exec $2 ping -q -c 1 -W 2 -I $3 $4; else set -- tcp ip netns exec $2 ${process.execPath} ${tcp} talk $3 $4; fi
  what=$1; shift; if "$@" >/dev/null 2>&1; then echo $what; else echo -; fi
}
try() {
  at=0; jobs=
  for pair in '10.66.0.2 10.81.1.10' 'fd4c:91b7:2ae0::2 fd4c:91b7:2ae0:1::10'; do
    for what in ping tcp; do
      at=$((at + 1)); check $what pi $pair > /run/said.$at & jobs="$jobs $!"
      at=$((at + 1)); check $what host \${pair#* } \${pair% *} > /run/said.$at & jobs="$jobs $!"
    done
  done
  wait $jobs
  echo "$1:" $(cat /run/said.*)
}
rules() { ip netns exec gw nft list ruleset; ip -n gw route show; ip -n gw -6 route show; }
gw() { ip netns exec gw sh ${script} "$@"; }
`;

/** Rulesets of the default gateway, as network files name them. */
const FIREWALLS: Readonly<Record<string, string>> = {
  'drop-invalid': `ip netns exec gw nft 'table inet filter { chain forward { type filter hook forward priority filter; policy drop; ct state invalid drop; ct state established,related accept; iifname "eth0" accept; }; }'`,
  'lan-to-wan-only': `ip netns exec gw nft 'table inet filter { chain forward { type filter hook forward priority filter; policy drop; ct state established,related accept; iifname "eth0" oifname "wan" accept; }; }'`,
  'a chain with the name that iptables uses': `
for family in ip ip6; do ip netns exec gw nft "table $family filter { chain FORWARD { type filter hook forward priority filter; policy drop; ct state invalid drop; iifname { \\"eth0\\", \\"eth1\\" } accept; }; }"; done`,
  'two tables, a family each': `
ip netns exec gw nft 'table ip four { chain forward { type filter hook forward priority 0; policy drop; ct state invalid drop; iifname "eth0" accept; }; }'
ip netns exec gw nft 'table ip6 six { chain fwd6 { type filter hook forward priority 5; policy drop; ct state invalid drop; iifname "eth0" accept; }; }'`,
};

const PING_AND_TCP = ' ping ping tcp tcp ping ping tcp tcp';

describe('the script for a Linux default gateway', { skip: whyNotWith('nft', 'ping', 'awk', 'mount') ?? false }, () => {
  for (const [name, rules] of Object.entries(FIREWALLS)) {
    test(`makes a firewall pass this traffic: ${name}`, () => {
      const said = runPrivately(`${LAN}${rules}
rules > /run/before; ip netns exec gw nft list ruleset > /run/own
gw routes; try before; ip netns exec gw nft list ruleset > /run/own-with-routes
cmp /run/own /run/own-with-routes && echo 'firewall as it was'
gw; rules > /run/once; gw; rules > /run/twice; try with; gw down; rules > /run/after
cmp /run/once /run/twice && cmp /run/before /run/after && echo undone
`);
      assert.match(said, new RegExp(`^with:${PING_AND_TCP}$`, 'm'));
      assert.match(said, /^undone$/m);
      assert.match(said, /^firewall as it was$/m);
      const before = /^before:(.*)$/m.exec(said)![1]!.trim().split(' ');
      assert.ok(!before.includes('tcp'), `TCP works with routes alone: ${before}`);
    });
  }

  test('makes iptables pass this traffic', { skip: whyNotWith('iptables', 'ip6tables') ?? false }, () => {
    const said = runPrivately(`${LAN}
for each in iptables ip6tables; do ip netns exec gw sh -c "
  $each -P FORWARD DROP; $each -A FORWARD -m conntrack --ctstate INVALID -j DROP; $each -A FORWARD -i eth0 -j ACCEPT"; done
rules() { ip netns exec gw iptables -S; ip netns exec gw ip6tables -S; ip -n gw route show; ip -n gw -6 route show; }
rules > /run/before; gw; rules > /run/once; gw; rules > /run/twice; try with; gw down; rules > /run/after
cmp /run/once /run/twice && cmp /run/before /run/after && echo undone
`);
    assert.match(said, new RegExp(`^with:${PING_AND_TCP}$`, 'm'));
    assert.match(said, /^undone$/m);
  });

  test('leaves a machine without a firewall without one, and says when the LAN is not there', () => {
    const said = runPrivately(`${LAN}
rules > /run/before; gw; try with; ip netns exec gw nft list ruleset > /run/rules; [ ! -s /run/rules ] && echo 'no rules'
gw down; rules > /run/after; cmp /run/before /run/after && echo undone
ip -n gw link set eth0 down; gw 2>&1 || echo "exit $?"
`);
    assert.match(said, new RegExp(`^with:${PING_AND_TCP}$`, 'm'));
    assert.match(said, /^no rules$/m);
    assert.match(said, /^undone$/m);
    assert.match(said, /10\.81\.1\.5 is on no network of this machine[\s\S]*exit 1$/m);
  });

  test('is the same text for every Linux platform, names and numbers apart', () => {
    const shape = (text: string) => text.replace(/^families\(\) \{[\s\S]*?^\}/m, '').replace(/^(#|name=).*\n/gm, '');
    const other = join(import.meta.dirname, 'gateway-platforms/gateways/networkd-lan-default-gateway.sh');
    assert.equal(shape(readFileSync(other, 'utf8')), shape(readFileSync(script, 'utf8')));
  });
});
