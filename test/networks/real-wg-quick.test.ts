/**
 * The configurations of the networks here, read by the real wg and brought up by the real wg-quick (wireguard-go), in
 * namespaces of their own. `wg-quick strip` accepts anything; so what `wg` made of a file is compared with the plan.
 */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { parseNetwork } from '../../src/description/parse.ts';
import { formatEndpoint } from '../../src/net/endpoint.ts';
import { formatKey } from '../../src/net/key.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import type { Plan, TunnelInterface } from '../../src/plan/plan.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { fillKeys } from '../../src/render/fill-keys.ts';
import { tunnelFileName } from '../../src/render/tunnel-name.ts';
import { renderWgQuick } from '../../src/render/wg-quick.ts';
import { runPrivately, whyNot } from './private-namespace.ts';

const here = import.meta.dirname;
const skip = whyNot() ?? false;
const folder = mkdtempSync(join(tmpdir(), 'wg-quick-'));
after(() => rmSync(folder, { recursive: true }));

/** Keys by rule, valid base64 of 32 bytes: nothing here is secret. */
const key = (byte: number) => formatKey(new Uint8Array(32).fill(byte));
const PRIVATE_KEY = key(0x48);
const PRESHARED_KEY = key(0x51);
const NAMES = ['vpn.example.net', 'beacon.example.net'];

function planOf(name: string): Plan {
  const { network } = parseNetwork(readFileSync(join(here, name, 'network.yaml'), 'utf8'), 'network.yaml');
  return planNetwork(network!).plan!;
}

/**
 * Writes the file of `machine` in `network` with keys filled in; its path, from which wg-quick takes the interface's name.
 */
function writeConfiguration(network: string, machine: string, edit: Edit = {}): string {
  const plan = planOf(network);
  const rendered = renderWgQuick(plan, machine);
  assert.ok('text' in rendered);
  const text = fillKeys(rendered.text, machine, { privateKey: PRIVATE_KEY, presharedKey: PRESHARED_KEY });
  const file = edit.file ?? tunnelFileName(plan);
  mkdirSync(join(folder, network, machine), { recursive: true });
  const path = join(folder, network, machine, file);
  writeFileSync(path, edit.text ? edit.text(text) : text, { mode: 0o600 });
  return path;
}

interface Edit {
  readonly file?: string;
  readonly text?: (text: string) => string;
}

describe('wg', { skip }, () => {
  test('reads from every configuration what the plan says', () => {
    const networks = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const expected: string[] = [];
    const steps: string[] = ['wireguard-go wgr0 >/dev/null 2>&1'];
    for (const { name } of networks) {
      const plan = planOf(name);
      for (const device of plan.devices.filter((each) => each.kind === 'machine')) {
        const path = writeConfiguration(name, device.name);
        steps.push(`wg setconf wgr0 <(wg-quick strip ${path}); echo "${name} ${device.name}"; wg show wgr0 dump`);
        expected.push(`${name} ${device.name}`, ...expectedDump(device.interfaces[0] as TunnelInterface));
      }
    }
    const read = runPrivately(steps.join('\n'), NAMES).trim().split('\n');
    // A machine that listens nowhere in particular gets a port from the kernel.
    const comparable = read.map((line, i) =>
      expected[i]?.includes('\tany\t') ? line.replace(/\t\d+\t(?=\S+$)/, '\tany\t') : line,
    );
    assert.deepEqual(comparable, expected);
  });
});

/** What `wg show dump` prints for the tunnel, with every endpoint's name resolved. */
function expectedDump(tunnel: TunnelInterface): string[] {
  const peers = tunnel.peers.map((peer) => {
    const endpoint = formatEndpoint(peer.endpoint!.value).replace(/^[a-z].*:/, '198.51.100.1:');
    const allowed = peer.allowedIps.map((fact) => formatPrefix(fact.value)).join(',');
    const keepalive = peer.keepalive?.value ?? 'off';
    return [formatKey(peer.publicKey!.value), PRESHARED_KEY, endpoint, allowed, 0, 0, 0, keepalive].join('\t');
  });
  return [`${PRIVATE_KEY}\t${PUBLIC_KEY}\t${tunnel.listenPort?.value ?? 'any'}\toff`, ...peers];
}

/** Of PRIVATE_KEY; `wg pubkey` says so. */
const PUBLIC_KEY = 'kXeyMnjL8PPRfDbyrMm1XpyF+HsiClOG7DcNZj4g4zc=';

/** A machine on the LAN of network `static-route`: its wire has two ends, `lan0` is the one with the addresses. */
const ON_THE_LAN = `
ip link add lan0 type veth peer name other0; ip link set lan0 up; ip link set other0 up
ip addr add 10.81.7.5/24 dev lan0; ip addr add fd4c:91b7:2ae0:1::5/64 dev lan0 nodad
for s in ipv4/conf/all/forwarding ipv6/conf/all/forwarding; do echo 0 > /proc/sys/net/$s; done
quiet() { "$@" >/run/said 2>&1 || { cat /run/said; exit 1; }; }
switches() {
  for s in ipv4/conf/all ipv4/conf/lan0 ipv4/conf/other0 ipv6/conf/all; do echo "$1 $s/forwarding $(cat /proc/sys/net/$s/forwarding)"; done
  for s in lan0 other0; do
    f=/proc/sys/net/ipv6/conf/$s/force_forwarding; if [ -e $f ]; then echo "$1 ipv6/conf/$s/force_forwarding $(cat $f)"; fi
  done
  find /run/wg-router-forwarding -type f 2>/dev/null | sed "s/^/$1 note /" || true
}
`;

/** What `switches LABEL` printed, as a set of the switches that are on. */
function onAt(label: string, printed: string): string[] {
  const lines = printed.split('\n').filter((line) => line.startsWith(`${label} `));
  assert.ok(lines.length > 0, `nothing printed at ${label}`);
  const on = lines.filter((line) => line.endsWith(' 1') && !line.includes(' note '));
  return on.map((line) => line.split(' ')[1]!).sort();
}

function notesAt(label: string, printed: string): string[] {
  return printed.split('\n').filter((line) => line.startsWith(`${label} note `));
}

/** The kernel's switch for IPv6 on one interface alone, since Linux 6.17. */
const hasForceForwarding = existsSync('/proc/sys/net/ipv6/conf/lo/force_forwarding');
const IPV6_ON = hasForceForwarding ? 'ipv6/conf/lan0/force_forwarding' : 'ipv6/conf/all/forwarding';
const ON = ['ipv4/conf/lan0/forwarding', IPV6_ON].sort();

describe('wg-quick', { skip }, () => {
  test('brings a carrier up with its addresses, MTU and routes, forwarding on tunnel and LAN alone, and takes all back', () => {
    const path = writeConfiguration('static-route', 'pi');
    const printed = runPrivately(
      `${ON_THE_LAN} switches before; quiet wg-quick up ${path}; switches up
ip -o addr show dev wg-home | awk '{ print "address", $4 }'; ip -o link show wg-home | grep -o 'mtu [0-9]*'
ip route show dev wg-home | sed 's/^/route /'; ip -6 route show dev wg-home | grep -v '^fe80' | sed 's/^/route /'
echo "tunnel $(cat /proc/sys/net/ipv4/conf/wg-home/forwarding)"
quiet wg-quick down ${path}; switches down; [ ! -e /sys/class/net/wg-home ]`,
      NAMES,
    );
    assert.deepEqual(onAt('before', printed), []);
    assert.deepEqual(onAt('up', printed), ON);
    assert.deepEqual(onAt('down', printed), []);
    assert.deepEqual(notesAt('down', printed), []);
    assert.match(printed, /^tunnel 1$/m);
    assert.match(printed, /^address 10\.66\.0\.4\/32$/m);
    assert.match(printed, /^address fd4c:91b7:2ae0::4\/128$/m);
    assert.match(printed, /^mtu 1420$/m);
    assert.match(printed, /^route 10\.66\.0\.0\/24 /m);
    assert.match(printed, /^route fd4c:91b7:2ae0::\/64 /m);
    assert.doesNotMatch(printed, /^route 10\.81/m);
  });

  test('leaves on what was on before', () => {
    const path = writeConfiguration('static-route', 'pi');
    const before = 'echo 1 > /proc/sys/net/ipv4/conf/lan0/forwarding; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding';
    const printed = runPrivately(
      `${ON_THE_LAN} ${before}; switches before; quiet wg-quick up ${path}; quiet wg-quick down ${path}; switches down`,
      NAMES,
    );
    assert.ok(onAt('before', printed).includes('ipv4/conf/lan0/forwarding'));
    assert.deepEqual(onAt('down', printed), onAt('before', printed));
    assert.deepEqual(notesAt('down', printed), []);
  });

  test('with two tunnels on one LAN, the last one to go turns forwarding off and takes the last resort away', () => {
    const first = writeConfiguration('static-route', 'pi', { file: 'wg-a.conf' });
    // The second carries the same LAN for another network; its routes must not be the first one's.
    const second = writeConfiguration('static-route', 'pi', {
      file: 'wg-b.conf',
      text: (text) => text.replaceAll('10.66.0.', '10.67.0.').replaceAll('fd4c:91b7:2ae0::', 'fd4c:91b7:2ae1::'),
    });
    const printed = runPrivately(
      `${ON_THE_LAN} ends() { ip route show type unreachable | sed "s/^/$1 ends /"; }
quiet wg-quick up ${first}; quiet wg-quick up ${second}; switches both
quiet wg-quick down ${first}; switches one; ends one; quiet wg-quick down ${second}; switches none; ends none`,
      NAMES,
    );
    assert.deepEqual(onAt('both', printed), ON);
    assert.deepEqual(onAt('one', printed), ON);
    assert.deepEqual(onAt('none', printed), []);
    assert.deepEqual(notesAt('none', printed), []);
    assert.deepEqual(printed.match(/^.* ends .*$/gm), ['one ends unreachable 10.81.7.0/24 metric 4294967295 ']);
  });

  test('a tunnel that vanished without down comes up again, and down still takes all back', () => {
    const path = writeConfiguration('static-route', 'pi');
    const printed = runPrivately(
      `${ON_THE_LAN} quiet wg-quick up ${path}; ip link del wg-home; quiet wg-quick up ${path}; switches up
quiet wg-quick down ${path}; switches down`,
      NAMES,
    );
    assert.deepEqual(onAt('up', printed), ON);
    assert.deepEqual(onAt('down', printed), []);
    assert.deepEqual(notesAt('down', printed), []);
  });

  test('without the LAN the tunnel is up all the same, and says what is missing', () => {
    const path = writeConfiguration('static-route', 'pi');
    const printed = runPrivately(
      `${ON_THE_LAN} ip addr flush dev lan0; wg-quick up ${path} 2>&1; ip -o link show wg-home; quiet wg-quick down ${path}`,
      NAMES,
    );
    assert.match(printed, /^wg-router: no interface has 10\.81\.7\.5, so LAN home is not connected$/m);
    assert.match(printed, /^\d+: wg-home: .*UP/m);
  });

  test('on a kernel with one IPv6 switch for all interfaces, a default route learned from the LAN stays', () => {
    const path = writeConfiguration('static-route', 'pi', {
      text: (text) => text.replaceAll('force_forwarding', 'no_such_switch'),
    });
    const printed = runPrivately(
      `${ON_THE_LAN} echo 1 > /proc/sys/net/ipv6/conf/lan0/accept_ra
ip -6 route add default via fe80::1 dev lan0 proto ra
ra() { echo "ra-$1 $(cat /proc/sys/net/ipv6/conf/lan0/accept_ra)"; }
quiet wg-quick up ${path}; switches up; ra up; ip -6 route show default | sed 's/^/route /'
quiet wg-quick down ${path}; switches down; ra down`,
      NAMES,
    );
    assert.deepEqual(onAt('up', printed), ['ipv4/conf/lan0/forwarding', 'ipv6/conf/all/forwarding']);
    assert.match(printed, /^ra-up 2$/m);
    assert.match(printed, /^route default via fe80::1 dev lan0/m);
    assert.deepEqual(onAt('down', printed), []);
    assert.match(printed, /^ra-down 1$/m);
    assert.deepEqual(notesAt('down', printed), []);
  });

  test('a prefix of the LAN without an address of the carrier is reached on the same wire', () => {
    const path = writeConfiguration('several-lans', 'pi');
    const lans =
      'ip link add house0 type veth peer name house1; ip addr add 10.91.0.5/24 dev house0; ip link set house0 up';
    const printed = runPrivately(
      `${ON_THE_LAN} ${lans}; ip addr add 10.91.4.5/24 dev lan0
quiet wg-quick up ${path}; ip route show 10.91.9.0/24 | sed 's/^/up /'; switches up
quiet wg-quick down ${path}; echo "down $(ip route show 10.91.9.0/24)"`,
      NAMES,
    );
    assert.match(printed, /^up 10\.91\.9\.0\/24 dev house0 .*metric 5182/m);
    assert.deepEqual(onAt('up', printed), ['ipv4/conf/lan0/forwarding']);
    assert.match(printed, /^down $/m);
  });

  test('brings a machine up that carries nothing', () => {
    const path = writeConfiguration('roaming-only', 'laptop');
    const printed = runPrivately(
      `wg-quick up ${path} 2>&1; wg show wg-pair allowed-ips; wg-quick down ${path} 2>&1`,
      NAMES,
    );
    assert.match(printed, /\t10\.66\.0\.0\/24 fd4c:91b7:2ae0::\/64$/m);
  });

  test('a carrier forwards between the tunnel and a host on the LAN, both ways and in both families', () => {
    // nas ─ lan ─ pi ═ tunnel ═ cloud: cloud is wireguard-go with the peers and routes that the plan gives the router.
    const plan = planOf('static-route');
    const router = plan.devices[0]!;
    const { peers } = router.interfaces[0] as TunnelInterface;
    const carrier = peers.find((peer) => peer.name === 'pi')!;
    const allowed = carrier.allowedIps.map((fact) => formatPrefix(fact.value));
    const path = writeConfiguration('static-route', 'pi', {
      text: (text) =>
        text.replace(/^PublicKey = .*$/m, `PublicKey = ${PUBLIC_KEY}`).replace(PRIVATE_KEY, OTHER_PRIVATE_KEY),
    });
    const hub = `[Interface]\nPrivateKey = ${PRIVATE_KEY}\nListenPort = 51820\n[Peer]\nPublicKey = ${OTHER_PUBLIC_KEY}\nPresharedKey = ${PRESHARED_KEY}\nAllowedIPs = ${allowed.join(', ')}\n`;
    const printed = runPrivately(
      `${ON_THE_LAN} for n in cloud nas; do ip netns add $n; ip -n $n link set lo up; done
ip link set other0 netns nas name eth0; ip -n nas link set eth0 up
ip -n nas addr add 10.81.7.10/24 dev eth0; ip -n nas addr add fd4c:91b7:2ae0:1::10/64 dev eth0 nodad
ip -n nas route add default via 10.81.7.5; ip -n nas route add default via fd4c:91b7:2ae0:1::5
ip link add wan0 type veth peer name eth0 netns cloud; ip addr add 198.51.100.2/24 dev wan0; ip link set wan0 up
ip -n cloud addr add 198.51.100.1/24 dev eth0; ip -n cloud link set eth0 up
ip netns exec cloud wireguard-go wgr0 >/dev/null 2>&1; printf '${hub}' > /run/hub.conf; ip netns exec cloud wg setconf wgr0 /run/hub.conf
ip -n cloud addr add 10.66.0.1/32 dev wgr0; ip -n cloud addr add fd4c:91b7:2ae0::1/128 dev wgr0 nodad; ip -n cloud link set wgr0 up
for p in ${allowed.join(' ')}; do ip -n cloud route add $p dev wgr0; done
quiet wg-quick up ${path}
try() { for i in 1 2 3 4 5 6 7 8; do if ip netns exec $1 ping -n -c 1 -W 1 -I $2 $3 >/dev/null 2>&1; then echo "$1 reaches $3"; return; fi; done; }
try cloud 10.66.0.1 10.81.7.10; try cloud fd4c:91b7:2ae0::1 fd4c:91b7:2ae0:1::10
try nas 10.81.7.10 10.66.0.1; try nas fd4c:91b7:2ae0:1::10 fd4c:91b7:2ae0::1
quiet wg-quick down ${path}`,
      NAMES,
    );
    assert.deepEqual(printed.trim().split('\n'), [
      'cloud reaches 10.81.7.10',
      'cloud reaches fd4c:91b7:2ae0:1::10',
      'nas reaches 10.66.0.1',
      'nas reaches fd4c:91b7:2ae0::1',
    ]);
  });
});

/** Another pair of keys by rule. */
const OTHER_PRIVATE_KEY = key(0x50);
const OTHER_PUBLIC_KEY = '7zi0q9FLCpGcvmg59hhbl9MmB77jWcbFPBLMdZeGfVk=';
