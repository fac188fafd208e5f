/**
 * The neighbour proxies of a Linux carrier: it answers ARP and NDP on a LAN for addresses that are elsewhere.
 *
 * One entry per address, never `proxy_arp`, which would answer for everything that is routed elsewhere. `proxy_delay`
 * becomes 0: Linux otherwise waits up to 0.8 s, and a first packet is lost. For IPv6 the interface must be a forwarding
 * one in the old sense of `forwarding`, which would end its own listening to router advertisements; so `accept_ra` becomes
 * 2 where it is 1. Switches are noted and taken back as in `linux-hooks.ts`.
 */

import { type Address, formatAddress } from '../net/address.ts';
import type { Device, LanInterface } from '../plan/plan.ts';
import { addressesOn, findInterface } from './linux-interfaces.ts';

/** PostUp and PreDown lines; `on` is the shell function that sets and notes a switch. */
export function neighbourHooks(device: Device, on: string): { readonly up: string[]; readonly down: string[] } {
  const lans = device.interfaces.filter((each): each is LanInterface => each.kind === 'lan');
  const proxies = lans.flatMap((lan) => {
    const addresses = device.neighbourProxies
      .filter((proxy) => proxy.interface === lan.id)
      .map((proxy) => proxy.address);
    return addresses.length === 0 ? [] : [{ find: `lan=$(${findInterface(addressesOn(lan)[0]!)})`, addresses }];
  });
  return {
    up: proxies.map(({ find, addresses }) => {
      const steps = [...switches(addresses), ...addresses.map((address) => entry('replace', address))];
      return `PostUp = ${on}; ${find}; [ ! "$lan" ] || { ${steps.join('; ')}; }`;
    }),
    down: proxies.map(({ find, addresses }) => {
      const steps = addresses.map((address) => `${entry('del', address)} 2>/dev/null`);
      return `PreDown = set +e; ${find}; ${steps.join('; ')}; true`;
    }),
  };
}

function switches(addresses: readonly Address[]): string[] {
  const has = (family: 4 | 6) => addresses.some((address) => address.family === family);
  return [
    ...(has(4) ? ['on "ipv4/neigh/$lan/proxy_delay" 0'] : []),
    ...(has(6)
      ? [
          '[ "$(cat "/proc/sys/net/ipv6/conf/$lan/accept_ra")" != 1 ] || on "ipv6/conf/$lan/accept_ra" 2',
          'on "ipv6/conf/$lan/forwarding" 1',
          'on "ipv6/conf/$lan/proxy_ndp" 1',
          'on "ipv6/neigh/$lan/proxy_delay" 0',
        ]
      : []),
  ];
}

function entry(verb: 'replace' | 'del', address: Address): string {
  return `ip ${address.family === 4 ? '' : '-6 '}neigh ${verb} proxy ${formatAddress(address)} dev "$lan"`;
}
