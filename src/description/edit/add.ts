/**
 * Adding what was not described: a machine, a LAN, a host.
 *
 * A new entry stands behind its siblings and looks like the last of them: on one line where that one is.
 */

import { attempt, DEFAULT_FILE, type EditContext, type EditPlan, unknownName } from './attempt.ts';
import { entriesOf, findPair, mapUnder, writtenList } from './layout.ts';
import { insertSection, insertUnder } from './mapping.ts';
import type { EditResult, NewHost, NewLan, NewMachine } from './request.ts';
import type { Content, Pair } from './scalar-text.ts';
import { setFields } from './set.ts';

const SECTION_ORDER = ['name', 'ula', 'inside', 'routers', 'machines', 'lans', 'groups', 'access', 'expect', 'dns'];

/** The file with one more machine. */
export function addMachine(text: string, machine: NewMachine, file = DEFAULT_FILE): EditResult {
  return attempt(text, file, (context) =>
    addedTo(context, 'machines', [machine.name, { pairs: machinePairs(machine) }]),
  );
}

/** The file with one more LAN, and with `via` standing on it when `lanAddress` says where. */
export function addLan(text: string, lan: NewLan, file = DEFAULT_FILE): EditResult {
  const added = attempt(text, file, (context) => addedTo(context, 'lans', [lan.name, { pairs: lanPairs(lan) }]));
  const { via, lanAddress } = lan;
  if (added.text === undefined || via === undefined || lanAddress === undefined) return added;
  return attempt(added.text, file, (context) => standingOn(context, via, lan.name, lanAddress));
}

/** The file with one more host on a LAN. */
export function addHost(text: string, host: NewHost, file = DEFAULT_FILE): EditResult {
  return attempt(text, file, ({ layout }) => {
    const lans = mapUnder(layout.root, 'lans');
    const entries = entriesOf(lans);
    const lan = entries.find(({ name }) => name === host.lan);
    if (lans === undefined || lan === undefined)
      return unknownName(
        layout.source,
        'add a host to',
        'LAN',
        host.lan,
        entries.map(({ name }) => name),
      );
    const pair: Pair = [host.name, withPlatform(host.addresses, host.platform)];
    const hosts = lan.map && findPair(lan.map, 'hosts');
    if (lan.map !== undefined && hosts !== undefined) return insertUnder(layout, lan.map, hosts, [pair]);
    return insertUnder(layout, lans, lan.pair, [['hosts', { pairs: [pair] }]]);
  });
}

function addedTo({ layout }: EditContext, section: 'machines' | 'lans', pair: Pair): EditPlan {
  const { root } = layout;
  const present = findPair(root, section);
  if (present !== undefined) return insertUnder(layout, root, present, [pair]);
  return insertSection(layout, [section, { pairs: [pair] }], SECTION_ORDER.slice(0, SECTION_ORDER.indexOf(section)));
}

/** `machine` on one more LAN, keeping the LANs and addresses it has. */
function standingOn(context: EditContext, machine: string, lan: string, addresses: readonly string[]): EditPlan {
  const described = context.network.machines.find((each) => each.name.value === machine);
  const subject = { kind: 'machine', name: machine } as const;
  const entry = entriesOf(mapUnder(context.layout.root, 'machines')).find(({ name }) => name === machine);
  const lans = described?.lan.map((each) => each.value) ?? [];
  const present = entry?.map === undefined ? [] : writtenList(entry.map, 'lan-address');
  const missing = addresses.filter((each) => !present.includes(each));
  return setFields(context, [
    ...(lans.includes(lan) ? [] : [{ subject, word: 'lan', value: lans.length === 0 ? lan : [...lans, lan] }]),
    ...(missing.length === 0 ? [] : [{ subject, word: 'lan-address', value: [...present, ...missing] }]),
  ]);
}

function machinePairs(machine: NewMachine): Pair[] {
  const { lan } = machine;
  return defined([
    ['platform', machine.platform],
    ['address', machine.address],
    ['public-key', machine.publicKey],
    ['endpoint', machine.endpoint],
    ['note', machine.note],
    ['expires', machine.expires],
    ['disabled', machine.disabled],
    ['lan', lan?.length === 1 ? lan[0] : lan],
    ['lan-address', machine.lanAddress],
    ['routes', machine.routes],
    ['internet', machine.internet],
    ['keepalive', machine.keepalive],
    ['mtu', machine.mtu],
    ['path-mtu', machine.pathMtu],
  ]);
}

function lanPairs(lan: NewLan): Pair[] {
  const { defaultGateway, defaultGatewayPlatform } = lan;
  return defined([
    ['prefixes', lan.prefixes],
    ['via', lan.via],
    ['attach', lan.attach],
    ['default-gateway', defaultGateway && withPlatform(defaultGateway, defaultGatewayPlatform)],
    ['gateway-firewall', lan.gatewayFirewall],
    ['advertise', lan.advertise],
    ['lend', lan.lend && { pairs: lan.lend }],
    ['seen-as', lan.seenAs],
  ]);
}

function withPlatform(addresses: readonly string[], platform: string | undefined): Content {
  return platform === undefined
    ? addresses
    : {
        pairs: [
          ['address', addresses],
          ['platform', platform],
        ],
      };
}

function defined(pairs: readonly (readonly [string, Content | undefined])[]): Pair[] {
  return pairs.flatMap(([word, content]) => (content === undefined ? [] : [[word, content] as const]));
}
