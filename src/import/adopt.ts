/**
 * A network that others built → the text of a network file that keeps it as it is: names, public keys, addresses, LANs and
 * how they are attached. Or why it does not fit the pattern.
 *
 * The pattern: one router that every other machine has as its only peer; what the router sends to a machine is that
 * machine's own address and the LANs behind it. Configurations are written anew from the file, so what they say beyond
 * this is told in `changes`: a person decides whether it was needed.
 */

import { formatAddress } from '../net/address.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { formatKey } from '../net/key.ts';
import { formatPrefix, prefixContains } from '../net/prefix.ts';
import { type AdoptedLan, adoptedLans } from './adopt/lans.ts';
import { type AdoptedMachine, adoptedMachines } from './adopt/machines.ts';
import { namesFor } from './adopt/names.ts';
import type { AdoptRefusal } from './adopt/refusal.ts';
import { type AdoptedRouter, findRouter } from './adopt/router.ts';
import type { Imported } from './imported.ts';

export type Adopted =
  | { readonly text: string; readonly changes: readonly string[] }
  | { readonly refusals: readonly AdoptRefusal[] };

/** `name` is what the network shall be called: a label of RFC 1123 in lower case. */
export function adopt(imported: Imported, name: string): Adopted {
  const refusals: AdoptRefusal[] = [];
  const changes: string[] = [];
  const router = findRouter(imported.plan, refusals);
  if (router === null) return { refusals };
  const machines = adoptedMachines(imported.plan, router, refusals);
  const lans = adoptedLans(imported.plan, router, machines, refusals);
  if (refusals.length > 0) return { refusals };
  changes.push(...changesOf(imported, router, machines, lans));
  return { text: textOf(name, router, machines, lans), changes };
}

function textOf(
  name: string,
  router: AdoptedRouter,
  machines: readonly AdoptedMachine[],
  lans: readonly AdoptedLan[],
): string {
  const nameOf = namesFor(
    [router.device.name, ...machines.map((each) => each.name)],
    lans.map((lan) => lan.name),
    lans.flatMap((lan) => lan.hosts.map((host) => host.name)),
  );
  const lines = [
    '# Adopted from configurations that were there: keys, addresses and names are theirs.',
    `name: ${scalar(name)}`,
    '',
    'inside:',
    ...router.inside.map((prefix) => `  - ${scalar(formatPrefix(prefix))}`),
    '',
    'routers:',
    `  ${nameOf.device(router.device.name)}:`,
    `    endpoint: ${scalar(formatEndpoint(router.endpoint))}`,
    ...(router.listen === null ? [] : [`    listen: ${router.listen}`]),
    `    address: ${list(router.addresses.map(formatAddress))}`,
    ...(router.publicKey ? [`    public-key: ${scalar(formatKey(router.publicKey))}`] : []),
    ...(router.mtu === null ? [] : [`    mtu: ${router.mtu}`]),
    '',
    'machines:',
    ...machines.flatMap((machine) => machineLines(machine, nameOf, lans)),
    '',
    'lans:',
    ...lans.flatMap((lan) => lanLines(lan, nameOf)),
  ];
  return `${lines.join('\n')}\n`;
}

type Names = ReturnType<typeof namesFor>;

function machineLines(machine: AdoptedMachine, nameOf: Names, lans: readonly AdoptedLan[]): string[] {
  const standing = lans.filter((lan) => lan.members.has(machine.name));
  const lanAddresses = standing.flatMap((lan) => lan.members.get(machine.name)!);
  const routes = routesOf(machine, lans)?.map((lan) => (lan === null ? 'inside' : nameOf.lan(lan)));
  return [
    `  ${nameOf.device(machine.name)}:`,
    ...(machine.platform === null ? [] : [`    platform: ${machine.platform}`]),
    ...(machine.addresses.length === 0 ? [] : [`    address: ${list(machine.addresses.map(formatAddress))}`]),
    ...(machine.publicKey ? [`    public-key: ${scalar(formatKey(machine.publicKey))}`] : []),
    ...(machine.endpoint ? [`    endpoint: ${scalar(formatEndpoint(machine.endpoint))}`] : []),
    ...(standing.length === 0 ? [] : [`    lan: ${list(standing.map((lan) => nameOf.lan(lan.name)))}`]),
    ...(lanAddresses.length === 0 ? [] : [`    lan-address: ${list(lanAddresses.map(formatAddress))}`]),
    ...(routes ? [`    routes: ${list(routes)}`] : []),
    ...(machine.keepalive === null ? [] : [`    keepalive: ${machine.keepalive}`]),
    ...(machine.mtu === null ? [] : [`    mtu: ${machine.mtu}`]),
    ...(machine.pathMtu === null ? [] : [`    path-mtu: ${machine.pathMtu}`]),
  ];
}

/** The LANs it sends to the router, when these are not all; null for `inside`. A machine that carries one sends all. */
function routesOf(machine: AdoptedMachine, lans: readonly AdoptedLan[]): readonly (string | null)[] | null {
  if (machine.sends.length === 0 || lans.some((lan) => lan.via === machine.name)) return null;
  const elsewhere = lans.filter((lan) => !lan.members.has(machine.name));
  const reached = elsewhere.filter((lan) =>
    (lan.seenAs.length > 0 ? lan.seenAs : lan.prefixes).every((prefix) =>
      machine.sends.some((each) => prefixContains(each, prefix)),
    ),
  );
  return reached.length === elsewhere.length ? null : [null, ...reached.map((lan) => lan.name)];
}

function lanLines(lan: AdoptedLan, nameOf: Names): string[] {
  const lend = [...lan.lend].map(
    ([machine, addresses]) => `${nameOf.device(machine)}: ${list(addresses.map(formatAddress))}`,
  );
  const hosts = lan.hosts.map((host) => `      ${nameOf.host(host.name)}: ${list(host.addresses.map(formatAddress))}`);
  return [
    `  ${nameOf.lan(lan.name)}:`,
    `    prefixes: ${list(lan.prefixes.map(formatPrefix))}`,
    `    via: ${nameOf.device(lan.via)}`,
    `    attach: ${lan.attach}`,
    ...(lan.defaultGateway.length === 0 ? [] : [`    default-gateway: ${list(lan.defaultGateway.map(formatAddress))}`]),
    ...(lan.seenAs.length === 0 ? [] : [`    seen-as: ${list(lan.seenAs.map(formatPrefix))}`]),
    ...(lend.length === 0 ? [] : [`    lend: {${lend.join(', ')}}`]),
    ...(hosts.length === 0 ? [] : ['    hosts:', ...hosts]),
  ];
}

/** What the configurations say and the file does not, or differently. */
function changesOf(
  imported: Imported,
  router: AdoptedRouter,
  machines: readonly AdoptedMachine[],
  lans: readonly AdoptedLan[],
): string[] {
  const { devices } = imported.plan;
  const preshared = machines.filter((machine) => machine.hasPresharedKey).map((machine) => machine.name);
  const filtered = devices.filter(({ filters }) => filters.some(({ action }) => action !== 'accept'));
  const exits = [
    router.device,
    ...devices.filter(({ name }) => machines.some((machine) => machine.name === name)),
  ].filter(
    (device) =>
      device.translations.some(({ kind }) => kind === 'masquerade') && !lans.some((lan) => lan.via === device.name),
  );
  return [
    ...(preshared.length === 0
      ? []
      : [`keep the preshared keys of ${preshared.join(', ')}: put each into the key folder as NAME.psk`]),
    ...filtered.map(({ name }) => `the packet filter of ${name} is not in the file: it stays as it is on the machine`),
    ...exits.map(({ name }) => `${name} translates addresses towards the internet; nothing of it is in the file`),
    ...machines.flatMap((machine) => machine.changes.map((change) => `${machine.name}: ${change}`)),
    ...imported.notUnderstood.map(
      ({ place, reason }) => `${place.file}:${place.line}: ${reason}, so it is not in the file`,
    ),
  ];
}

function list(items: readonly string[]): string {
  return `[${items.map(scalar).join(', ')}]`;
}

/** Plain where YAML reads nothing else in it, else in double quotes. */
function scalar(text: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9 ._/+=-]*$/.test(text) ? text : JSON.stringify(text);
}
