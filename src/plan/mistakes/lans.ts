/**
 * LANs that are not joined as described: who carries them, how, and over which gateway.
 */

import type { Diagnostic, Place, Sourced } from '../../description/diagnostic.ts';
import type { Advertisement, Lan, Platform } from '../../description/network.ts';
import { type Address, type Family, formatAddress, isLinkLocal, sameAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { carrierAddresses, carrierOf, type Directory, prefixesOf } from '../directory.ts';
import { familiesOf } from '../lans.ts';
import { mistake } from './mistake.ts';

/** Operating systems whose WireGuard app cannot forward for others. */
const CANNOT_FORWARD: ReadonlySet<Platform> = new Set(['ios', 'android']);

const FOUR_WAYS = [
  "default-gateway: WireGuard runs on the LAN's own default gateway; nothing else to do",
  "static-route: you may add a route on the LAN's default gateway; hosts see true addresses",
  "masquerade: nothing on the LAN may be touched; hosts see the carrier's address and cannot open connections outwards",
  'proxy: the LAN has unused addresses, which remote machines borrow and look like neighbours',
];

export function lanMistakes(directory: Directory): Diagnostic[] {
  return directory.network.lans.flatMap((lan) => {
    const families = familyMistakes(lan, directory);
    const joining = joiningMistakes(lan);
    if (joining.length > 0) return [...families, ...joining];
    return [
      ...families,
      ...carrierMistakes(lan, directory),
      ...gatewayMistakes(lan, directory),
      ...advertiseMistakes(lan),
    ];
  });
}

function familyMistakes(lan: Lan, directory: Directory): Diagnostic[] {
  const inside = new Set(directory.inside.map((prefix) => prefix.value.family));
  return prefixesOf(lan)
    .filter((prefix) => !inside.has(prefix.value.family))
    .map((prefix) => {
      const family = prefix.value.family;
      const message = `Cannot join ${formatPrefix(prefix.value)} of LAN "${lan.name.value}": there is no IPv${family} inside the tunnels`;
      return mistake('lan-family-not-inside', prefix.place, message, {
        notes: directory.inside.map((each) => [each.place, 'inside the tunnels there is only this'] as const),
        help: [`add an IPv${family} prefix to \`inside\`, or take this prefix out of the LAN`],
      });
    });
}

/** Whether it is said who carries the LAN and how. */
function joiningMistakes(lan: Lan): Diagnostic[] {
  const name = lan.name.value;
  if (lan.attach === undefined) {
    return [
      mistake(
        'attach-missing',
        lan.name.place,
        `Cannot join LAN "${name}": it is not said how replies find their way back`,
        {
          notes: lan.via ? [[lan.via.place, `"${lan.via.value}" connects it, which is half of the way`]] : [],
          help: [
            ...(lan.via ? [] : ['add `via:` with the machine that connects it']),
            'add `attach:` with one of',
            ...FOUR_WAYS,
          ],
        },
      ),
    ];
  }
  if (lan.via === undefined) {
    return [
      mistake('via-missing', lan.name.place, `Cannot join LAN "${name}": it is not said which machine connects it`, {
        notes: [[lan.attach.place, `it joins by ${lan.attach.value}`]],
        help: ['add `via:` with a machine that runs WireGuard and stands on this LAN'],
      }),
    ];
  }
  return [];
}

function carrierMistakes(lan: Lan, directory: Directory): Diagnostic[] {
  const via = lan.via!;
  const machine = carrierOf(directory, lan)!;
  const name = lan.name.value;
  const diagnostics: Diagnostic[] = [];
  if (machine.platform && CANNOT_FORWARD.has(machine.platform.value)) {
    const message = `Cannot let "${via.value}" carry LAN "${name}": ${machine.platform.value} does not forward for others`;
    diagnostics.push(
      mistake('via-cannot-forward', via.place, message, {
        notes: [[machine.platform.place, `"${via.value}" is described as ${machine.platform.value} here`]],
        help: ['let another machine on the LAN carry it: a small Linux machine, or the default gateway itself'],
      }),
    );
  }
  if (!machine.lan.some((each) => each.value === name)) {
    const where = machine.lan.map((each) => `"${each.value}"`).join(' and ');
    const notes: [Place, string][] = [
      [machine.name.place, where ? `"${via.value}" stands on ${where}` : `"${via.value}" stands on no LAN`],
    ];
    const message = `Cannot let "${via.value}" carry LAN "${name}": it does not stand on it`;
    const help = [
      `add \`lan: ${name}\` and its \`lan-address\` to "${via.value}"`,
      'or name a machine that stands there',
    ];
    return [...diagnostics, mistake('via-not-on-lan', via.place, message, { notes, help })];
  }
  const own = carrierAddresses(directory, lan);
  for (const family of familiesOf(lan).filter((each) => !hasFamily(own, each))) {
    const prefix = prefixesOf(lan).find((each) => each.value.family === family)!;
    const message = `Cannot let "${via.value}" carry LAN "${name}": its IPv${family} address there is not known`;
    diagnostics.push(
      mistake('via-address-missing', machine.lan.find((each) => each.value === name)!.place, message, {
        notes: [[prefix.place, `"${name}" has ${formatPrefix(prefix.value)}`]],
        help: [`add its address in ${formatPrefix(prefix.value)} to \`lan-address\``],
      }),
    );
  }
  return diagnostics;
}

function gatewayMistakes(lan: Lan, directory: Directory): Diagnostic[] {
  const attach = lan.attach!;
  const own = carrierAddresses(directory, lan);
  if (attach.value === 'default-gateway') {
    return (
      lan.defaultGateway
        .filter((gateway) => !own.some((address) => sameAddress(address.value, gateway.value)))
        // What the carrier's link-local address is, nobody says.
        .filter((gateway) => hasFamily(own, gateway.value.family) && !isLinkLocal(gateway.value))
        .map((gateway) => gatewayIsNotVia(lan, gateway, own))
    );
  }
  return [
    ...lan.defaultGateway.flatMap((gateway) => {
      const same = own.find((address) => sameAddress(address.value, gateway.value));
      return same ? [gatewayIsVia(lan, gateway, same)] : [];
    }),
    ...familiesOf(lan)
      .filter((family) => attach.value === 'static-route' && !hasFamily(lan.defaultGateway, family))
      .map((family) => gatewayMissing(lan, family)),
  ];
}

/** The only family of each way of telling hosts about routes. */
const FAMILY_OF: Readonly<Record<Advertisement, Family>> = { dhcp: 4, ra: 6 };

function advertiseMistakes(lan: Lan): Diagnostic[] {
  const attach = lan.attach!;
  const name = lan.name.value;
  if (attach.value !== 'static-route') {
    return lan.advertise.slice(0, 1).map((each) => {
      const message = `Cannot tell hosts of LAN "${name}" about routes: joined by ${attach.value}, they need none`;
      return mistake('advertise-unneeded', each.place, message, {
        notes: [[attach.place, 'it joins in this way']],
        help: ['leave `advertise` out, or use `attach: static-route`'],
      });
    });
  }
  return lan.advertise
    .filter((each) => !familiesOf(lan).includes(FAMILY_OF[each.value]))
    .map((each) => {
      const family = FAMILY_OF[each.value];
      const message = `Cannot tell hosts of LAN "${name}" about routes by ${each.value}: that is for IPv${family}, and it has none`;
      return mistake('advertise-family', each.place, message, {
        notes: prefixesOf(lan).map((prefix) => [prefix.place, 'it has this'] as const),
        help: [`take \`${each.value}\` out of \`advertise\`, or add an IPv${family} prefix to the LAN`],
      });
    });
}

function gatewayIsNotVia(lan: Lan, gateway: Sourced<Address>, own: readonly Sourced<Address>[]): Diagnostic {
  const via = lan.via!.value;
  const text = formatAddress(gateway.value);
  const message = `Cannot join LAN "${lan.name.value}" by its default gateway: ${text} is not an address of "${via}"`;
  return mistake('gateway-is-not-via', gateway.place, message, {
    notes: own.map((address) => [address.place, `"${via}" has ${formatAddress(address.value)} there`] as const),
    help: [
      `if "${via}" is the default gateway, correct one of the two addresses`,
      'if it is not, use `attach: static-route`',
    ],
  });
}

function gatewayIsVia(lan: Lan, gateway: Sourced<Address>, same: Sourced<Address>): Diagnostic {
  const via = lan.via!.value;
  const text = formatAddress(gateway.value);
  const message = `Cannot join LAN "${lan.name.value}" by ${lan.attach!.value}: its default gateway ${text} is "${via}" itself`;
  return mistake('gateway-is-via', gateway.place, message, {
    notes: [
      [same.place, `"${via}" has ${text} here`],
      [lan.attach!.place, `${lan.attach!.value} is for a default gateway that does not run WireGuard`],
    ],
    help: ['use `attach: default-gateway`'],
  });
}

function gatewayMissing(lan: Lan, family: Family): Diagnostic {
  const prefix = prefixesOf(lan).find((each) => each.value.family === family)!;
  const message = `Cannot say where the route to the tunnels goes: the IPv${family} default gateway of LAN "${lan.name.value}" is not known`;
  return mistake('gateway-missing', lan.attach!.place, message, {
    notes: [[prefix.place, `"${lan.name.value}" has ${formatPrefix(prefix.value)}`]],
    help: [
      `add its address in ${formatPrefix(prefix.value)} to \`default-gateway\`${family === 6 ? ', or its link-local one, mostly fe80::1' : ''}`,
    ],
  });
}

function hasFamily(addresses: readonly Sourced<Address>[], family: Family): boolean {
  return addresses.some((address) => address.value.family === family);
}
