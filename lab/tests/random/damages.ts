/**
 * Damages: what goes wrong in networks that were described rightly, done to a twin by the commands that do it, and to its
 * plan as the fact that is no longer so. Whoever proves from the damaged plan and whoever sends packets in the damaged twin
 * must come to the same.
 */

import { formatAddress } from '../../../src/net/address.ts';
import { formatPrefix } from '../../../src/net/prefix.ts';
import {
  type Device,
  type Filter,
  type LanInterface,
  type Origin,
  type Plan,
  type TunnelInterface,
  tunnelOf,
} from '../../../src/plan/plan.ts';
import { lanInterface } from '../../twin/build/cables.ts';
import type { Twin } from '../../twin/twin.ts';
import type { Dice } from './dice.ts';

export interface Damage {
  readonly name: string;
  readonly plan: Plan;
  /** It does not say what the largest packet is any more. */
  readonly changesSizes: boolean;
  inflict(twin: Twin): Promise<void>;
}

const ORIGIN: Origin = {
  kind: 'file',
  place: { file: 'damage', line: 1, column: 1, endColumn: 1 },
};

/** A damage that `plan` can take, of a kind that chance picks; kinds of which it has no part are passed over. */
export function randomDamage(plan: Plan, chance: Dice): Damage {
  for (;;) {
    const damage = chance.pick(KINDS)(plan, chance);
    if (damage !== null) return damage;
  }
}

type Kind = (plan: Plan, chance: Dice) => Damage | null;

const KINDS: readonly Kind[] = [
  routeMissing,
  gatewayRouteMissing,
  forwardingOff,
  allowedIpMissing,
  reversePathStrict,
  translationsMissing,
  proxyMissing,
  forwardDropped,
  forwardDropped,
  inputDropped,
  smallMtu,
];

function routeMissing(plan: Plan, { pick }: Dice): Damage | null {
  const found = machinesOf(plan).flatMap((device) =>
    device.routes
      .filter(({ via }) => via.kind === 'interface' && via.interface === tunnelOf(device).id)
      .map((route) => ({ device, route })),
  );
  if (found.length === 0) return null;
  const { device, route } = pick(found);
  return {
    name: `${device.name} has no route to ${formatPrefix(route.prefix)}`,
    plan: withDevice(plan, { ...device, routes: device.routes.filter((each) => each !== route) }),
    changesSizes: false,
    inflict: async (twin) => {
      await ip(
        twin,
        device.name,
        route.prefix.family,
        'route',
        'delete',
        formatPrefix(route.prefix),
        'dev',
        device.name,
      );
    },
  };
}

/** A plan has one list for what the default gateway is told and what is advertised, and only the former goes missing here. */
function gatewayRouteMissing(plan: Plan, { pick }: Dice): Damage | null {
  const silent = plan.lans.filter(({ advertise }) => advertise.length === 0);
  const found = silent.flatMap((lan) => lan.gatewayRoutes.map((route) => ({ lan, route })));
  if (found.length === 0) return null;
  const { lan, route } = pick(found);
  const damaged = { ...lan, gatewayRoutes: lan.gatewayRoutes.filter((each) => each !== route) };
  return {
    name: `the default gateway of ${lan.name} has no route to ${formatPrefix(route.prefix)}`,
    plan: { ...plan, lans: plan.lans.map((each) => (each === lan ? damaged : each)) },
    changesSizes: false,
    inflict: async (twin) => {
      const { family } = route.prefix;
      await ip(twin, `${lan.name}.default-gateway`, family, 'route', 'delete', formatPrefix(route.prefix));
    },
  };
}

function forwardingOff(plan: Plan, { pick }: Dice): Damage | null {
  const found = machinesOf(plan).flatMap((device) =>
    ([4, 6] as const)
      .filter((family) => device.forwarding.some((each) => each.family === family))
      .map((family) => ({ device, family })),
  );
  if (found.length === 0) return null;
  const { device, family } = pick(found);
  return {
    name: `${device.name} does not forward IPv${family}`,
    plan: withDevice(plan, { ...device, forwarding: device.forwarding.filter((each) => each.family !== family) }),
    changesSizes: false,
    inflict: async (twin) => {
      const switches = `/proc/sys/net/ipv${family}/conf/*/${family === 4 ? 'forwarding' : 'force_forwarding'}`;
      const all = `/proc/sys/net/ipv${family}/conf/all/forwarding`;
      const script = `for each in ${all} ${switches}; do [ ! -e "$each" ] || echo 0 > "$each"; done`;
      await twin.device(device.name).run('sh', '-c', script);
    },
  };
}

function allowedIpMissing(plan: Plan, { pick }: Dice): Damage | null {
  const found = machinesOf(plan).flatMap((device) =>
    tunnelOf(device).peers[0]!.allowedIps.map((prefix) => ({ device, prefix })),
  );
  const { device, prefix } = pick(found);
  const tunnel = tunnelOf(device);
  const [peer] = tunnel.peers;
  const left = peer!.allowedIps.filter((each) => each !== prefix);
  return {
    name: `${device.name} has not ${formatPrefix(prefix.value)} among its allowed IPs`,
    plan: withTunnel(plan, device, { ...tunnel, peers: [{ ...peer!, allowedIps: left }] }),
    changesSizes: false,
    inflict: async (twin) => {
      const namespace = twin.device(device.name);
      const key = (await namespace.run('wg', 'show', device.name, 'peers')).trim();
      const list = left.map(({ value }) => formatPrefix(value)).join(',');
      await namespace.run('wg', 'set', device.name, 'peer', key, 'allowed-ips', list);
    },
  };
}

function reversePathStrict(plan: Plan, { pick }: Dice): Damage {
  const device = pick(machinesOf(plan));
  const reversePathFilters = device.interfaces.map(({ id }) => {
    return { interface: id, mode: 'strict' as const, origin: ORIGIN };
  });
  return {
    name: `${device.name} filters by reverse path, strictly`,
    plan: withDevice(plan, { ...device, reversePathFilters }),
    changesSizes: false,
    inflict: (twin) => twin.device(device.name).parameters({ 'ipv4.conf.all.rp_filter': 1 }),
  };
}

/** Only of one kind: their rules stand in one chain. */
function translationsMissing(plan: Plan, { pick }: Dice): Damage | null {
  const found = machinesOf(plan).filter(
    ({ translations }) => translations.length > 0 && translations.every(({ kind }) => kind === 'masquerade'),
  );
  if (found.length === 0) return null;
  const device = pick(found);
  return {
    name: `${device.name} does not masquerade`,
    plan: withDevice(plan, { ...device, translations: [] }),
    changesSizes: false,
    inflict: async (twin) => {
      await twin.device(device.name).run('nft', 'flush', 'chain', 'inet', `wg-router-${device.name}`, 'out');
    },
  };
}

function proxyMissing(plan: Plan, { pick }: Dice): Damage | null {
  const found = machinesOf(plan).flatMap((device) => device.neighbourProxies.map((proxy) => ({ device, proxy })));
  if (found.length === 0) return null;
  const { device, proxy } = pick(found);
  const left = device.neighbourProxies.filter((each) => each !== proxy);
  return {
    name: `${device.name} does not answer for ${formatAddress(proxy.address)}`,
    plan: withDevice(plan, { ...device, neighbourProxies: left }),
    changesSizes: false,
    inflict: async (twin) => {
      const dev = nameIn(twin, device, proxy.interface);
      await ip(
        twin,
        device.name,
        proxy.address.family,
        'neigh',
        'delete',
        'proxy',
        formatAddress(proxy.address),
        'dev',
        dev,
      );
      // What was learned while it answered is forgotten.
      for (const { name } of twin.parties) await twin.device(name).try('ip', 'neigh', 'flush', 'all');
    },
  };
}

function forwardDropped(plan: Plan, { pick }: Dice): Damage | null {
  const found = machinesOf(plan).flatMap((device) =>
    lansOf(device).flatMap((lan) =>
      device.forwarding.some(({ to }) => to === lan.id)
        ? [[device, tunnelOf(device).id, lan.id] as const, [device, lan.id, tunnelOf(device).id] as const]
        : [],
    ),
  );
  if (found.length === 0) return null;
  const [device, from, to] = pick(found);
  const protocol = pick<Filter['protocol']>([undefined, 'tcp', 'udp', 'icmp']);
  const isNew = pick([false, true]);
  return dropped(plan, device, {
    action: 'drop',
    hook: 'forward',
    chain: 'damage',
    from,
    to,
    ...(protocol ? { protocol } : {}),
    ...(isNew ? { states: ['new' as const] } : {}),
    origin: ORIGIN,
  });
}

function inputDropped(plan: Plan, { pick }: Dice): Damage {
  const device = pick(machinesOf(plan));
  const protocol = pick(['tcp', 'udp', 'icmp'] as const);
  return dropped(plan, device, {
    action: 'drop',
    hook: 'input',
    chain: 'damage',
    from: tunnelOf(device).id,
    protocol,
    origin: ORIGIN,
  });
}

function dropped(plan: Plan, device: Device, filter: Filter): Damage {
  const { hook, from, to, protocol, states } = filter;
  const what = `${states ? 'new ' : ''}${protocol ?? 'everything'}`;
  return {
    name: `${device.name} drops ${what} at ${hook} from ${from}${to ? ` to ${to}` : ''}`,
    plan: withDevice(plan, { ...device, filters: [...device.filters, filter] }),
    changesSizes: false,
    inflict: async (twin) => {
      const matches = [
        `iifname "${nameIn(twin, device, from!)}"`,
        ...(to ? [`oifname "${nameIn(twin, device, to)}"`] : []),
        ...(protocol === 'icmp' ? ['meta l4proto { icmp, icmpv6 }'] : protocol ? [`meta l4proto ${protocol}`] : []),
        ...(states ? ['ct state new'] : []),
      ];
      const chain = `chain ${hook} { type filter hook ${hook} priority 10; ${matches.join(' ')} drop; }`;
      await twin.device(device.name).runWith(`table inet damage_${hook} {\n${chain}\n}\n`, 'nft', '-f', '-');
    },
  };
}

function smallMtu(plan: Plan, { pick }: Dice): Damage {
  const device = pick(machinesOf(plan));
  const tunnel = tunnelOf(device);
  return {
    name: `the tunnel of ${device.name} carries 1280 bytes`,
    plan: withTunnel(plan, device, { ...tunnel, mtu: { value: 1280, origin: ORIGIN } }),
    changesSizes: true,
    inflict: async (twin) => {
      await twin.device(device.name).run('ip', 'link', 'set', 'dev', device.name, 'mtu', '1280');
    },
  };
}

function machinesOf({ devices }: Plan): Device[] {
  return devices.filter(({ kind }) => kind === 'machine');
}

function lansOf({ interfaces }: Device): LanInterface[] {
  return interfaces.filter((each) => each.kind === 'lan');
}

function withDevice(plan: Plan, changed: Device): Plan {
  return { ...plan, devices: plan.devices.map((each) => (each.name === changed.name ? changed : each)) };
}

function withTunnel(plan: Plan, device: Device, tunnel: TunnelInterface): Plan {
  const interfaces = device.interfaces.map((each) => (each.kind === 'wireguard' ? tunnel : each));
  return withDevice(plan, { ...device, interfaces });
}

/** What an interface of the plan is called in the twin. */
function nameIn(twin: Twin, device: Device, id: string): string {
  const lan = lansOf(device).find((each) => each.id === id);
  if (lan === undefined) return device.name;
  return lanInterface(twin.layout.lans.find((each) => each.lan.name === lan.lan)!.index);
}

async function ip(twin: Twin, device: string, family: 4 | 6, ...args: string[]): Promise<void> {
  await twin.device(device).run('ip', `-${family}`, ...args);
}
