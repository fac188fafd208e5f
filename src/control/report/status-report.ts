/**
 * What `status` says, as one value: the relay as it is, beside the machines as they are described. Pure. Its shape is
 * that of `--json` and is in `docs/reference/json.md`.
 */

import type { DescribedMachine } from '../../apply/relay-config.ts';
import type { PeerStatus, Status } from '../../relay/messages.ts';

/** Where a machine is: `unknown` while no relay runs. */
export type Presence = 'here' | 'away' | 'never' | 'expired' | 'disabled' | 'not-set-up' | 'unknown';

export interface MachineReport {
  readonly name: string;
  readonly presence: Presence;
  /** What the router sends to it: its inside addresses and the LANs it carries. */
  readonly allowedIps: readonly string[];
  readonly endpoint: string | null;
  /** ISO 8601 in UTC, as all moments here. */
  readonly lastHandshakeAt: string | null;
  readonly lastReceivedAt: string | null;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly drops: Readonly<Record<string, number>>;
  readonly expires: string | null;
  /** Whether what was handed out is what the file says; null where that is not known. */
  readonly configuration: 'current' | 'old' | 'not-handed-out' | null;
  /** False when it is a peer of the relay and no longer in the file, or the file cannot be read. */
  readonly isDescribed: boolean;
}

export interface StatusReport {
  /** Null when the file cannot be read. */
  readonly network: string | null;
  readonly file: string;
  readonly control: { readonly pid: number } | null;
  readonly relay: {
    readonly pid: number;
    readonly startedAt: string;
    readonly backend: string;
    /** Why it is this one. */
    readonly backendReason: string;
    readonly router: string;
    readonly publicKey: string;
    readonly listening: readonly string[];
    readonly lastDatagramAt: string | null;
    readonly forwardedPackets: number;
    readonly forwardedBytes: number;
    readonly underLoad: boolean;
    readonly drops: Readonly<Record<string, number>>;
  } | null;
  readonly machines: readonly MachineReport[];
  /** What a person should know, worst first. */
  readonly notes: readonly string[];
}

export interface StatusFacts {
  readonly file: string;
  readonly controlPid: number | null;
  readonly status: Status | null;
  /** The network as described; null when the file has mistakes or is gone. */
  readonly described: { readonly network: string; readonly machines: readonly DescribedMachine[] } | null;
  readonly configurations: ReadonlyMap<string, 'current' | 'old' | 'not-handed-out'>;
  readonly notes: readonly string[];
}

/**
 * A machine that was heard within this is here: REJECT_AFTER_TIME, after which no keypair is of use. Machines that are
 * silent for longer may be there all the same, asleep.
 */
export const HERE_MS = 180_000;

export function statusReport(facts: StatusFacts, now: number): StatusReport {
  const { status, described } = facts;
  return {
    network: described?.network ?? null,
    file: facts.file,
    control: facts.controlPid === null ? null : { pid: facts.controlPid },
    relay: status && {
      pid: status.pid,
      startedAt: iso(status.startedAt)!,
      backend: status.backend,
      backendReason: status.backendReason,
      router: status.router.name,
      publicKey: status.publicKey,
      listening: status.listening,
      lastDatagramAt: iso(status.lastDatagramAt),
      forwardedPackets: status.forwardedPackets,
      forwardedBytes: status.forwardedBytes,
      underLoad: status.underLoad,
      drops: status.drops,
    },
    machines: machines(facts, now),
    notes: [...facts.notes, ...(status?.notes ?? [])],
  };
}

/** Where a peer is, at `now` (ms since 1970). */
export function presenceOf(peer: PeerStatus, now: number): Presence {
  if (peer.expires !== null && now >= peer.expires) return 'expired';
  const heardAt = Math.max(peer.lastReceivedAt ?? 0, peer.lastHandshakeAt ?? 0);
  if (heardAt === 0) return 'never';
  return now - heardAt < HERE_MS ? 'here' : 'away';
}

/** In the order of the file; then peers that the file does not describe. */
function machines({ status, described, configurations }: StatusFacts, now: number): MachineReport[] {
  const peers = new Map(status?.peers.map((peer) => [peer.name, peer]));
  const reports: MachineReport[] = [];
  for (const { name, isSetUp, isDisabled, allowedIps, expires } of described?.machines ?? []) {
    const configuration = configurations.get(name) ?? null;
    const peer = peers.get(name);
    peers.delete(name);
    if (peer !== undefined) {
      const report = peerReport(peer, now, configuration, true);
      // The relay has no word for it: there it is a peer that has expired.
      reports.push(isDisabled ? { ...report, presence: 'disabled', expires: iso(expires) } : report);
    } else {
      const presence = isDisabled ? 'disabled' : isSetUp ? 'unknown' : 'not-set-up';
      reports.push({
        name,
        presence,
        allowedIps,
        ...NOTHING_HEARD,
        expires: iso(expires),
        configuration,
        isDescribed: true,
      });
    }
  }
  for (const peer of peers.values()) reports.push(peerReport(peer, now, null, false));
  return reports;
}

const NOTHING_HEARD = {
  endpoint: null,
  lastHandshakeAt: null,
  lastReceivedAt: null,
  receivedBytes: 0,
  sentBytes: 0,
  drops: {},
} as const;

function peerReport(
  peer: PeerStatus,
  now: number,
  configuration: MachineReport['configuration'],
  isDescribed: boolean,
): MachineReport {
  return {
    name: peer.name,
    presence: presenceOf(peer, now),
    allowedIps: peer.allowedIps,
    endpoint: peer.endpoint,
    lastHandshakeAt: iso(peer.lastHandshakeAt),
    lastReceivedAt: iso(peer.lastReceivedAt),
    receivedBytes: peer.receivedBytes,
    sentBytes: peer.sentBytes,
    drops: peer.drops,
    expires: iso(peer.expires),
    configuration,
    isDescribed,
  };
}

function iso(moment: number | null): string | null {
  return moment === null ? null : new Date(moment).toISOString();
}
