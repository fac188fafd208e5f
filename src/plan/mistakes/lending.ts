/**
 * Lent addresses that do not fit their borrower, and LANs that should lend and do not.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';
import { formatAddress } from '../../net/address.ts';
import type { Directory } from '../directory.ts';
import { mistake, warning } from './mistake.ts';

export function lendingMistakes(directory: Directory): Diagnostic[] {
  return [...borrowers(directory), ...lendsNothing(directory)];
}

/** A borrower is elsewhere, and has no inside address of the same family. */
function borrowers({ network, loans, standings }: Directory): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const machine of network.machines) {
    const name = machine.name.value;
    for (const { address, lan } of loans.get(name) ?? []) {
      const text = formatAddress(address.value);
      const own = machine.address.find((each) => each.value.family === address.value.family);
      if (own) {
        const message = `Cannot give ${formatAddress(own.value)} to "${name}": it borrows ${text} in its place`;
        diagnostics.push(
          mistake('lend-conflict', own.place, message, {
            notes: [[address.place, `${text} is lent here`]],
            help: ['delete one of the two: a machine has one address of each family'],
          }),
        );
      }
      const stands = standings.get(name)!.some((standing) => standing.lan === lan);
      // That the carrier borrows from its own LAN, the file's reader has said.
      if (!stands || lan.via?.value === name) continue;
      const place = machine.lan.find((each) => each.value === lan.name.value)!.place;
      diagnostics.push(
        mistake('lend-conflict', address.place, `Cannot lend ${text} to "${name}": it stands on the LAN`, {
          notes: [[place, `"${name}" stands on "${lan.name.value}" here`]],
          help: ['write its own address on the LAN as its `lan-address`'],
        }),
      );
    }
  }
  return diagnostics;
}

/** Under `proxy`, whoever borrows nothing gets no replies. */
function lendsNothing({ network }: Directory): Diagnostic[] {
  return network.lans.flatMap((lan) => {
    if (lan.attach?.value !== 'proxy' || lan.lend.length > 0) return [];
    const message = `No machine elsewhere can speak with hosts of LAN "${lan.name.value}": it joins by proxy and lends no address`;
    return [
      warning('lend-missing', lan.attach.place, message, {
        help: ['add `lend:` with an unused address of the LAN for each machine, as in {phone: [192.168.1.200]}'],
      }),
    ];
  });
}
