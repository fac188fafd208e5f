/**
 * A LAN of a twin: its hosts, and its default gateway as it is before anybody follows instructions there. It forwards,
 * translates towards the internet, has the firewall that the network file states, and drops private destinations that it
 * has no route to.
 */

import type { Address } from '../../../src/net/address.ts';
import { formatAddress } from '../../../src/net/address.ts';
import { formatPrefix } from '../../../src/net/prefix.ts';
import { type GatewayFirewall, makeGateway } from '../../gateway.ts';
import type { Namespace } from '../../namespace.ts';
import { type HostPlace, type LanPlace, onLan } from '../layout/layout.ts';
import { farEnd, lanEnd, lanInterface, likeDefault, WAN } from './cables.ts';
import type { Devices } from './ground.ts';

/** RFC 1918 and 4193. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];

/** Behind the routes of its own addresses: it reaches its LAN also in a family in which it has none. */
const OWN_METRIC = 5_000;
/** Behind every route that somebody has a reason for. */
const LAST_METRIC = 4_000_000;

/** Hosts and boxes of one LAN. `dialled` are endpoints: they are on the internet, whatever their addresses look like. */
export async function layLan(place: LanPlace, dialled: readonly Address[], devices: Devices): Promise<void> {
  const { lan, index, boxes, hosts, guests } = place;
  const own = lanInterface(index);
  for (const host of hosts) await layHost(host, place, devices.get(host.party.name)!);
  const guestAddresses = guests.flatMap(({ wayOut }) => (wayOut.kind === 'lan' ? wayOut.outer : []));
  for (const [i, { device, gatewayAddresses }] of boxes.entries()) {
    const box = devices.get(device)!;
    const isLaid = hosts.some(({ party }) => party.name === device);
    const addresses = isLaid ? [] : gatewayAddresses.map((address) => onLan(lan, address));
    await box.ip([
      ...lanEnd(own, addresses),
      ...(i === 0 ? farEnd('lan', own, guestAddresses) : []),
      ...lan.prefixes.map(({ value }) => `route add ${formatPrefix(value)} dev ${own} metric ${OWN_METRIC}`),
      ...PRIVATE.map((prefix) => `route add blackhole ${prefix} metric ${LAST_METRIC}`),
      ...dialled.map((address) => likeDefault('internet', WAN, address)),
    ]);
    await makeGateway(box, { firewall: firewallOf(place), lan: own, wan: WAN });
    await hideIpv6(box);
  }
  if (boxes.length === 0 && guests.length > 0) await letThrough(devices.get(lan.via!.value)!, own, guestAddresses);
}

/** Unknown is shown as if there were none. Where a rule makes an exception, the strictest is behind it. */
function firewallOf({ lan }: LanPlace): GatewayFirewall {
  const stated = lan.gatewayFirewall?.value ?? 'none';
  return stated === 'exempt' ? 'lan-to-wan-only' : stated;
}

async function layHost({ addresses, gateways }: HostPlace, { index, boxes }: LanPlace, host: Namespace): Promise<void> {
  const own = lanInterface(index);
  const isBox = boxes.some(({ device }) => device === host.name);
  const routes = gateways.map((gateway) => `route add default via ${formatAddress(gateway)} dev ${own} onlink`);
  await host.ip([...lanEnd(own, addresses), ...(isBox ? [] : routes)]);
}

/** A machine that is its LAN's default gateway does for other machines there what such boxes do, and no more than they need. */
async function letThrough(machine: Namespace, lan: string, guests: readonly Address[]): Promise<void> {
  await machine.ip(farEnd('lan', lan, guests));
  await machine.parameters({
    [`ipv4.conf.${lan}.forwarding`]: 1,
    [`ipv4.conf.${WAN}.forwarding`]: 1,
    'ipv6.conf.all.forwarding': 1,
  });
  await hide(machine, 'inet');
}

/** Also IPv6 addresses are hidden: those of a LAN need not be any that the internet knows. */
export async function hideIpv6(box: Namespace): Promise<void> {
  await hide(box, 'ip6');
}

async function hide(box: Namespace, family: 'inet' | 'ip6'): Promise<void> {
  const rules = `
table ${family} hiding {
  chain outgoing {
    type nat hook postrouting priority srcnat
    oifname "${WAN}" masquerade
  }
}
`;
  await box.runWith(rules, 'nft', '-f', '-');
}
