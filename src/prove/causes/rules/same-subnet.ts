/**
 * Two interfaces of one machine with the same prefix: the kernel sends to it by one of them, whatever came by the other.
 */

import type { Address } from '../../../net/address.ts';
import { formatPrefix, type Prefix, prefixHas, prefixOf, samePrefix } from '../../../net/prefix.ts';
import type { Device, Origin } from '../../../plan/plan.ts';
import { stationName } from '../../explain/names.ts';
import type { Station } from '../../world.ts';
import type { Culprit } from '../finding.ts';
import type { Scene } from './scene.ts';

interface OnLink {
  readonly id: string;
  readonly lan: string | null;
  readonly prefix: Prefix;
  readonly origin: Origin;
}

export function sameSubnetCulprit({ station }: Scene, destination: Address): Culprit | null {
  return sameSubnets(station).find(({ prefix }) => prefixHas(prefix, destination))?.culprit ?? null;
}

/** All of a station; two interfaces on one LAN are no mistake. */
export function sameSubnets(station: Station): { readonly prefix: Prefix; readonly culprit: Culprit }[] {
  const all = station.device === null ? [] : onLinks(station.device);
  return all.flatMap((one, i) =>
    all.slice(i + 1).flatMap((other) => {
      const isPair =
        one.id !== other.id && samePrefix(one.prefix, other.prefix) && (one.lan === null || one.lan !== other.lan);
      return isPair ? [{ prefix: one.prefix, culprit: culprit(station, one, other) }] : [];
    }),
  );
}

function culprit(station: Station, one: OnLink, other: OnLink): Culprit {
  const prefix = formatPrefix(one.prefix);
  return {
    cause: 'two-interfaces-same-subnet',
    station,
    origins: [one.origin, other.origin],
    words: `has ${prefix} on ${one.id} and on ${other.id}, and sends to it by one of them only`,
    cure: `on ${stationName(station)}: another prefix for one of the two interfaces, ${one.id} or ${other.id}, and for its peers`,
  };
}

function onLinks({ interfaces }: Device): OnLink[] {
  return interfaces.flatMap((each): OnLink[] => {
    if (each.kind === 'wireguard') {
      return (each.onLink ?? []).map(({ value, origin }) => ({ id: each.id, lan: null, prefix: value, origin }));
    }
    const lan = each.kind === 'lan' ? each.lan : null;
    return each.addresses
      .filter(({ value }) => value.length < (value.address.family === 4 ? 32 : 128))
      .map(({ value, origin }) => ({ id: each.id, lan, prefix: prefixOf(value.address, value.length), origin }));
  });
}
