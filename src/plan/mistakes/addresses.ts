/**
 * Inside addresses that cannot be: outside every inside prefix, taken, or not an address a machine may have.
 */

import type { Diagnostic, Sourced } from '../../description/diagnostic.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import { firstAddress, formatPrefix, lastAddress, type Prefix, prefixHas } from '../../net/prefix.ts';
import type { Directory } from '../directory.ts';
import { mistake } from './mistake.ts';

export function addressMistakes(directory: Directory): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const { routers, machines } = directory.network;
  const owners = new Map<string, { readonly name: string; readonly address: Sourced<Address> }>();
  for (const { name, address: addresses } of [...routers, ...machines]) {
    for (const address of addresses) {
      const text = formatAddress(address.value);
      const owner = owners.get(text);
      if (owner) diagnostics.push(taken(name.value, address, owner));
      else owners.set(text, { name: name.value, address });
      const prefix = directory.inside.find((each) => prefixHas(each.value, address.value));
      if (!prefix) diagnostics.push(outside(name.value, address, directory.inside));
      else diagnostics.push(...reserved(name.value, address, prefix));
    }
  }
  return diagnostics;
}

function taken(
  name: string,
  address: Sourced<Address>,
  owner: { readonly name: string; readonly address: Sourced<Address> },
): Diagnostic {
  const text = formatAddress(address.value);
  return mistake('address-taken', address.place, `Cannot give ${text} to "${name}": "${owner.name}" has it`, {
    notes: [[owner.address.place, `"${owner.name}" takes ${text} here`]],
    help: ['delete one of the two addresses: a free one is given to whoever has none'],
  });
}

function outside(name: string, address: Sourced<Address>, inside: readonly Sourced<Prefix>[]): Diagnostic {
  const text = formatAddress(address.value);
  const prefixes = inside.map((prefix) => formatPrefix(prefix.value)).join(' or ');
  return mistake(
    'address-outside-inside',
    address.place,
    `Cannot give ${text} to "${name}" as its inside address: it is not in ${prefixes}`,
    {
      notes: inside.map((prefix) => [prefix.place, 'inside addresses come from here'] as const),
      help: [
        'delete the address: a free one is given',
        'an address on a LAN where the machine stands is a `lan-address`',
      ],
    },
  );
}

/**
 * Never a machine's: in IPv4 the first address of the prefix (the network) and the last (broadcast); in IPv6 the first,
 * which every router on the prefix answers for (RFC 4291 section 2.6.1).
 */
function reserved(name: string, address: Sourced<Address>, prefix: Sourced<Prefix>): Diagnostic[] {
  const isFirst = address.value.bits === firstAddress(prefix.value).bits;
  const isLast = address.value.family === 4 && address.value.bits === lastAddress(prefix.value).bits;
  if (!isFirst && !isLast) return [];
  const text = formatAddress(address.value);
  const which = isFirst ? 'first' : 'last';
  const what = address.value.family === 6 ? 'any router' : isFirst ? 'the prefix itself' : 'everybody (broadcast)';
  return [
    mistake(
      'address-reserved',
      address.place,
      `Cannot give ${text} to "${name}": the ${which} address of ${formatPrefix(prefix.value)} stands for ${what}`,
      {
        notes: [[prefix.place, `${formatPrefix(prefix.value)} is described here`]],
        help: ['delete the address: a free one is given'],
      },
    ),
  ];
}
