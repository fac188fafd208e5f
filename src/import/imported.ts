/**
 * What importing comes to: a `Plan` of the devices that the files describe, and everything else they say.
 *
 * A plan of imported files is as complete as the files are. What nobody stated stands in a device's `unknown`; what was
 * there and was not understood stands in `notUnderstood`. Both lower what may be concluded, never what is read.
 */

import type { Address } from '../net/address.ts';
import type { Prefix } from '../net/prefix.ts';
import type { Fact, Origin, Plan, PlanResult, PortRange, UnknownFact } from '../plan/plan.ts';

export type Diagnostic = PlanResult['diagnostics'][number];
export type Place = Diagnostic['place'];

/** A file as it was found; `path` is how messages name it, with `/` between folders. */
export interface GivenFile {
  readonly path: string;
  readonly text: string;
}

/** What keys become at once; the keys themselves are forgotten. */
export interface KeyFunctions {
  /** The 32 bytes of the public key of a private one. */
  publicKeyOf(privateKey: Uint8Array): Uint8Array;
  /** The first 16 hex digits of the SHA-256 of a preshared key's base64 text. */
  hashPresharedKey(base64: string): string;
}

export interface Imported {
  readonly plan: Plan;
  /** What shall work and does not, or is in doubt; empty: every pair. */
  readonly questions: readonly Flow[];
  readonly works: readonly Flow[];
  /** What no field can say. */
  readonly notes: readonly Fact<string>[];
  /** Port forwards as stated; those whose destination has a known address are translations of their device, too. */
  readonly portForwards: readonly PortForward[];
  /** What `wg show` counted. */
  readonly observations: readonly Observation[];
  /** What became of every file, in the order they were given. */
  readonly files: readonly ReadFile[];
  readonly notUnderstood: readonly NotUnderstood[];
  /** Mistakes in the files; the plan holds what is right. */
  readonly diagnostics: readonly Diagnostic[];
}

/** An end of a flow. A LAN stands for any address of it, `internet` for any public address. */
export type End =
  | { readonly kind: 'device' | 'host' | 'lan'; readonly name: string }
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'prefix'; readonly prefix: Prefix }
  | { readonly kind: 'internet' };

export interface Flow {
  readonly from: End;
  readonly to: End;
  /** The device through which it shall go. */
  readonly via?: string;
  readonly what: FlowKind;
  /** Small packets pass, large ones do not (in a question), or large ones too (in what works). */
  readonly large: boolean;
  readonly note?: string;
  readonly origin: Origin;
}

export type FlowKind =
  | { readonly kind: 'any' | 'ping' | 'dns' | 'handshake' }
  | { readonly kind: 'protocol'; readonly protocol: 'tcp' | 'udp'; readonly ports?: PortRange };

export interface PortForward {
  /** The device that forwards. */
  readonly on: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly to: End;
  /** Port there; the same when nothing else is said. */
  readonly toPort: number;
  readonly origin: Origin;
}

/** One line of `wg show`: what a tunnel has seen of a peer. */
export interface Observation {
  readonly device: string;
  readonly interface: string;
  /** Name of the peer; empty when no device has its key. */
  readonly peer: string;
  /** Where its packets came from last. */
  readonly endpoint?: string;
  /** Seconds since 1970 UTC; 0: never. */
  readonly latestHandshake: number;
  readonly received: number;
  readonly sent: number;
  readonly origin: Origin;
}

export type FileKind =
  | 'wg-quick'
  | 'wg-showconf'
  | 'wg-dump'
  | 'wg-show'
  | 'ip-addr'
  | 'ip-link'
  | 'ip-route'
  | 'ip-route-text'
  | 'ip-rule'
  | 'ip-neigh'
  | 'iptables-save'
  | 'ip6tables-save'
  | 'nft'
  | 'nft-json'
  | 'sysctl'
  | 'survey'
  | 'survey-yaml';

export interface ReadFile {
  readonly path: string;
  /** Null: not recognised, and not read. */
  readonly kind: FileKind | null;
  /** The device it describes; null where it describes none or several. */
  readonly machine: string | null;
}

/** A line, or a part of one, whose meaning is not known here. */
export interface NotUnderstood {
  readonly place: Place;
  /** Whose; null where that is not known either. */
  readonly machine: string | null;
  /** "cannot read …", without a full stop. No key is in it. */
  readonly reason: string;
  /** What it may change. Empty: nothing that a proof rests on. */
  readonly concerns: readonly UnknownFact[];
}
