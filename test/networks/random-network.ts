/**
 * Random networks that are without mistakes, as models that become the text of a file. What a test changes, it changes
 * in the model; the text is what is planned.
 */

import fc from 'fast-check';

export interface NetworkModel {
  readonly families: readonly (4 | 6)[];
  readonly router: { readonly endpoint: string; readonly address: readonly string[] };
  readonly machines: readonly MachineModel[];
  readonly lans: readonly LanModel[];
  /** Number of the LAN through which machines reach the internet. */
  readonly exit: number | null;
}

export interface MachineModel {
  readonly name: string;
  readonly address: readonly string[];
  /** Numbers of LANs. */
  readonly lans: readonly number[];
  readonly endpoint: string | null;
  readonly keepalive: string | null;
  readonly pathMtu: number | null;
  /** Null: everything. */
  readonly routes: readonly string[] | null;
  /** Led to the internet through the exit. */
  readonly internet: boolean;
}

export interface LanModel {
  readonly number: number;
  readonly attach: 'default-gateway' | 'static-route' | 'masquerade';
}

/** Inside prefixes of every model, for those that look at addresses. */
export const INSIDE = { 4: '10.66.0.0/24', 6: 'fd00:66::/64' } as const;

/** The prefix of a LAN: neighbours, so that some fill a larger one. */
export function lanPrefix(number: number, family: 4 | 6): string {
  return family === 4 ? `10.80.${number}.0/24` : `fd00:80:0:${number.toString(16)}::/64`;
}

export function lanAddress(number: number, family: 4 | 6, host: number): string {
  return family === 4 ? `10.80.${number}.${host}` : `fd00:80:0:${number.toString(16)}::${host.toString(16)}`;
}

/** LAN `number` is carried by machine `gw-number`; other machines may stand on it too. */
export const networkModel: fc.Arbitrary<NetworkModel> = fc
  .record({
    families: fc.constantFrom<readonly (4 | 6)[]>([4], [6], [4, 6]),
    endpoint: fc.constantFrom('vpn.example.net:51820', '203.0.113.5:51820', '[2001:db8::5]:443'),
    lans: fc.uniqueArray(
      fc.record({
        number: fc.nat(15),
        attach: fc.constantFrom<LanModel['attach']>('default-gateway', 'static-route', 'masquerade'),
      }),
      { maxLength: 6, selector: (lan) => lan.number },
    ),
    machines: fc.array(
      fc.record({
        stands: fc.option(fc.nat(5), { freq: 3 }),
        endpoint: fc.option(fc.constantFrom('198.51.100.9', 'beacon.example.net'), { freq: 5 }),
        keepalive: fc.option(fc.constantFrom('off', '15'), { freq: 5 }),
        pathMtu: fc.option(fc.constantFrom(1492, 1430, 1500), { freq: 5 }),
        routes: fc.option(fc.array(fc.nat(6), { maxLength: 3 }), { freq: 4 }),
        address: fc.boolean(),
        internet: fc.boolean(),
      }),
      { maxLength: 6 },
    ),
    exit: fc.option(fc.nat(5)),
  })
  .map(({ families, endpoint, lans, machines, exit: place }) => ({
    exit: place === null ? null : (lans[place]?.number ?? null),
    families,
    endpoint,
    lans,
    machines,
  }))
  .map(({ families, endpoint, lans, machines, exit }) => ({
    families,
    exit,
    router: { endpoint, address: [] },
    lans,
    machines: [
      ...lans.map(({ number }) => plain(`gw-${number}`, [number])),
      ...machines.map((each, i): MachineModel => {
        const stands = each.stands !== null && lans.length > 0 ? [lans[each.stands % lans.length]!.number] : [];
        const words = each.routes?.map((word) => (word < lans.length ? lans[word]!.number : null)) ?? null;
        return {
          name: `m${i}`,
          address: each.address
            ? families.map((family) => (family === 4 ? `10.66.0.${99 - i}` : `fd00:66::${99 - i}`))
            : [],
          lans: stands,
          endpoint: each.endpoint && `${each.endpoint}:${50000 + i}`,
          keepalive: each.keepalive,
          pathMtu: each.pathMtu,
          routes:
            words &&
            [...new Set(words)]
              .filter((number) => number === null || !stands.includes(number))
              .map((number) => (number === null ? 'inside' : `lan-${number}`)),
          internet: each.internet && exit !== null && words === null && !stands.includes(exit),
        };
      }),
    ],
  }));

/** A machine about which nothing is said but where it stands. */
export function plain(name: string, lans: readonly number[] = []): MachineModel {
  return { name, address: [], lans, endpoint: null, keepalive: null, pathMtu: null, routes: null, internet: false };
}

/** A machine's number on every LAN where it stands; it follows from the name, so that order does not matter. */
function hostNumber(name: string): number {
  return name.startsWith('gw-') ? 2 : name.startsWith('m') ? 10 + Number(name.slice(1)) : 77;
}

export function networkText(model: NetworkModel): string {
  const { families } = model;
  const list = (items: readonly string[]) => `[${items.map((item) => `"${item}"`).join(', ')}]`;
  const gateways = new Set(
    model.lans.filter((lan) => lan.attach === 'default-gateway').map((lan) => `gw-${lan.number}`),
  );
  const machines = model.machines.map((machine) => {
    const host = gateways.has(machine.name) ? 1 : hostNumber(machine.name);
    const fields = [
      // What a carrier of some LANs must do, its file can say on Linux alone.
      ...(machine.name.startsWith('gw-') ? ['platform: linux'] : []),
      ...(machine.address.length ? [`address: ${list(machine.address)}`] : []),
      ...(machine.lans.length ? [`lan: ${list(machine.lans.map((number) => `lan-${number}`))}`] : []),
      ...(machine.lans.length
        ? [
            `lan-address: ${list(machine.lans.flatMap((number) => families.map((each) => lanAddress(number, each, host))))}`,
          ]
        : []),
      ...(machine.endpoint ? [`endpoint: "${machine.endpoint}"`] : []),
      ...(machine.keepalive ? [`keepalive: ${machine.keepalive}`] : []),
      ...(machine.pathMtu ? [`path-mtu: ${machine.pathMtu}`] : []),
      ...(machine.routes ? [`routes: ${list(machine.routes)}`] : []),
      ...(machine.internet ? [`internet: lan-${model.exit}`] : []),
    ];
    return `  ${machine.name}: {${fields.join(', ')}}\n`;
  });
  const lans = model.lans.map((lan) => {
    const gateway = list(families.map((each) => lanAddress(lan.number, each, 1)));
    const prefixes = list(families.map((each) => lanPrefix(lan.number, each)));
    return `  lan-${lan.number}: {prefixes: ${prefixes}, via: gw-${lan.number}, attach: ${lan.attach}, default-gateway: ${gateway}}\n`;
  });
  const address = model.router.address.length ? `, address: ${list(model.router.address)}` : '';
  return [
    'name: random\n',
    `inside: ${list(families.map((family) => INSIDE[family]))}\n`,
    `routers:\n  cloud: {endpoint: "${model.router.endpoint}"${address}, public-key: 3VXJt6Jb0XQ2Tn2f2kJm6mDs5lq8o1x2b4l7Xq8kT1A=}\n`,
    machines.length ? `machines:\n${machines.join('')}` : '',
    lans.length ? `lans:\n${lans.join('')}` : '',
  ].join('');
}
