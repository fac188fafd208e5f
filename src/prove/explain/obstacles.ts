/**
 * Why one end of a tunnel cannot begin, in words.
 */

import type { Obstacle } from '../tunnels.ts';

/** A clause: `near` is who would begin, `far` whom it would call. */
export function obstacleWords(obstacle: Obstacle, near: string, far: string): string {
  switch (obstacle) {
    case 'disabled':
      return `${far} does not accept it, because ${near} is disabled`;
    case 'peer-disabled':
      return `${far} is disabled`;
    case 'nobody-has-key':
      return 'no machine has the public key that is written for it';
    case 'key-differs':
      return `${far} has another public key than the one that is written for it`;
    case 'not-a-peer':
      return `${far} has no peer with the public key of ${near}`;
    case 'preshared-key-differs':
      return 'the preshared keys of the two differ';
    case 'endpoint-missing':
      return `${near} knows no endpoint of ${far}`;
    case 'endpoint-elsewhere':
      return `the endpoint is no address of ${far}`;
    case 'port-differs':
      return `${far} listens on another port`;
    case 'endpoint-in-tunnel':
      return 'the way to the endpoint leads into the tunnel itself';
    case 'endpoint-unreachable':
      return `${near} has no route to the endpoint`;
    case 'endpoint-family':
      return 'the endpoint is of an address family that one of them does not have';
    case 'behind-nat':
      return `${far} is behind NAT and can only answer`;
    case 'port-not-forwarded':
      return `the box before ${far} does not forward the port to it`;
    case 'forward-filter':
      return `the firewall of the box before ${far} does not let the datagrams through`;
    case 'provider-filter':
      return `the provider of ${far} does not let the datagrams in`;
    case 'input-filter':
      return `the firewall of ${far} does not let the datagrams in`;
  }
}
