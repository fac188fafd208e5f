/**
 * What a peer's timers do when they fire; when they are set is in `timers.ts`.
 */

import {
  EXPIRY_CHECK_MS,
  KEEPALIVE_TIMEOUT_MS,
  MAX_TIMER_HANDSHAKES,
  ZERO_KEY_MATERIAL_AFTER_MS,
} from './constants.ts';
import type { Core } from './core.ts';
import { dropNumber } from './drop.ts';
import type { Peer } from './peer.ts';
import { sendInitiation, sendKeepalive } from './send.ts';
import {
  EXPIRY,
  NEW_HANDSHAKE,
  PERSISTENT_KEEPALIVE,
  RETRANSMIT_HANDSHAKE,
  SEND_KEEPALIVE,
  ZERO_KEY_MATERIAL,
} from './timers.ts';

const HANDSHAKE_GAVE_UP = dropNumber('handshake-gave-up');
const PEER_EXPIRED = dropNumber('peer-expired');

export function timerFired(core: Core, peer: Peer, timer: number, now: number): void {
  switch (timer) {
    case RETRANSMIT_HANDSHAKE:
      retransmitHandshake(core, peer, now);
      break;
    case SEND_KEEPALIVE:
      sendKeepalive(core, peer, now);
      if (peer.needsAnotherKeepalive) {
        peer.needsAnotherKeepalive = false;
        core.timers.arm(peer, SEND_KEEPALIVE, now + KEEPALIVE_TIMEOUT_MS);
      }
      break;
    case NEW_HANDSHAKE:
      forgetLocal(peer);
      sendInitiation(core, peer, now);
      break;
    case ZERO_KEY_MATERIAL:
      core.endAll(peer);
      break;
    case PERSISTENT_KEEPALIVE:
      sendKeepalive(core, peer, now);
      break;
    case EXPIRY:
      checkExpiry(core, peer, now);
      break;
  }
}

/** After 20 initiations without answer what waited is dropped; the next packet to the peer begins anew. */
function retransmitHandshake(core: Core, peer: Peer, now: number): void {
  if (peer.retries <= MAX_TIMER_HANDSHAKES) {
    peer.retries++;
    forgetLocal(peer);
    sendInitiation(core, peer, now, true);
    return;
  }
  core.timers.cancel(peer, SEND_KEEPALIVE);
  core.dropStaged(peer, HANDSHAKE_GAVE_UP);
  if (!core.timers.isArmed(peer, ZERO_KEY_MATERIAL)) {
    core.timers.arm(peer, ZERO_KEY_MATERIAL, now + ZERO_KEY_MATERIAL_AFTER_MS);
  }
}

/** Nobody answers: it may be our own address that is wrong by now, so the system chooses again. */
function forgetLocal(peer: Peer): void {
  if (peer.endpoint?.local === undefined) return;
  const { family, address, port } = peer.endpoint;
  peer.endpoint = { family, address, port };
}

/**
 * Holds the peer to the moment at which it expires: its keys are wiped then, and what waits for it is dropped. Looked
 * at again once a minute, because a wall clock may jump, in both directions.
 */
export function checkExpiry(core: Core, peer: Peer, now: number): void {
  const wasExpired = peer.isExpired;
  const leftMs = peer.expires === null ? Number.POSITIVE_INFINITY : peer.expires - core.wallClock();
  peer.isExpired = leftMs <= 0;
  if (peer.expires === null) core.timers.cancel(peer, EXPIRY);
  else core.timers.arm(peer, EXPIRY, now + (leftMs > 0 ? Math.min(leftMs, EXPIRY_CHECK_MS) : EXPIRY_CHECK_MS));
  if (wasExpired && !peer.isExpired) core.timers.anyAuthenticatedPacketTraversal(peer, now);
  if (wasExpired || !peer.isExpired) return;
  core.endAll(peer);
  core.dropStaged(peer, PEER_EXPIRED);
  for (const timer of [RETRANSMIT_HANDSHAKE, SEND_KEEPALIVE, NEW_HANDSHAKE, ZERO_KEY_MATERIAL, PERSISTENT_KEEPALIVE]) {
    core.timers.cancel(peer, timer);
  }
}
