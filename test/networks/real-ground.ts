/**
 * The ground under a network's generated files: namespaces in which they are brought up as they are.
 *
 *   host ─┐
 *         ├─ LAN (a bridge) ── machine ═ tunnel ═ router ═ tunnel ═ machine
 *   gw  ──┘                       └──────── wan (a bridge) ────────┘
 *
 * The router is wireguard-go with the peers and routes that the plan gives it. A LAN's default gateway has the routes
 * that the plan asks for and nothing else. Everything is one bash script for `runPrivately`.
 */

import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { parseNetwork } from '../../src/description/parse.ts';
import { type Address, formatAddress, isLinkLocal } from '../../src/net/address.ts';
import { formatKey } from '../../src/net/key.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import type { Device, LanPlan, Plan, TunnelInterface } from '../../src/plan/plan.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { fillKeys } from '../../src/render/fill-keys.ts';
import { renderWgQuick } from '../../src/render/wg-quick.ts';
import { runPrivately } from './private-namespace.ts';

const folder = mkdtempSync(join(tmpdir(), 'real-ground-'));
after(() => rmSync(folder, { recursive: true }));

/** What every machine and the router dial: the name resolves to the router's address on the wan. */
const ROUTER_NAME = 'vpn.example.net';
const PRESHARED_KEY = formatKey(new Uint8Array(32).fill(0x51));
const PROGRAMS = join(import.meta.dirname, '../../lab/programs');
const PORT = 7000;

export interface Ground {
  readonly plan: Plan;
  /** What `script` prints in lines, with every tunnel up and every host listening. */
  run(script: string): string[];
}

/** The network described by `text`; `edit` changes a machine's file before it is brought up. */
export function groundOf(text: string, edit: (file: string, machine: string) => string = (file) => file): Ground {
  const { network, diagnostics } = parseNetwork(text, 'network.yaml');
  if (network === null) throw new Error(diagnostics[0]!.message);
  const { plan, diagnostics: mistakes } = planNetwork(network);
  if (plan === null) throw new Error(mistakes[0]!.message);
  const machines = plan.devices.filter((device) => device.kind === 'machine');
  const files = mkdtempSync(join(folder, 'network-'));
  const keys = new Map(plan.devices.map((device, i) => [device.name, privateKey(i + 1)]));
  const script = [
    PREAMBLE,
    routerScript(plan, keys),
    ...plan.lans.map(lanScript),
    ...machines.map((machine, i) => {
      const rendered = renderWgQuick(plan, machine.name);
      if ('refusals' in rendered) throw new Error(rendered.refusals[0]!.message);
      const own = { privateKey: keys.get(machine.name)!, presharedKey: PRESHARED_KEY };
      const filled = fillKeys(rendered.text, machine.name, own).replace(
        /^PublicKey = .*$/m,
        `PublicKey = ${publicKey(keys.get(plan.devices[0]!.name)!)}`,
      );
      mkdirSync(join(files, machine.name));
      const path = join(files, machine.name, 'wg-test.conf');
      writeFileSync(path, edit(filled, machine.name), { mode: 0o600 });
      return machineScript(machine, plan, i, path);
    }),
    'wait_for_hosts',
  ];
  return {
    plan,
    run: (steps) =>
      runPrivately(`${script.join('\n')}\n${steps}\n`, [ROUTER_NAME])
        .trim()
        .split('\n'),
  };
}

/**
 * For steps: `in_ns NAME COMMAND…`; `reaches FROM ADDRESS [SOURCE]` and `fails FROM ADDRESS` try ping; `tcp FROM ADDRESS` and `udp
 * FROM ADDRESS` print from which address the host is asked; `down NAME` and `up NAME` are wg-quick's.
 */
const PREAMBLE = `
quiet() { "$@" >/run/said 2>&1 || { cat /run/said; exit 1; }; }
in_ns() { local n=$1; shift; ip netns exec $n "$@"; }
make() { ip netns add $1; ip -n $1 link set lo up; in_ns $1 sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0; }
bridge() { ip link add $1 type bridge; ip link set $1 up; }
plug() { ip link add t$3 type veth peer name $4 netns $2; ip link set t$3 master $1; ip link set t$3 up; ip -n $2 link set $4 up; }
host() { make $1; in_ns $1 ${process.execPath} ${PROGRAMS}/listen.ts ${PORT} > /run/listening-$1 & }
wait_for_hosts() { for f in /run/listening-*; do [ ! -e $f ] || until grep -q listening $f; do sleep 0.05; done; done; }
reaches() { for i in 1 2 3 4 5 6 7 8; do if in_ns $1 ping -n -c 1 -W 1 $2 >/dev/null 2>&1; then echo "$1 reaches $2"; return; fi; done; echo "$1 cannot reach $2"; }
fails() { if in_ns $1 ping -n -c 2 -i 0.3 -W 1 $2 >/dev/null 2>&1; then echo "$1 reaches $2"; else echo "$1 cannot reach $2"; fi; }
ask() { in_ns $2 timeout \${limit:-20} ${process.execPath} ${PROGRAMS}/ask.ts $1 $3 ${PORT} $4 \${5:-} 2>&1 | sed -n 's/.*"seenAs":"\\([^"]*\\)".*/\\1/p' | sed "s/^/$1 $2 $3 seen as /"; }
tcp() { ask tcp $1 $2 \${3:-20000}; }
udp() { ask udp $1 $2 500 2; }
declare -A file
# With a /run of its own, as every machine has.
on_machine() { mkdir -p /run/own-$1/wireguard; in_ns $1 unshare --mount bash -c 'mount --bind /run/own-$0 /run; exec "$@"' "$@"; }
up() { quiet on_machine $1 wg-quick up \${file[$1]}; }
down() { quiet on_machine $1 wg-quick down \${file[$1]}; }
bridge wan
`;

function routerScript(plan: Plan, keys: ReadonlyMap<string, string>): string {
  const [router] = plan.devices;
  const tunnel = tunnelOf(router!);
  const peers = tunnel.peers.map(
    (peer) =>
      `[Peer]\\nPublicKey = ${publicKey(keys.get(peer.name)!)}\\nPresharedKey = ${PRESHARED_KEY}\\nAllowedIPs = ${peer.allowedIps.map((fact) => formatPrefix(fact.value)).join(', ')}\\n`,
  );
  const name = router!.name;
  return [
    `make ${name}; plug wan ${name} router eth0; ip -n ${name} addr add 198.51.100.1/24 dev eth0`,
    `in_ns ${name} wireguard-go wgr0 >/dev/null 2>&1`,
    `printf '[Interface]\\nPrivateKey = ${keys.get(name)!}\\nListenPort = ${tunnel.listenPort!.value}\\n${peers.join('')}' > /run/router.conf`,
    `in_ns ${name} wg setconf wgr0 /run/router.conf; ip -n ${name} link set wgr0 mtu ${tunnel.mtu.value} up`,
    ...tunnel.addresses.map(({ value }) => `ip -n ${name} addr add ${single(value)} dev wgr0`),
    ...router!.routes.map(({ prefix, via }) =>
      via.kind === 'unreachable'
        ? `ip -n ${name} route add unreachable ${formatPrefix(prefix)} metric 4000`
        : `ip -n ${name} route replace ${formatPrefix(prefix)} dev wgr0`,
    ),
    `in_ns ${name} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1`,
    // wireguard-go's device sends redirects, which the kernel's WireGuard never does.
    `in_ns ${name} sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.wgr0.send_redirects=0`,
  ].join('\n');
}

function lanScript(lan: LanPlan, index: number): string {
  const gateway = `default-${lan.name}`;
  const lines = [`bridge br${index}`];
  const gateways = lan.defaultGateway.map((fact) => fact.value);
  const onLan = (address: Address) => {
    const prefix = lan.prefixes.find(({ value }) => value.family === address.family)!.value;
    return `${formatAddress(address)}/${prefix.length}`;
  };
  if (lan.attach?.value !== 'default-gateway' && gateways.length > 0) {
    lines.push(`make ${gateway}; plug br${index} ${gateway} g${index} eth0`);
    lines.push(`in_ns ${gateway} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1`);
    for (const each of gateways) lines.push(`ip -n ${gateway} addr add ${onLan(each)} dev eth0`);
    // Of a gateway that is known by its link-local address, others are not said; it has them.
    if (gateways.some(isLinkLocal))
      for (const { value } of lan.prefixes)
        lines.push(`ip -n ${gateway} route replace ${formatPrefix(value)} dev eth0`);
    for (const { prefix, gateway: next } of lan.gatewayRoutes)
      lines.push(`ip -n ${gateway} route add ${formatPrefix(prefix)} via ${formatAddress(next)}`);
  }
  for (const [i, { name, addresses }] of lan.hosts.entries()) {
    lines.push(`host ${name}; plug br${index} ${name} h${index}x${i} eth0`);
    for (const { value } of addresses) lines.push(`ip -n ${name} addr add ${onLan(value)} dev eth0`);
    for (const each of gateways.filter((gate) => addresses.some(({ value }) => value.family === gate.family)))
      lines.push(`ip -n ${name} route add default via ${formatAddress(each)} dev eth0`);
  }
  return lines.join('\n');
}

function machineScript(machine: Device, plan: Plan, index: number, path: string): string {
  const { name } = machine;
  const lines = [
    `host ${name}; plug wan ${name} w${index} wan0; ip -n ${name} addr add 198.51.100.${10 + index}/24 dev wan0`,
  ];
  for (const each of machine.interfaces) {
    if (each.kind !== 'lan') continue;
    const lan = plan.lans.findIndex((other) => other.name === each.lan);
    lines.push(`plug br${lan} ${name} m${index}x${lan} lan${lan}`);
    for (const { value } of each.addresses)
      lines.push(`ip -n ${name} addr add ${formatAddress(value.address)}/${value.length} dev lan${lan}`);
  }
  return [...lines, `file[${name}]=${path}; up ${name}`].join('\n');
}

function tunnelOf(device: Device): TunnelInterface {
  return device.interfaces.find((each) => each.kind === 'wireguard')!;
}

function single(address: Address): string {
  return `${formatAddress(address)}/${address.family === 4 ? 32 : 128}`;
}

/** Keys by rule: nothing here is secret. */
function privateKey(byte: number): string {
  return formatKey(new Uint8Array(32).fill(byte));
}

function publicKey(base64: string): string {
  // RFC 8410: the PKCS #8 envelope of an X25519 private key.
  const envelope = Buffer.from('302e020100300506032b656e04220420', 'hex');
  const key = createPrivateKey({
    key: Buffer.concat([envelope, Buffer.from(base64, 'base64')]),
    format: 'der',
    type: 'pkcs8',
  });
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
}
