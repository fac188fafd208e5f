/**
 * Port forwards of a survey, as translations of the device that makes them, where the address behind is known.
 */

import type { Address } from '../../net/address.ts';
import type { Device, LanPlan, Translation } from '../../plan/plan.ts';
import type { End, PortForward } from '../imported.ts';

export function withPortForwards(
  devices: readonly Device[],
  lans: readonly LanPlan[],
  forwards: readonly PortForward[],
): Device[] {
  return devices.map((device) => {
    const own = forwards.filter(({ on }) => on === device.name);
    if (own.length === 0) return device;
    const translations = own.flatMap((forward): Translation[] => {
      const { protocol, port, toPort, origin } = forward;
      return addressesBehind(device, devices, lans, forward.to).map((address) => ({
        kind: 'destination',
        family: address.family,
        protocol,
        ports: { first: port, last: port },
        ...arrivingOn(device),
        address,
        ...(toPort !== port && { port: toPort }),
        origin,
      }));
    });
    return { ...device, translations: [...device.translations, ...translations] };
  });
}

/** The addresses of `to` on a LAN of the device; any of its LANs when they share none. */
function addressesBehind(device: Device, devices: readonly Device[], lans: readonly LanPlan[], to: End): Address[] {
  if (to.kind === 'address') return [to.address];
  if (to.kind !== 'device' && to.kind !== 'host') return [];
  const host = lans.flatMap((lan) => lan.hosts).find(({ name }) => name === to.name);
  const target = devices.find(({ name }) => name === to.name);
  const own = new Set(device.interfaces.flatMap((each) => (each.kind === 'lan' ? [each.lan] : [])));
  const standing = target?.interfaces.filter((each) => each.kind === 'lan') ?? [];
  const shared = standing.filter(({ lan }) => own.has(lan));
  const addresses = (shared.length > 0 ? shared : standing).flatMap((each) =>
    each.addresses.map(({ value }) => value.address),
  );
  const all = [...addresses, ...(host?.addresses.map(({ value }) => value) ?? [])];
  // Forwards of ports are IPv4's; what has an address in both families is meant by its IPv4 one.
  return all.some(({ family }) => family === 4)
    ? all.filter(({ family }) => family === 4).slice(0, 1)
    : all.slice(0, 1);
}

/** From outside, where the device has one interface that leads there; else wherever the packet comes from. */
function arrivingOn(device: Device): { readonly from?: string } {
  const [only, ...others] = device.interfaces.filter((each) => each.kind === 'outer');
  return only && others.length === 0 ? { from: only.id } : {};
}
