/**
 * Whom the relay runs as. An ordinary user starts it as themself; root never does.
 *
 * Not as `nobody`: everything else that runs as `nobody` could then signal and trace the relay, and read its keys.
 */

import { randomInt } from 'node:crypto';
import type { Accounts } from './accounts.ts';

export interface RelayUser {
  readonly uid: number;
  readonly gid: number;
  /** For messages: `user wg-router`, `uid 60712`. */
  readonly label: string;
  /** The uid was drawn, and is to be remembered. */
  readonly isDrawn: boolean;
}

export interface RelayUserFacts {
  readonly accounts: Accounts;
  /** Owner of the network file. */
  readonly fileOwner: { readonly uid: number; readonly gid: number };
  /** The uid drawn at an earlier start, or null. */
  readonly drawnBefore: number | null;
  /** Whether a process runs with this uid. */
  readonly isInUse: (uid: number) => boolean;
}

export const RELAY_ACCOUNT = 'wg-router';

/**
 * Uids that nothing gives out: between those that systemd reserves for mapped users and those of its dynamic service
 * users (systemd's UIDS-GIDS). Below 65,536, so that they exist in containers as well.
 */
export const FIRST_DRAWN_UID = 60_578;
export const LAST_DRAWN_UID = 61_183;

/**
 * The user for a relay that root starts: `wg-router` where there is that user, else the owner of the network file when
 * that is not root, else a uid of its own, the same as before as long as nobody else has it. Null when every uid that
 * could be drawn is taken.
 */
export function relayUserForRoot(facts: RelayUserFacts): RelayUser | null {
  const own = facts.accounts.users.find(({ name }) => name === RELAY_ACCOUNT);
  if (own && own.uid !== 0) return given(own.uid, own.gid, facts);
  if (facts.fileOwner.uid !== 0) {
    const account = facts.accounts.users.find(({ uid }) => uid === facts.fileOwner.uid);
    return given(facts.fileOwner.uid, account?.gid ?? facts.fileOwner.gid, facts);
  }
  const uid = drawnUid(facts);
  return uid === null ? null : { uid, gid: uid, label: `uid ${uid}`, isDrawn: true };
}

/**
 * Whether the user exists in the user namespace that `uidMap` describes (user_namespaces(7): first uid inside, first
 * outside, how many). In one that an ordinary user made, often only root does.
 */
export function isMapped(uid: number, uidMap: string): boolean {
  return uidMap
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [first: number, outside: number, count: number])
    .some(([first, , count]) => uid >= first && uid < first + count);
}

function given(uid: number, gid: number, { accounts }: RelayUserFacts): RelayUser {
  const account = accounts.users.find((each) => each.uid === uid);
  // Root's group may read what is root's.
  return { uid, gid: gid === 0 ? uid : gid, label: account ? `user ${account.name}` : `uid ${uid}`, isDrawn: false };
}

function drawnUid({ accounts, drawnBefore, isInUse }: RelayUserFacts): number | null {
  const taken = new Set([...accounts.users.map(({ uid }) => uid), ...accounts.groupIds]);
  const inRange = drawnBefore !== null && drawnBefore >= FIRST_DRAWN_UID && drawnBefore <= LAST_DRAWN_UID;
  if (inRange && !taken.has(drawnBefore)) return drawnBefore;
  const count = LAST_DRAWN_UID - FIRST_DRAWN_UID + 1;
  const start = randomInt(count);
  for (let i = 0; i < count; i++) {
    const uid = FIRST_DRAWN_UID + ((start + i) % count);
    if (!taken.has(uid) && !isInUse(uid)) return uid;
  }
  return null;
}
