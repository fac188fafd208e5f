/**
 * Random networks without mistakes: one to four LANs, every way to join, one family or both, the same addresses on
 * several LANs, machines that stand on LANs, borrow or limit their routes. A seed always gives the same network.
 *
 * The model is what `should-work.ts` judges by; the text is what everything under test reads.
 */

import { dice } from './dice.ts';

export type Family = 4 | 6;

export interface NetworkModel {
  readonly families: readonly Family[];
  readonly machines: readonly MachineModel[];
  readonly lans: readonly LanModel[];
}

export interface MachineModel {
  readonly name: string;
  /** The LANs it stands on. */
  readonly lans: readonly LanModel[];
  /** Host number on every one of them. */
  readonly number: number;
  /** Null: everything. */
  readonly routes: readonly ('inside' | LanModel)[] | null;
  readonly pathMtu: number | null;
}

export type Firewall = 'none' | 'established' | 'drop-invalid' | 'lan-to-wan-only' | 'exempt';

export interface LanModel {
  readonly name: string;
  readonly number: number;
  readonly families: readonly Family[];
  readonly attach: 'default-gateway' | 'static-route' | 'masquerade' | 'proxy';
  /** What the default gateway does with half-seen traffic; of no matter where WireGuard runs on it. */
  readonly firewall: Firewall;
  readonly advertise: readonly ('ra' | 'dhcp')[];
  /** Number of the real prefix, where another LAN has the same; others know it by its own number then. */
  readonly shares: number | null;
  readonly via: string;
  readonly hosts: readonly HostModel[];
  /** Who borrows an address of this LAN, in which families. */
  readonly lends: readonly {
    readonly machine: string;
    readonly families: readonly Family[];
    readonly number: number;
  }[];
}

export interface HostModel {
  readonly name: string;
  readonly number: number;
  readonly families: readonly Family[];
  /** Null: nothing is said. */
  readonly platform: 'windows' | 'networkmanager' | 'macos' | null;
}

/** The real prefix of a LAN. */
export function lanPrefix(lan: LanModel, family: Family): string {
  const number = lan.shares ?? lan.number;
  return family === 4 ? `10.80.${number}.0/24` : `fd00:80:0:${number}::/64`;
}

/** Address of the nth host, as it is called on the LAN. */
export function lanAddress(lan: LanModel, family: Family, host: number): string {
  return lanPrefix(lan, family).replace(family === 4 ? /0\/24$/ : /\/64$/, `${host}`);
}

/** The prefix under which others know a LAN that shares its real one. */
export function seenAs(lan: LanModel, family: Family): string {
  return family === 4 ? `10.88.${lan.number}.0/24` : `fd00:88:0:${lan.number}::/64`;
}

export function randomNetwork(seed: number): NetworkModel {
  const { chance, pick, some } = dice(seed);
  const families = pick<readonly Family[]>([[4], [6], [4, 6], [4, 6]]);
  const roamers = Array.from({ length: chance(0.3) ? 2 : 1 }, (_, i) => `roamer${i + 1}`);
  const count = pick([1, 2, 2, 3, 3, 4]);
  const shared = count > 1 && chance(0.4) ? 2 : 0;
  // One machine may carry two LANs; their addresses differ.
  const carriesTwo = count - shared > 1 && chance(0.3);
  const borrowed = new Set<string>();
  const lans = Array.from({ length: count }, (_, i): LanModel => {
    const number = i + 1;
    const shares = i < shared ? 40 : null;
    const own = chance(0.8) ? families : [pick(families)];
    const attach = pick<LanModel['attach']>(
      shares === null
        ? ['default-gateway', 'static-route', 'static-route', 'masquerade', 'proxy']
        : ['default-gateway', 'static-route', 'masquerade'],
    );
    const lends =
      attach === 'proxy'
        ? roamers.flatMap((machine, place) => {
            const free = own.filter((family) => !borrowed.has(`${machine} ${family}`));
            const lent = place === 0 ? free : some(free);
            for (const family of lent) borrowed.add(`${machine} ${family}`);
            return lent.length > 0 ? [{ machine, families: lent, number: 200 + place }] : [];
          })
        : [];
    const via = carriesTwo && i === count - 1 ? `gw${number - 1}` : `gw${number}`;
    return {
      name: `lan${number}`,
      number,
      families: own,
      // All that there was to borrow may be borrowed already.
      attach: attach === 'proxy' && lends.length === 0 ? 'masquerade' : attach,
      firewall: pick<Firewall>(['none', 'established', 'exempt', 'exempt', 'drop-invalid', 'lan-to-wan-only']),
      advertise:
        attach === 'static-route' && chance(0.3)
          ? [...(own.includes(6) ? (['ra'] as const) : []), ...(own.includes(4) ? (['dhcp'] as const) : [])]
          : [],
      shares,
      via,
      hosts: Array.from({ length: chance(0.25) ? 2 : 1 }, (_, host) => ({
        name: `host${number}${'ab'[host]}`,
        number: 10 + host,
        families: chance(0.8) ? own : [pick(own)],
        platform: pick<HostModel['platform']>([null, null, 'windows', 'networkmanager', 'macos']),
      })),
      lends,
    };
  });
  const carriers = [...new Set(lans.map((lan) => lan.via))].map((name): MachineModel => {
    return {
      name,
      lans: lans.filter((lan) => lan.via === name),
      number: 5,
      routes: null,
      pathMtu: chance(0.2) ? 1492 : null,
    };
  });
  const standing = Array.from({ length: chance(0.35) ? 1 : 0 }, (_, i): MachineModel => {
    return { name: `desk${i + 1}`, lans: [pick(lans)], number: 30 + i, routes: null, pathMtu: null };
  });
  const roaming = roamers.map((name): MachineModel => {
    // Who borrows must reach those he borrows from.
    const borrows = [4, 6].some((family) => borrowed.has(`${name} ${family}`));
    const routes = !borrows && chance(0.25) ? (['inside', ...some(lans)] as const) : null;
    return { name, lans: [], number: 0, routes, pathMtu: chance(0.2) ? 1430 : null };
  });
  return { families, lans, machines: [...roaming, ...carriers, ...standing] };
}

/** The network file. */
export function networkText({ families, lans, machines }: NetworkModel): string {
  const list = (items: readonly (string | number)[]) => `[${items.map((item) => `"${item}"`).join(', ')}]`;
  const machineLines = machines.map(({ name, lans: stands, number, routes, pathMtu }) => {
    const own = (lan: LanModel) => lan.families.map((each) => lanAddress(lan, each, isGateway(lan, name) ? 1 : number));
    const fields = [
      'platform: linux',
      ...(stands.length > 0
        ? [`lan: ${list(stands.map((lan) => lan.name))}`, `lan-address: ${list(stands.flatMap(own))}`]
        : []),
      ...(routes ? [`routes: ${list(routes.map((each) => (each === 'inside' ? each : each.name)))}`] : []),
      ...(pathMtu ? [`path-mtu: ${pathMtu}`] : []),
    ];
    return `  ${name}: {${fields.join(', ')}}\n`;
  });
  const lanLines = lans.map((lan) => {
    const lends = lan.lends.map(({ machine, families: lent, number }) => {
      return `${machine}: ${list(lent.map((family) => lanAddress(lan, family, number)))}`;
    });
    const hosts = lan.hosts.map(({ name, number, families: own, platform }) => {
      const address = `address: ${list(own.map((family) => lanAddress(lan, family, number)))}`;
      return `      ${name}: {${address}${platform ? `, platform: ${platform}` : ''}}\n`;
    });
    return [
      `  ${lan.name}:\n`,
      `    prefixes: ${list(lan.families.map((family) => lanPrefix(lan, family)))}\n`,
      lan.shares === null ? '' : `    seen-as: ${list(lan.families.map((family) => seenAs(lan, family)))}\n`,
      `    via: ${lan.via}\n    attach: ${lan.attach}\n`,
      lan.attach === 'default-gateway'
        ? ''
        : `    default-gateway: {address: ${list(lan.families.map((family) => lanAddress(lan, family, 1)))}, platform: linux}\n`,
      lan.attach === 'static-route' ? `    gateway-firewall: ${lan.firewall}\n` : '',
      lan.advertise.length > 0 ? `    advertise: ${list(lan.advertise)}\n` : '',
      lends.length > 0 ? `    lend: {${lends.join(', ')}}\n` : '',
      `    hosts:\n${hosts.join('')}`,
    ].join('');
  });
  return [
    'name: random\n',
    `inside: ${list(families.map((family) => (family === 4 ? '10.66.0.0/24' : 'fd00:66::/64')))}\n`,
    'routers:\n  cloud: {endpoint: "vpn.example.net:51820"}\n',
    `machines:\n${machineLines.join('')}lans:\n${lanLines.join('')}`,
  ].join('');
}

function isGateway(lan: LanModel, machine: string): boolean {
  return lan.attach === 'default-gateway' && lan.via === machine;
}
