/**
 * A LAN's own default gateway: it forwards between `lan` and `wan`, hides the LAN's IPv4 behind one address, and has one
 * of the firewalls that such boxes are known to have.
 *
 * The firewalls matter where a LAN joins by a static route: of a flow between a host and the tunnels, the gateway sees
 * only what the host sends. What filters by state then sees half a flow.
 */

import type { Namespace } from './namespace.ts';

/**
 * What a gateway lets pass, in the words of `gateway-firewall` in network files.
 *
 * |                   | answers to what it saw | unknown to its state | from the LAN to the LAN | from the LAN to the WAN |
 * |-------------------|------------------------|----------------------|-------------------------|-------------------------|
 * | `none`            | passes                 | passes               | passes                  | passes                  |
 * | `established`     | passes                 | as any other         | passes                  | passes                  |
 * | `drop-invalid`    | passes                 | lost                 | passes                  | passes                  |
 * | `lan-to-wan-only` | passes                 | as any other         | lost                    | passes                  |
 *
 * The first also lets in what nobody asked for; the others do not.
 */
export type GatewayFirewall = 'none' | 'established' | 'drop-invalid' | 'lan-to-wan-only';

/**
 * How IPv4 addresses are translated towards the WAN: `keeping` tries to keep the sender's own port (as most home routers
 * do), `random` draws one for every flow (as carriers do; the mapping then differs for every destination). Both let in
 * only what answers a flow from inside, from the same address and port.
 */
export type Translation = 'keeping' | 'random';

export interface GatewayOptions {
  readonly firewall: GatewayFirewall;
  /** Its interface on the LAN. */
  readonly lan: string;
  /** Its interface towards the internet; need not be there yet. */
  readonly wan: string;
  /** Absent: `keeping`. */
  readonly translation?: Translation;
}

const FORWARD: Readonly<Record<GatewayFirewall, (options: GatewayOptions) => readonly string[] | null>> = {
  none: () => null,
  established: ({ lan }) => ['ct state established,related accept', `iifname "${lan}" accept`],
  'drop-invalid': ({ lan }) => [
    'ct state invalid drop',
    'ct state established,related accept',
    `iifname "${lan}" accept`,
  ],
  'lan-to-wan-only': ({ lan, wan }) => [
    'ct state established,related accept',
    `iifname "${lan}" oifname "${wan}" accept`,
  ],
};

/** The gateway's rules, for nft. */
export function gatewayRules(options: GatewayOptions): string {
  const { firewall, lan, wan, translation } = options;
  const forward = FORWARD[firewall](options);
  const filters = `
  chain forward {
    type filter hook forward priority filter; policy drop
    ${forward?.join('\n    ')}
  }
  chain input {
    type filter hook input priority filter; policy drop
    ct state established,related accept
    iifname { "${lan}", "lo" } accept
    icmp type echo-request accept
    icmpv6 type { echo-request, nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
  }`;
  return `
table inet gateway {
  chain outgoing {
    type nat hook postrouting priority srcnat
    oifname "${wan}" meta nfproto ipv4 masquerade ${translation === 'random' ? 'fully-random' : ''}
  }${forward === null ? '' : filters}
}
`;
}

/** Makes `device` a default gateway. Its addresses and routes are its own affair. */
export async function makeGateway(device: Namespace, options: GatewayOptions): Promise<void> {
  await device.forward();
  // Otherwise frames that hosts of its bridge send each other would pass its rules, as if it had routed them.
  const bridged = ['iptables', 'ip6tables', 'arptables'].map((name) => `net.bridge.bridge-nf-call-${name}=0`);
  await device.run('sysctl', '-q', '-e', '-w', ...bridged);
  await device.runWith(gatewayRules(options), 'nft', '-f', '-');
}

/** What people do on a gateway that carries a tunnel: what comes out of it may pass. */
export async function letPass(gateway: Namespace, tunnel: string): Promise<void> {
  await gateway.run('nft', 'add', 'rule', 'inet', 'gateway', 'forward', 'iifname', tunnel, 'accept');
}
