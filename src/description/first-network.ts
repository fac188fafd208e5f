/**
 * The text of a first network file: one router, nobody else yet, and comments that say what to write next.
 */

import { scalarText } from './edit/scalar-text.ts';

export interface FirstNetwork {
  readonly name: string;
  readonly routerName: string;
  /** A name or address and a port, as machines will dial it. */
  readonly endpoint: string;
  /** Prefixes inside the tunnels; one of the two at least. */
  readonly inside4?: string;
  readonly inside6?: string;
  /** The router's inside addresses, where they are known already. */
  readonly address?: readonly string[];
  readonly publicKey?: string;
}

export function firstNetworkText(first: FirstNetwork): string {
  const inside = [
    ...(first.inside4 === undefined ? [] : [`  - ${scalarText(first.inside4, false)}`]),
    ...(first.inside6 === undefined
      ? []
      : [`  - ${scalarText(first.inside6, false)}      # drawn at random, yours alone (RFC 4193)`]),
  ];
  const router = [
    `    endpoint: ${scalarText(first.endpoint, false)}      # what machines dial: correct it when it is not that`,
    ...(first.address === undefined
      ? []
      : [`    address: [${first.address.map((each) => scalarText(each, true)).join(', ')}]`]),
    ...(first.publicKey === undefined ? [] : [`    public-key: ${scalarText(first.publicKey, false)}`]),
  ];
  return `# One network, described once. wg-router works out everything else and keeps your comments and your order.
name: ${scalarText(first.name, false)}

# Addresses inside the tunnels. Each machine gets one of each family, and keeps it.
inside:
${inside.join('\n')}

# The machine with a fixed public address. It forwards for all others and translates nothing.
routers:
  ${scalarText(first.routerName, false)}:
${router.join('\n')}

# Everything else that runs WireGuard: \`wg-router add machine phone --platform android\`
machines:

# Networks whose hosts do not run WireGuard: \`wg-router add lan home --prefix 192.168.1.0/24 --via pi …\`
lans:
`;
}
