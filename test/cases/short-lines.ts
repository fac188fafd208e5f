/**
 * Devices as short lines of text, for tests to compare: `forward iif wg0 established+related accept`.
 */

import { formatAddress } from '../../src/net/address.ts';
import { formatPrefix } from '../../src/net/prefix.ts';
import type { Device, Filter, Matches, Route, Translation } from '../../src/plan/plan.ts';

export function shortInterfaces(device: Device): string[] {
  return device.interfaces.map((each) => {
    const addresses = each.addresses.map(({ value }) =>
      'bits' in value ? formatAddress(value) : `${formatAddress(value.address)}/${value.length}`,
    );
    return [each.kind === 'lan' ? `lan ${each.lan}` : each.kind, each.id, ...addresses].join(' ');
  });
}

export function shortRoutes(device: Device): string[] {
  return device.routes.map(shortRoute);
}

export function shortRoute({ prefix, via, metric, isAdvertised }: Route): string {
  const way =
    via.kind === 'unreachable'
      ? 'unreachable'
      : via.kind === 'gateway'
        ? `via ${formatAddress(via.gateway)} ${via.interface}`
        : via.interface;
  const rest = [...(metric ? [`metric ${metric}`] : []), ...(isAdvertised ? ['advertised'] : [])];
  return [formatPrefix(prefix), way, ...rest].join(' ');
}

export function shortMatches({ from, to, source, destination, protocol, ports, sourcePorts }: Matches): string[] {
  return [
    ...(from === undefined ? [] : [`iif ${from}`]),
    ...(to === undefined ? [] : [`oif ${to}`]),
    ...(source ? [`saddr ${formatPrefix(source)}`] : []),
    ...(destination ? [`daddr ${formatPrefix(destination)}`] : []),
    ...(protocol ? [protocol] : []),
    ...(sourcePorts ? [`sport ${sourcePorts.first}-${sourcePorts.last}`] : []),
    ...(ports ? [`dport ${ports.first}-${ports.last}`] : []),
  ];
}

export function shortFilter(filter: Filter): string {
  const states = filter.states ? [filter.states.join('+')] : [];
  return [filter.hook ?? 'forward', ...shortMatches(filter), ...states, filter.action].join(' ');
}

/** Of one family; those of both are written twice in a plan. */
export function shortFilters(device: Device, family: 4 | 6 = 4): string[] {
  return device.filters.filter((each) => each.family === family).map(shortFilter);
}

export function shortTranslation(each: Translation): string {
  if (each.kind === 'one-to-one') {
    return `one-to-one ${formatPrefix(each.real)} ${formatPrefix(each.seenAs)} ${each.interface}`;
  }
  const to = 'address' in each ? [`to ${formatAddress(each.address)}`] : [];
  const port = each.kind === 'destination' && each.port !== undefined ? [`port ${each.port}`] : [];
  return [`ipv${each.family}`, each.kind, ...shortMatches(each), ...to, ...port].join(' ');
}

export function shortTranslations(device: Device): string[] {
  return device.translations.map(shortTranslation);
}

export function shortClamps(device: Device): string[] {
  return device.mssClamps.map(({ family, interface: id, only, bytes }) =>
    [`ipv${family}`, id, ...(only ? [only] : []), ...(bytes === undefined ? [] : [String(bytes)])].join(' '),
  );
}

export function shortProxies(device: Device): string[] {
  return device.neighbourProxies.map(({ address, interface: id }) => `${formatAddress(address)} ${id}`);
}
