/**
 * What edits are asked for and what they answer. Values are text as it would stand in the file, without quotes; they
 * are checked where all text is checked, by parsing the edited file.
 */

import type { Diagnostic } from '../diagnostic.ts';

/** The edited text, or why there is none. */
export type EditResult =
  | { readonly text: string; readonly diagnostics?: undefined }
  | {
      readonly text?: undefined;
      readonly diagnostics: readonly Diagnostic[];
      /** The text that the diagnostics' places mean: the given one, or the one that the edit would have made. */
      readonly against: string;
    };

export interface NewMachine {
  readonly name: string;
  readonly platform?: string;
  readonly address?: readonly string[];
  readonly publicKey?: string;
  readonly endpoint?: string;
  readonly note?: string;
  readonly expires?: string;
  /** `true` or `false`. */
  readonly disabled?: string;
  /** Names of LANs on which it stands, and its addresses there. */
  readonly lan?: readonly string[];
  readonly lanAddress?: readonly string[];
  readonly routes?: readonly string[];
  readonly internet?: string;
  readonly keepalive?: string;
  readonly mtu?: string;
  readonly pathMtu?: string;
}

export interface NewLan {
  readonly name: string;
  readonly prefixes: readonly string[];
  readonly via?: string;
  /** Addresses of `via` on this LAN: written to that machine, with the LAN's name. */
  readonly lanAddress?: readonly string[];
  readonly attach?: string;
  readonly defaultGateway?: readonly string[];
  readonly defaultGatewayPlatform?: string;
  readonly gatewayFirewall?: string;
  readonly seenAs?: readonly string[];
  readonly advertise?: readonly string[];
  /** Unused addresses for machines elsewhere, by machine. */
  readonly lend?: readonly (readonly [machine: string, addresses: readonly string[]])[];
}

export interface NewHost {
  readonly lan: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly platform?: string;
}

/** What has fields: one router, machine or LAN. */
export interface Subject {
  readonly kind: 'router' | 'machine' | 'lan';
  readonly name: string;
}

/** A field's new value: a single value, a list, or null to take the field away. */
export type FieldValue = string | readonly string[] | null;

export interface DeviceAddresses {
  readonly name: string;
  readonly kind: 'router' | 'machine';
  /** The whole list, as text. */
  readonly addresses: readonly string[];
}
