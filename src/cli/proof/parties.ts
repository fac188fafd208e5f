/**
 * Who is meant by a name or an address on the command line: stations of the world.
 */

import type { Network } from '../../description/network.ts';
import { nearestWord } from '../../description/schema/nearest-word.ts';
import { quoted } from '../../description/visible.ts';
import { type Address, formatAddress, parseAddress, sameAddress } from '../../net/address.ts';
import { prefixHas } from '../../net/prefix.ts';
import { directoryOf } from '../../plan/directory.ts';
import { subjectsOf } from '../../plan/expectations.ts';
import { addressesOf, stationOf } from '../../prove/calling.ts';
import type { Station, World } from '../../prove/world.ts';
import { Refused } from '../command-line/outcome.ts';

/** Stations that a name stands for, at least one; or an address, of whomever it may be. */
export type Party =
  | { readonly kind: 'stations'; readonly stations: readonly Station[] }
  | { readonly kind: 'address'; readonly address: Address };

/** Who is meant by `word`. Throws `Refused` where nobody is called so. */
export function partyOf(word: string, network: Network, world: World): Party {
  const address = parseAddress(word);
  if (address !== null) return { kind: 'address', address };
  const subjects = subjectsOf(directoryOf(network)!)(word);
  const stations = subjects.flatMap((subject) => stationOf(world, subject) ?? []);
  if (stations.length > 0) return { kind: 'stations', stations };
  const near = nearestWord(word, namesIn(network));
  throw new Refused('name-unknown', `Cannot find ${quoted(word)}: nothing that is described has this name`, [
    ...(near === null ? [] : [`did you mean: ${near}`]),
    'the names: wg-router check',
  ]);
}

/** The stations that may speak as `party`. Throws `Refused` for an address that nobody described has. */
export function speakersOf(party: Party, world: World): readonly Station[] {
  if (party.kind === 'stations') return party.stations;
  const { address } = party;
  const owner = world.stations.find((station) => hasAddress(world, station, address));
  const lan = world.plan.lans.find(({ prefixes }) => prefixes.some(({ value }) => prefixHas(value, address)));
  const found = owner ?? (lan && world.unnamed.get(lan.name));
  if (found !== undefined) return [found];
  throw new Refused(
    'address-unknown',
    `Cannot say what ${formatAddress(address)} reaches: nobody that is described has it, and no LAN contains it`,
    ['name a machine, a host or a LAN; TO may be any address'],
  );
}

/** Its own, or the one under which others know it. */
function hasAddress(world: World, station: Station, address: Address): boolean {
  if (station.kind === 'unnamed' || station.kind === 'internet') return false;
  if (
    station.links.some(
      (link) => link.kind !== 'outer' && link.addresses.some(({ value }) => sameAddress(value, address)),
    )
  )
    return true;
  const elsewhere = world.internet;
  return addressesOf(world, station, elsewhere, address.family).some((each) => sameAddress(each, address));
}

function namesIn({ routers, machines, lans, groups }: Network): string[] {
  const things = [...routers, ...machines, ...lans, ...lans.flatMap(({ hosts }) => hosts), ...groups];
  return [...things.map(({ name }) => name.value), 'inside', 'everyone'];
}
