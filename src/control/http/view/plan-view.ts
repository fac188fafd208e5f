/**
 * A plan as the API shows it: values in their usual spelling. It decides nothing.
 */

import { formatAddress } from '../../../net/address.ts';
import { formatEndpoint } from '../../../net/endpoint.ts';
import { formatKey } from '../../../net/key.ts';
import { formatPrefix } from '../../../net/prefix.ts';
import type { Device, Fact, Interface, LanPlan, Origin, Plan, Route, Translation } from '../../../plan/plan.ts';
import type { OriginShape, PlanShape } from '../shape/plan.ts';

type DeviceShape = PlanShape['devices'][number];
type InterfaceShape = DeviceShape['interfaces'][number];

export function planView({ name, inside, devices, lans }: Plan): PlanShape {
  return {
    name,
    inside: inside.map((each) => factView(each, formatPrefix)),
    devices: devices.map(deviceView),
    lans: lans.map(lanView),
  };
}

function deviceView(device: Device): DeviceShape {
  return {
    name: device.name,
    kind: device.kind,
    platform: factView(device.platform, String),
    interfaces: device.interfaces.map(interfaceView),
    routes: device.routes.map(routeView),
    forwarding: device.forwarding.map(({ family, from, to, origin }) => ({
      family,
      from,
      to,
      origin: originView(origin),
    })),
    translations: device.translations.map((each) => ({
      kind: each.kind,
      text: translationText(each),
      origin: originView(each.origin),
    })),
    mssClamps: device.mssClamps.map(({ family, interface: on, origin }) => ({
      family,
      interface: on,
      origin: originView(origin),
    })),
    neighbourProxies: device.neighbourProxies.map(({ address, interface: on, origin }) => ({
      address: formatAddress(address),
      interface: on,
      origin: originView(origin),
    })),
  };
}

function interfaceView(each: Interface): InterfaceShape {
  if (each.kind !== 'wireguard') {
    return {
      kind: each.kind,
      id: each.id,
      lan: each.kind === 'lan' ? each.lan : null,
      addresses: each.addresses.map((fact) =>
        factView(fact, ({ address, length }) => `${formatAddress(address)}/${length}`),
      ),
    };
  }
  return {
    kind: each.kind,
    id: each.id,
    addresses: each.addresses.map((fact) => factView(fact, formatAddress)),
    listenPort: optional(each.listenPort, Number),
    mtu: factView(each.mtu, Number),
    publicKey: optional(each.publicKey, formatKey),
    peers: each.peers.map((peer) => ({
      name: peer.name,
      publicKey: optional(peer.publicKey, formatKey),
      allowedIps: peer.allowedIps.map((fact) => factView(fact, formatPrefix)),
      endpoint: optional(peer.endpoint, formatEndpoint),
      keepalive: optional(peer.keepalive, Number),
    })),
  };
}

function routeView({ prefix, via, origin }: Route): DeviceShape['routes'][number] {
  return {
    prefix: formatPrefix(prefix),
    interface: via.kind === 'unreachable' ? null : via.interface,
    gateway: via.kind === 'gateway' ? formatAddress(via.gateway) : null,
    origin: originView(origin),
  };
}

function translationText(each: Translation): string {
  switch (each.kind) {
    case 'masquerade':
      return `what leaves by ${each.to} gets the address there as its source`;
    case 'source':
      return `the source becomes ${formatAddress(each.address)}`;
    case 'destination':
      return `the destination becomes ${formatAddress(each.address)}${each.port === undefined ? '' : ` port ${each.port}`}`;
    case 'keep':
      return 'the addresses stay as they are';
    case 'one-to-one':
      return `${formatPrefix(each.real)} is known beyond ${each.interface} as ${formatPrefix(each.seenAs)}, one to one`;
  }
}

function lanView({ name, prefixes, via, attach, gatewayRoutes, lent }: LanPlan): PlanShape['lans'][number] {
  return {
    name,
    prefixes: prefixes.map((each) => factView(each, formatPrefix)),
    via: optional(via, String),
    attach: optional(attach, String),
    gatewayRoutes: gatewayRoutes.map(({ prefix, gateway, origin }) => ({
      prefix: formatPrefix(prefix),
      gateway: formatAddress(gateway),
      origin: originView(origin),
    })),
    lent: lent.map((each) => factView(each, formatAddress)),
  };
}

function factView<T, V>({ value, origin }: Fact<T>, format: (value: T) => V): { value: V; origin: OriginShape } {
  return { value: format(value), origin: originView(origin) };
}

function optional<T, V>(fact: Fact<T> | null | undefined, format: (value: T) => V) {
  return fact === null || fact === undefined ? null : factView(fact, format);
}

function originView(origin: Origin): OriginShape {
  if (origin.kind === 'file') return { kind: 'file', line: origin.place.line, column: origin.place.column };
  return { kind: 'rule', rule: origin.rule, because: origin.because.map(originView) };
}
