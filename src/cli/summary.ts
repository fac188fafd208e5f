/**
 * A network as `check` shows it: who is there under which addresses, which LANs join and how, who is not ready yet. One
 * value for `--json`, and its text for people.
 */

import type { LoadedPlan } from '../control/load-plan.ts';
import type { Network } from '../description/network.ts';
import { visible } from '../description/visible.ts';
import { formatAddress } from '../net/address.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { formatKey } from '../net/key.ts';
import { formatPrefix } from '../net/prefix.ts';
import { type Device, type LanPlan, type Plan, tunnelOf } from '../plan/plan.ts';
import type { Paint } from './terminal/paint.ts';
import { table } from './terminal/table.ts';

export interface RouterSummary {
  readonly name: string;
  readonly endpoint: string;
  readonly addresses: readonly string[];
  readonly publicKey: string | null;
}

export interface MachineSummary {
  readonly name: string;
  readonly platform: string;
  readonly addresses: readonly string[];
  readonly publicKey: string | null;
  /** LANs on which it stands, and those of them that it connects. */
  readonly lans: readonly string[];
  readonly carries: readonly string[];
  /** The LAN through which it reaches the internet; null where it keeps its own way. */
  readonly internet: string | null;
  readonly note: string | null;
  /** ISO 8601, UTC. */
  readonly expires: string | null;
  readonly isDisabled: boolean;
  /** Null while nothing was handed out. */
  readonly configuration: 'current' | 'old' | null;
}

export interface LanSummary {
  readonly name: string;
  readonly prefixes: readonly string[];
  /** By which others reach it, one to one; empty where they use its own prefixes. */
  readonly seenAs: readonly string[];
  readonly via: string | null;
  readonly attach: string | null;
  readonly defaultGateway: readonly string[];
  /** Routes that somebody adds on its default gateway. */
  readonly gatewayRoutes: readonly { readonly prefix: string; readonly gateway: string }[];
  readonly hosts: readonly { readonly name: string; readonly addresses: readonly string[] }[];
}

export interface NetworkSummary {
  readonly network: string;
  readonly inside: readonly string[];
  readonly routers: readonly RouterSummary[];
  readonly machines: readonly MachineSummary[];
  readonly lans: readonly LanSummary[];
}

/** What a network without mistakes amounts to. */
export function summaryOf(plan: Plan, network: Network, loaded: LoadedPlan): NetworkSummary {
  const endpoints = new Map(network.routers.map((each) => [each.name.value, formatEndpoint(each.endpoint.value)]));
  const internet = new Map(network.machines.map((each) => [each.name.value, each.internet?.value ?? null]));
  const notes = new Map(network.machines.map((each) => [each.name.value, each.note?.value ?? null]));
  const carried = Map.groupBy(plan.lans, (lan) => lan.via?.value ?? null);
  const stale = new Set(loaded.stale);
  const handedOut = new Set(
    loaded.handedOut.filter((entry) => entry.configurationHash !== null).map((entry) => entry.name),
  );
  const devices = (kind: Device['kind']) => plan.devices.filter((device) => device.kind === kind);
  return {
    network: plan.name,
    inside: plan.inside.map(({ value }) => formatPrefix(value)),
    routers: devices('router').map((router) => ({
      ...identityOf(router),
      endpoint: endpoints.get(router.name)!,
    })),
    machines: devices('machine').map((machine) => ({
      ...identityOf(machine),
      platform: machine.platform.value,
      lans: machine.interfaces.flatMap((each) => (each.kind === 'lan' ? [each.lan] : [])),
      carries: (carried.get(machine.name) ?? []).map((lan) => lan.name),
      internet: internet.get(machine.name) ?? null,
      note: notes.get(machine.name) ?? null,
      expires: machine.expires === undefined ? null : new Date(machine.expires.value).toISOString(),
      isDisabled: machine.disabled !== undefined,
      configuration: handedOut.has(machine.name) ? (stale.has(machine.name) ? 'old' : 'current') : null,
    })),
    lans: plan.lans.map(lanSummary),
  };
}

function identityOf(device: Device) {
  const tunnel = tunnelOf(device);
  return {
    name: device.name,
    addresses: tunnel.addresses.map(({ value }) => formatAddress(value)),
    publicKey: tunnel.publicKey === null ? null : formatKey(tunnel.publicKey.value),
  };
}

function lanSummary(lan: LanPlan): LanSummary {
  return {
    name: lan.name,
    prefixes: lan.prefixes.map(({ value }) => formatPrefix(value)),
    seenAs: lan.seenAs.map(({ seenAs }) => formatPrefix(seenAs.value)),
    via: lan.via?.value ?? null,
    attach: lan.attach?.value ?? null,
    defaultGateway: lan.defaultGateway.map(({ value }) => formatAddress(value)),
    gatewayRoutes: lan.gatewayRoutes.map(({ prefix, gateway }) => ({
      prefix: formatPrefix(prefix),
      gateway: formatAddress(gateway),
    })),
    hosts: lan.hosts.map(({ name, addresses }) => ({
      name,
      addresses: addresses.map(({ value }) => formatAddress(value)),
    })),
  };
}

/** For people; `limit` machines at most are shown. */
export function summaryText(
  summary: NetworkSummary,
  options: { readonly paint: Paint; readonly now: number; readonly limit: number },
): string {
  const { paint, limit } = options;
  const { machines, lans, routers } = summary;
  const surplus = machines.length - limit;
  const lines = [
    `network ${paint('bold', summary.network)}  ${paint('dim', `inside ${summary.inside.join(', ')}`)}`,
    ...heading('Router', paint),
    ...table(
      routers.map((router) => [
        paint('name', router.name),
        ...addressCells(router.addresses),
        `${router.endpoint}/udp`,
        router.publicKey === null ? paint('warning', 'no key yet') : '',
      ]),
      '  ',
    ),
    ...(machines.length === 0 ? [] : heading('Machines', paint)),
    ...table(
      machines.slice(0, limit).map((machine) => machineCells(machine, options)),
      '  ',
    ),
    ...(surplus > 0 ? [`  … and ${surplus} more; --json lists all`] : []),
    ...(lans.length === 0 ? [] : heading('LANs', paint)),
    ...table(
      lans.map((lan) => lanCells(lan, paint)),
      '  ',
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function heading(text: string, paint: Paint): string[] {
  return ['', paint('bold', text)];
}

function addressCells(addresses: readonly string[]): [string, string] {
  return [
    addresses.filter((each) => !each.includes(':')).join(' '),
    addresses.filter((each) => each.includes(':')).join(' '),
  ];
}

function machineCells(
  machine: MachineSummary,
  { paint, now }: { readonly paint: Paint; readonly now: number },
): string[] {
  const isExpired = machine.expires !== null && Date.parse(machine.expires) <= now;
  const states = [
    ...(machine.carries.length > 0 ? [`carries ${machine.carries.join(', ')}`] : []),
    ...(machine.internet === null ? [] : [`internet through ${machine.internet}`]),
    ...(machine.isDisabled ? [paint('warning', 'disabled')] : []),
    ...(isExpired ? [paint('warning', 'expired')] : []),
    ...(machine.publicKey === null
      ? [paint('warning', 'not set up')]
      : machine.configuration === 'old'
        ? [paint('warning', 'configuration is old')]
        : []),
  ];
  const note = machine.note === null ? '' : paint('dim', shortened(visible(machine.note)));
  return [
    paint('name', machine.name),
    ...addressCells(machine.addresses),
    machine.platform === 'other' ? '' : machine.platform,
    states.join(', '),
    note,
  ];
}

const NOTE_CHARACTERS = 40;

function shortened(note: string): string {
  const characters = [...note];
  return characters.length > NOTE_CHARACTERS ? `${characters.slice(0, NOTE_CHARACTERS).join('')}…` : note;
}

function lanCells(lan: LanSummary, paint: Paint): string[] {
  const hosts = lan.hosts.length === 1 ? '1 named host' : `${lan.hosts.length} named hosts`;
  return [
    paint('name', lan.name),
    lan.seenAs.length === 0 ? lan.prefixes.join(' ') : `${lan.prefixes.join(' ')} seen as ${lan.seenAs.join(' ')}`,
    lan.via === null ? paint('warning', 'not connected') : `via ${lan.via}`,
    lan.attach ?? '',
    lan.gatewayRoutes.length === 0 ? '' : `route on ${lan.defaultGateway.join(' and ')}`,
    lan.hosts.length === 0 ? '' : paint('dim', hosts),
  ];
}
