/**
 * For tests: plans of devices as other people configure them, written briefly. A fact's origin is a place whose file is
 * the words that say what it is ("hub: allowed-ips of pi"), so that a test can name the guilty one.
 */

import { parseAddress } from '../net/address.ts';
import { type EndpointName, parseEndpointName } from '../net/endpoint.ts';
import { type Prefix, parsePrefix } from '../net/prefix.ts';
import type {
  Device,
  Fact,
  Filter,
  Forwarding,
  Interface,
  LanInterface,
  LanPlan,
  NeighbourProxy,
  Origin,
  OuterInterface,
  Peer,
  Plan,
  Route,
  TunnelInterface,
} from '../plan/plan.ts';
import { addressesOf } from './calling.ts';
import { type Flow, flowOf, type Protocol } from './flow.ts';
import type { Disposition } from './trace.ts';
import { type Station, type World, worldOf } from './world.ts';

export function origin(words: string): Origin {
  return { kind: 'file', place: { file: words, line: 1, column: 1, endColumn: 2 } };
}

/** The words of an origin. */
export function wordsOf(from: Origin | null): string | null {
  return from?.kind === 'file' ? from.place.file : null;
}

export function fact<T>(value: T, words: string): Fact<T> {
  return { value, origin: origin(words) };
}

export function prefix(text: string): Prefix {
  return parsePrefix(text) as Prefix;
}

export function address(text: string) {
  return parseAddress(text)!;
}

/** A key that is like no other's name. */
export function key(name: string): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i);
  return bytes;
}

export interface PeerWords {
  readonly endpoint?: string;
  readonly keepalive?: number;
  readonly key?: string;
  readonly presharedKeyHash?: string;
  readonly exitFor?: readonly string[];
}

export function peer(name: string, allowedIps: readonly string[], words: PeerWords = {}): Peer {
  return {
    name,
    publicKey: fact(key(words.key ?? name), `key of ${name}`),
    presharedKeyOf: '',
    ...(words.presharedKeyHash && { presharedKeyHash: fact(words.presharedKeyHash, `preshared key of ${name}`) }),
    allowedIps: allowedIps.map((text) => fact(prefix(text), `allowed-ips ${text} of ${name}`)),
    ...(words.exitFor && { exitFor: words.exitFor.map((text) => fact(prefix(text), `exit for ${text}`)) }),
    ...(words.endpoint && {
      endpoint: fact(parseEndpointName(words.endpoint) as EndpointName, `endpoint of ${name}`),
    }),
    ...(words.keepalive && { keepalive: fact(words.keepalive, `keepalive to ${name}`) }),
  };
}

export function tunnel(
  name: string,
  addresses: readonly string[],
  peers: readonly Peer[],
  more: { readonly mtu?: number; readonly listenPort?: number; readonly avoidsItself?: boolean } = {},
): TunnelInterface {
  return {
    kind: 'wireguard',
    id: 'wg0',
    addresses: addresses.map((text) => fact(address(text), `address ${text}`)),
    ...(more.listenPort && { listenPort: fact(more.listenPort, `listen-port of ${name}`) }),
    mtu: fact(more.mtu ?? 1420, `mtu of ${name}`),
    publicKey: fact(key(name), `own key of ${name}`),
    peers,
    ...(more.avoidsItself && { avoidsItself: fact(true, `mark of ${name}`) }),
  };
}

export function lanLink(lan: string, addresses: readonly string[], id = 'eth0'): LanInterface {
  return { kind: 'lan', id, lan, addresses: addresses.map(withLength) };
}

export function outerLink(addresses: readonly string[], id = 'eth0'): OuterInterface {
  return { kind: 'outer', id, addresses: addresses.map(withLength) };
}

function withLength(text: string) {
  const [bits = '', length] = text.split('/');
  return fact({ address: address(bits), length: Number(length) }, `address ${text}`);
}

/** `to`: an interface, "GATEWAY dev INTERFACE", or "unreachable". */
export function route(text: string, to = 'wg0'): Route {
  const [gateway = '', , id] = to.split(' ');
  const words = `route ${text} ${to}`;
  if (to === 'unreachable') return { prefix: prefix(text), via: { kind: 'unreachable' }, origin: origin(words) };
  return {
    prefix: prefix(text),
    via:
      id === undefined
        ? { kind: 'interface', interface: to }
        : { kind: 'gateway', interface: id, gateway: address(gateway) },
    origin: origin(words),
  };
}

/** A route into the tunnel for every allowed IP. */
export function routesOf(...interfaces: readonly Interface[]): Route[] {
  return interfaces.flatMap((each) =>
    each.kind === 'wireguard'
      ? each.peers.flatMap((one) =>
          one.allowedIps.map(({ value, origin: from }): Route => {
            return { prefix: value, via: { kind: 'interface', interface: each.id }, origin: from };
          }),
        )
      : [],
  );
}

/** Everything is forwarded everywhere, as `ip_forward` does. */
export function forwardsAll(interfaces: readonly string[]): Forwarding[] {
  return ([4, 6] as const).flatMap((family) =>
    interfaces.flatMap((from) => interfaces.map((to) => ({ family, from, to, origin: origin('ip_forward') }))),
  );
}

export function proxyFor(text: string, id = 'eth0'): NeighbourProxy {
  return { address: address(text), interface: id, origin: origin(`proxy ${text}`) };
}

export function rule(action: Filter['action'], words: Omit<Filter, 'action' | 'origin'> = {}): Filter {
  return { action, ...words, origin: origin(`${action} ${words.from ?? ''}>${words.to ?? ''}`) };
}

export function device(name: string, interfaces: readonly Interface[], more: Partial<Device> = {}): Device {
  return {
    name,
    kind: 'machine',
    platform: fact('linux', `platform of ${name}`),
    place: { file: name, line: 1, column: 1, endColumn: 2 },
    interfaces,
    routes: routesOf(...interfaces),
    forwarding: [],
    translations: [],
    filters: [],
    mssClamps: [],
    neighbourProxies: [],
    dns: [],
    ...more,
  };
}

export interface LanWords extends Partial<Omit<LanPlan, 'prefixes' | 'defaultGateway' | 'hosts'>> {
  readonly gateway?: readonly string[];
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
}

/** A LAN that somebody planned, unless `attach: null` says otherwise. */
export function lan(name: string, prefixes: readonly string[], { gateway, hosts, ...more }: LanWords = {}): LanPlan {
  return {
    name,
    place: { file: name, line: 1, column: 1, endColumn: 2 },
    prefixes: prefixes.map((text) => fact(prefix(text), `prefix ${text}`)),
    seenAs: [],
    via: null,
    attach: fact('static-route', 'attach'),
    defaultGateway: (gateway ?? []).map((text) => fact(address(text), `gateway ${text}`)),
    defaultGatewayPlatform: null,
    gatewayFirewall: fact('none', 'gateway-firewall'),
    advertise: [],
    gatewayRoutes: [],
    lent: [],
    hosts: Object.entries(hosts ?? {}).map(([host, addresses]) => ({
      name: host,
      addresses: addresses.map((text) => fact(address(text), `address of ${host}`)),
    })),
    ...more,
  };
}

/** A route on a LAN's default gateway. */
export function gatewayRoute(text: string, via: string): LanPlan['gatewayRoutes'][number] {
  return { prefix: prefix(text), gateway: address(via), origin: origin(`gateway route ${text}`) };
}

export function planOf(devices: readonly Device[], lans: readonly LanPlan[] = []): Plan {
  return { name: 'example', inside: [], devices, lans, given: [], carved: [], expectations: [] };
}

/** What a flow is, in one word, and the guilty station and fact when it does not work: "fails: not-forwarded at hub". */
export function summary({ verdict, worst }: Flow): string {
  const { reason } = worst;
  return reason === null ? verdict : `${verdict}: ${reason.disposition} at ${reason.hop.station.name}`;
}

/** A world that can be asked. */
export class Example {
  readonly world: World;

  constructor(plan: Plan) {
    this.world = worldOf(plan);
  }

  station(name: string): Station {
    return this.world.stations.find((each) => each.name === name)!;
  }

  /** The flow to the first address of `to` in the family of its first address, or to an address that is given. */
  flow(from: string, to: string, protocol: Protocol = 'ping', port = 80): Flow {
    const sender = this.station(from);
    const given = parseAddress(to);
    const receiver = given === null ? this.station(to) : null;
    const destination =
      given ?? addressesOf(this.world, receiver!, sender, 4)[0] ?? addressesOf(this.world, receiver!, sender, 6)[0]!;
    return flowOf(this.world, { from: sender, to: receiver, destination, protocol, port });
  }

  ask(from: string, to: string, protocol: Protocol = 'ping', port = 80): string {
    return summary(this.flow(from, to, protocol, port));
  }

  /** The dispositions of the flow's packets and of the errors about them, in order. */
  packets(from: string, to: string, protocol: Protocol = 'ping'): (Disposition | `error ${Disposition}`)[] {
    return this.flow(from, to, protocol).worst.packets.flatMap(({ trace }) => [
      trace.disposition,
      ...(trace.error === null ? [] : [`error ${trace.error.trace.disposition}` as const]),
    ]);
  }
}
