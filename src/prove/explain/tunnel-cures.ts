/**
 * Cures for a tunnel that does not come up, or only when the other side begins.
 */

import type { Hop, TunnelStep } from '../trace.ts';
import type { Cure } from './cures.ts';
import { stationName } from './names.ts';
import { peerName } from './step-words.ts';

export function tunnelCures({ station }: Hop, { peer, state, opening, other }: TunnelStep): Cure[] {
  const near = stationName(station);
  const far = peerName(peer);
  if (state === 'idle') {
    return [
      file(`leave out \`keepalive: off\` of machine ${far}: every 25 seconds it then keeps the way to it open`),
      file(`or give ${far} an \`endpoint\`, if it has a fixed address and port`),
    ];
  }
  switch (opening.obstacle) {
    case 'disabled':
      return [file(enabling(near))];
    case 'peer-disabled':
      return [file(enabling(far))];
    case 'nobody-has-key':
    case 'key-differs':
      return [device(`on ${near}: the public key of ${far} as \`wg show\` prints it on ${far}`)];
    case 'not-a-peer':
      return [device(`on ${far}: a peer with the public key of ${near}`)];
    case 'preshared-key-differs':
      return [device(`the same preshared key on ${near} and ${far}, or none on both`)];
    case 'endpoint-missing':
      return [
        device(
          `on ${near}: an \`Endpoint\` for ${far}; or on ${far}, one for ${near} and \`PersistentKeepalive = 25\``,
        ),
      ];
    case 'endpoint-elsewhere':
      return [device(`on ${near}: an \`Endpoint\` that is an address of ${far}`)];
    case 'port-differs':
      return [device(`on ${near}: the port of \`Endpoint\` that ${far} listens on`)];
    case 'endpoint-in-tunnel':
      return [device(`on ${near}: leave the endpoint of ${far} out of \`AllowedIPs\`, or route it past the tunnel`)];
    case 'endpoint-unreachable':
      return [device(`on ${near}: a route to the endpoint of ${far}`)];
    case 'endpoint-family':
      return [file(`an \`endpoint\` of ${far} in an address family that ${near} has too`)];
    case 'behind-nat':
      return [
        device(
          `let ${far} begin: on ${far} an \`Endpoint\` for ${near} and \`PersistentKeepalive = 25\`; or forward its port`,
        ),
      ];
    case 'port-not-forwarded':
      return [device(`on the box before ${far}: forward the UDP port of its endpoint to ${far}`)];
    case 'forward-filter':
      return [device(`on the box before ${far}: let the UDP port of its endpoint through`)];
    case 'provider-filter':
      return [device(`in the cloud’s firewall for ${far}: let in the UDP port that it listens on`)];
    case 'input-filter':
      return [device(`on ${far}: accept the UDP port that it listens on`)];
    case null:
      return other === null ? [] : [device(`is ${stationName(other)} on?`)];
  }
}

function enabling(machine: string): string {
  return `enable it: wg-router enable ${machine} (it takes \`disabled\` out of the file)`;
}

function file(text: string): Cure {
  return { kind: 'file', text };
}

function device(text: string): Cure {
  return { kind: 'device', text };
}
