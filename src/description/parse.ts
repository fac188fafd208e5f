/**
 * The network that a file describes, or every mistake in it.
 *
 * Text to nodes is `yaml-text`, nodes to values is `schema/`, what several places must agree on is `rules/`. Here the
 * values become a `Network`. Nothing is decided: what two LANs do to each other, and what is absent, is the planner's.
 */

import type { ParsedNode } from 'yaml';
import type { Diagnostic, Place, Sourced } from './diagnostic.ts';
import type { AccessRule, Group, Host, Lan, Machine, Network, Router } from './network.ts';
import { notSupportedYet } from './not-supported-yet.ts';
import { checkRules } from './rules/rules.ts';
import {
  type accessShape,
  type defaultGatewayShape,
  type hostShape,
  type lanShape,
  type machineShape,
  networkShape,
  type routerShape,
} from './schema/network-schema.ts';
import type { NamedValue, Shape } from './schema/shape.ts';
import { placeBetween, type SourceText, sourceText } from './source-text.ts';
import { readYaml } from './yaml-text.ts';

export interface ParseOptions {
  /** Accept what is described but not built yet. */
  readonly allowUnsupported?: boolean;
}

export interface ParseResult {
  /** Null when there is any error. */
  readonly network: Network | null;
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The network described by `text`; `file` is the name that messages print. All mistakes at once. */
export function parseNetwork(text: string, file: string, options: ParseOptions = {}): ParseResult {
  const { network, diagnostics } = readNetwork(sourceText(file, text), options);
  return { network, diagnostics };
}

/** As `parseNetwork`, with the nodes that the network was read from, for whoever edits the text. */
export function readNetwork(
  source: SourceText,
  options: ParseOptions,
): ParseResult & { readonly root: ParsedNode | null } {
  const { root, whole, diagnostics: found } = readYaml(source);
  const diagnostics = [...found];
  let network: Network | null = null;
  if (whole) {
    const place = placeBetween(source, source.lineStarts[0]!, source.lineStarts[0]! + 1);
    const value = networkShape.read(root, { label: 'the network', place }, { source, diagnostics });
    network = networkOf(value ?? { places: new Map(), place }, place);
    diagnostics.push(...checkRules(network, source, diagnostics));
    if (!options.allowUnsupported) diagnostics.push(...notSupportedYet(network));
  }
  diagnostics.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  return { network: diagnostics.some((each) => each.severity === 'error') ? null : network, diagnostics, root };
}

type ValueOf<S> = S extends Shape<infer T> ? T : never;

/** The network as far as it could be read; a mistaken field is absent or empty, so that the other mistakes are found too. */
function networkOf(value: ValueOf<typeof networkShape>, place: Place): Network {
  return {
    file: place.file,
    name: value.name ?? { value: '', place },
    ula: value.ula,
    inside: value.inside ?? [],
    routers: (value.routers ?? []).map(routerOf),
    machines: (value.machines ?? []).map(machineOf),
    lans: (value.lans ?? []).map(lanOf),
    groups: (value.groups ?? []).map(groupOf),
    access: sourcedWord(value, 'access', value.access?.map(accessOf)),
    expect: value.expect ?? [],
    dns: sourcedWord(value, 'dns', value.dns && { domain: value.dns.domain, upstream: value.dns.upstream ?? [] }),
  };
}

function routerOf({ name, value }: NamedValue<ValueOf<typeof routerShape>>): Router {
  return {
    name,
    endpoint: value.endpoint ?? { value: { host: '', address: null, port: 0 }, place: name.place },
    listen: value.listen,
    address: value.address ?? [],
    publicKey: value['public-key'],
    backend: value.backend,
    mtu: value.mtu,
    pathMtu: value['path-mtu'],
    note: value.note,
  };
}

function machineOf({ name, value }: NamedValue<ValueOf<typeof machineShape>>): Machine {
  return {
    name,
    platform: value.platform,
    address: value.address ?? [],
    publicKey: value['public-key'],
    endpoint: value.endpoint,
    note: value.note,
    expires: value.expires,
    disabled: value.disabled,
    lan: value.lan ?? [],
    lanAddress: value['lan-address'] ?? [],
    routes: sourcedWord(value, 'routes', value.routes),
    internet: value.internet,
    keepalive: value.keepalive,
    mtu: value.mtu,
    pathMtu: value['path-mtu'],
  };
}

function lanOf({ name, value }: NamedValue<ValueOf<typeof lanShape>>): Lan {
  const gateway = value['default-gateway'];
  return {
    name,
    prefixes: value.prefixes ?? [],
    via: value.via,
    attach: value.attach,
    defaultGateway: addressesOf(gateway),
    defaultGatewayPlatform: platformOf(gateway),
    gatewayFirewall: value['gateway-firewall'],
    advertise: value.advertise ?? [],
    lend: (value.lend ?? []).map((each) => ({ machine: each.name, addresses: each.value })),
    seenAs: value['seen-as'] ?? [],
    hosts: (value.hosts ?? []).map(hostOf),
  };
}

function hostOf({ name, value }: NamedValue<ValueOf<typeof hostShape>>): Host {
  return { name, address: addressesOf(value), platform: platformOf(value) };
}

function groupOf({ name, value }: NamedValue<readonly Sourced<string>[]>): Group {
  return { name, members: value };
}

function accessOf(value: ValueOf<typeof accessShape>): AccessRule {
  const nobody = { value: '', place: value.place };
  return { place: value.place, from: value.from ?? nobody, to: value.to ?? nobody, ports: value.ports ?? [] };
}

type AddressesOrRecord = ValueOf<typeof defaultGatewayShape> | undefined;

function addressesOf(value: AddressesOrRecord): Host['address'] {
  if (value === undefined) return [];
  return 'places' in value ? (value.address ?? []) : value;
}

function platformOf(value: AddressesOrRecord): Host['platform'] {
  return value !== undefined && 'places' in value ? value.platform : undefined;
}

/** A field whose value has no place of its own, with the place of its word. */
function sourcedWord<T>(
  record: { readonly places: ReadonlyMap<string, Place> },
  word: string,
  value: T | undefined,
): Sourced<T> | undefined {
  return value === undefined ? undefined : { value, place: record.places.get(word)! };
}
