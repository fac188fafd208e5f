/**
 * What a machine says about itself and does not fit the rest: `routes`, `path-mtu`, where it stands.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';
import type { Machine } from '../../description/network.ts';
import type { Directory } from '../directory.ts';
import { machineMtu, routerMtu } from '../mtu.ts';
import { mistake, warning } from './mistake.ts';

/** The least MTU of a link that carries IPv6 (RFC 8200 section 5). */
const IPV6_MIN_MTU = 1280;

export function machineMistakes(directory: Directory): Diagnostic[] {
  return [
    ...directory.network.machines.flatMap((machine) => routesMistakes(machine, directory)),
    ...directory.network.machines.flatMap((machine) => foreignLans(machine, directory)),
    ...mtuMistakes(directory),
  ];
}

function routesMistakes(machine: Machine, directory: Directory): Diagnostic[] {
  if (!machine.routes) return [];
  const name = machine.name.value;
  const carried = directory.carried.get(name)?.[0];
  if (carried) {
    const message = `Cannot limit what "${name}" sends through its tunnel: it carries LAN "${carried.name.value}"`;
    return [
      mistake('routes-on-carrier', machine.routes.place, message, {
        notes: [[carried.via!.place, `"${name}" carries "${carried.name.value}" here`]],
        help: ["delete `routes`: replies of the LAN's hosts must find their way to everybody"],
      }),
    ];
  }
  const standings = directory.standings.get(name)!;
  return machine.routes.value.flatMap((word) => {
    const own = machine.lan.find((lan) => lan.value === word.value);
    if (!own || !standings.some((standing) => standing.lan.name.value === word.value)) return [];
    const message = `Cannot send LAN "${word.value}" through the tunnel of "${name}": it stands on that LAN`;
    return [
      mistake('routes-own-lan', word.place, message, {
        notes: [[own.place, `"${name}" stands on "${word.value}" here`]],
        help: ['leave it out of `routes`', 'a machine that comes and goes has no `lan`'],
      }),
    ];
  });
}

/**
 * A machine that carries one LAN and stands on another that somebody else carries. It does not accept the other LAN from
 * its tunnel, because it stands there; so hosts of the two LANs cannot reach each other, and no error says so.
 */
function foreignLans(machine: Machine, directory: Directory): Diagnostic[] {
  const name = machine.name.value;
  const carried = directory.carried.get(name);
  if (!carried) return [];
  const foreign = directory.standings.get(name)!.filter(({ lan }) => lan.via && lan.via.value !== name);
  return foreign.map(({ lan }) => {
    const [own, other] = [carried[0]!, lan];
    const place = machine.lan.find((each) => each.value === other.name.value)!.place;
    const message = `Hosts of LAN "${own.name.value}" and LAN "${other.name.value}" cannot reach each other: "${name}" carries one and stands on both`;
    return warning('carrier-on-foreign-lan', place, message, {
      notes: [
        [own.via!.place, `"${name}" carries "${own.name.value}" here`],
        [other.via!.place, `"${other.via!.value}" carries "${other.name.value}" here`],
      ],
      help: [
        `let "${name}" carry both`,
        `or take "${other.name.value}" out of its \`lan\`: it then reaches that LAN through the tunnel`,
      ],
    });
  });
}

/** A path so narrow that IPv6 no longer fits through the tunnel. Reported once for each path that somebody stated. */
function mtuMistakes(directory: Directory): Diagnostic[] {
  const ipv6 = directory.inside.find((prefix) => prefix.value.family === 6);
  if (!ipv6) return [];
  const { router } = directory;
  const ofRouter = routerMtu(router);
  const narrow = (name: string, mtu: number, place = router.endpoint.place): Diagnostic =>
    mistake('path-mtu-too-small', place, `Cannot carry IPv6 to "${name}": ${mtu} bytes fit through its tunnel`, {
      notes: [[ipv6.place, `IPv6 needs ${IPV6_MIN_MTU} bytes (RFC 8200)`]],
      help: [
        'state `mtu: 1280`: the datagrams of the tunnel are then fragmented on the way',
        'or leave IPv6 out of `inside`',
      ],
    });
  if (ofRouter.value < IPV6_MIN_MTU) return [narrow(router.name.value, ofRouter.value, router.pathMtu?.place)];
  return directory.network.machines.flatMap((machine) => {
    const mtu = machineMtu(machine, router, ofRouter).value;
    return mtu < IPV6_MIN_MTU ? [narrow(machine.name.value, mtu, machine.pathMtu?.place)] : [];
  });
}
