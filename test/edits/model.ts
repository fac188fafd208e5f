/**
 * A network file's contents as maps and lists of text: what edits mean, without any layout. The slow and obvious twin
 * of `src/description/edit`.
 */

import type { Random } from './random.ts';

export type Model = string | Model[] | MapModel | null;
export type MapModel = Map<string, Model>;

/** A valid network with up to `size` of everything; only fields whose edits are tried. */
export function randomModel(random: Random, size: number): MapModel {
  const model: MapModel = new Map<string, Model>([
    ['name', 'home'],
    ['inside', ['10.66.0.0/24', 'fd4c:91b7:2ae0::/64']],
    [
      'routers',
      new Map([
        [
          'cloud',
          new Map<string, Model>([
            ['endpoint', random.pick(['vpn.example.net:51820', '203.0.113.5:51820', '[2001:db8::5]:51820'])],
          ]),
        ],
      ]),
    ],
  ]);
  const lanNames = Array.from({ length: random.below(size + 1) }, (_, i) => `lan-${i}`);
  const machineNames = Array.from(
    { length: random.below(size + 1) + (lanNames.length > 0 ? 1 : 0) },
    (_, i) => `m${i}x`,
  );
  const lans: MapModel = new Map();
  const machines: MapModel = new Map();
  const hosts: string[] = [];
  for (const [i, name] of lanNames.entries()) {
    const lan: MapModel = new Map([
      ['prefixes', random.chance(0.5) ? [`10.${i}.0.0/24`] : [`10.${i}.0.0/24`, `fd00:${i + 1}::/64`]],
    ]);
    if (random.chance(0.6)) lan.set('hosts', hostsOf(random, name, i, size, hosts));
    lans.set(name, lan);
  }
  for (const [i, name] of machineNames.entries()) machines.set(name, randomMachine(random, i, lanNames));
  for (const [i, name] of lanNames.entries()) completeLan(random, lans.get(name) as MapModel, machines, i);
  if (machines.size > 0 || random.chance(0.5)) model.set('machines', machines.size > 0 ? machines : null);
  if (lans.size > 0 || random.chance(0.5)) model.set('lans', lans.size > 0 ? lans : null);
  const names = ['cloud', ...machineNames, ...lanNames, ...hosts];
  if (random.chance(0.5)) {
    const groups: MapModel = new Map();
    for (let i = 0; i <= random.below(size); i++) groups.set(`group-${i}`, random.some(names, 0.4));
    names.push(...groups.keys());
    model.set('groups', groups);
  }
  if (random.chance(0.3))
    model.set(
      'access',
      Array.from(
        { length: random.below(size) + 1 },
        () =>
          new Map<string, Model>([
            ['from', random.pick(names)],
            ['to', random.pick(names)],
          ]),
      ),
    );
  if (random.chance(0.6)) {
    const sentences = Array.from(
      { length: random.below(size) + 1 },
      () =>
        `${random.pick(names)} ${random.pick(['reaches', 'does not reach'])} ${random.pick(names)}${random.pick(['', ' on tcp/443', ' over ipv4'])}`,
    );
    model.set('expect', sentences);
  }
  return model;
}

function hostsOf(random: Random, lan: string, i: number, size: number, all: string[]): MapModel {
  const hosts: MapModel = new Map();
  for (let j = 0; j <= random.below(size); j++) {
    const name = `host-${lan}-${j}`;
    all.push(name);
    const addresses = [`10.${i}.0.${100 + j}`];
    hosts.set(
      name,
      random.chance(0.7)
        ? addresses
        : new Map<string, Model>([
            ['address', addresses],
            ['platform', 'linux'],
          ]),
    );
  }
  return hosts;
}

function randomMachine(random: Random, i: number, lanNames: readonly string[]): MapModel | null {
  const machine: MapModel = new Map();
  if (random.chance(0.7)) machine.set('platform', random.pick(['linux', 'ios', 'openwrt']));
  if (random.chance(0.5)) machine.set('address', random.some([`10.66.0.${i + 10}`, `fd4c:91b7:2ae0::${i + 10}`], 0.7));
  if (random.chance(0.3))
    machine.set('note', random.pick(['plain', 'with: colon', "it's # quoted", 'two\nlines\n', '  spaces ']));
  const lans = random.some(lanNames, 0.4);
  if (lans.length > 0) {
    machine.set('lan', lans.length === 1 && random.chance(0.5) ? lans[0]! : lans);
    const at = random.some(lans, 0.8).map((lan) => `10.${lanNames.indexOf(lan)}.0.${i + 5}`);
    if (at.length > 0) machine.set('lan-address', at);
  }
  if (random.chance(0.2)) machine.set('routes', random.some(['inside', ...lanNames], 0.5));
  if (random.chance(0.1) && lanNames.length > 0) machine.set('internet', random.pick(lanNames));
  if (random.chance(0.2)) machine.set('keepalive', random.pick(['25', 'off']));
  return machine.size > 0 ? machine : null;
}

function completeLan(random: Random, lan: MapModel, machines: MapModel, i: number): void {
  const names = [...machines.keys()];
  const via = random.chance(0.7) ? random.pick(names) : undefined;
  if (via !== undefined) lan.set('via', via);
  if (random.chance(0.6))
    lan.set(
      'default-gateway',
      random.chance(0.5)
        ? [`10.${i}.0.1`]
        : new Map<string, Model>([
            ['address', [`10.${i}.0.1`]],
            ['platform', 'fritzbox'],
          ]),
    );
  // A machine borrows one address of a family, so each LAN lends to machines of its own.
  const borrowers = names.filter((each, j) => each !== via && j % 3 === i);
  if (random.chance(0.3) && borrowers.length > 0) {
    lan.set('attach', 'proxy');
    lan.set('lend', new Map(borrowers.map((each, j) => [each, [`10.${i}.0.${200 + j}`]] as const)));
  } else if (random.chance(0.5)) lan.set('attach', random.pick(['static-route', 'default-gateway']));
}

export function mapOf(model: MapModel, ...path: string[]): MapModel {
  let at: Model | undefined = model;
  for (const step of path) at = at instanceof Map ? at.get(step) : undefined;
  return at instanceof Map ? at : new Map();
}

/** The model as text that is equal exactly for equal contents in equal order; nothing and an empty mapping are one. */
export function fingerprint(value: unknown): string {
  if (value === null || value === undefined) return '{}';
  if (value instanceof Map)
    return `{${[...value].map(([key, each]) => `${JSON.stringify(String(key))}:${fingerprint(each)}`).join(',')}}`;
  if (Array.isArray(value)) return `[${value.map(fingerprint).join(',')}]`;
  return JSON.stringify(String(value));
}
