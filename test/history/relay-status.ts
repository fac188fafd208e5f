/**
 * For tests: what a relay says of itself, with what the test cares about.
 */

import type { PeerStatus, Status } from '../../src/relay/messages.ts';

/** A status with these peers; each is `phone` but for what is said of it. */
export function statusOf(peers: readonly Partial<PeerStatus>[], more: Partial<Omit<Status, 'peers'>> = {}): Status {
  return {
    type: 'status',
    pid: 4711,
    publicKey: 'r'.repeat(43),
    startedAt: 0,
    backend: 'portable',
    backendReason: 'of this test',
    router: { name: 'cloud', listenPort: 51820, addresses: ['10.66.0.1'], mtu: 1420, described: [] },
    listening: ['0.0.0.0:51820'],
    notes: [],
    lastDatagramAt: null,
    drops: {},
    forwardedPackets: 0,
    forwardedBytes: 0,
    underLoad: false,
    peerCount: peers.length,
    ...more,
    peers: peers.map((peer) => ({ ...PHONE, ...peer })),
  };
}

const PHONE: PeerStatus = {
  name: 'phone',
  publicKey: 'p'.repeat(43),
  allowedIps: ['10.66.0.2/32'],
  exitFor: [],
  endpoint: null,
  keepalive: 25,
  mtu: 1420,
  expires: null,
  hasPresharedKey: false,
  lastHandshakeAt: null,
  lastReceivedAt: null,
  receivedBytes: 0,
  sentBytes: 0,
  drops: {},
};
