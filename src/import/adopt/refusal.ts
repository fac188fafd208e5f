/**
 * Why a network does not fit the pattern, as a value.
 */

export type AdoptRefusalCode =
  | 'no-wireguard'
  | 'no-router'
  | 'several-routers'
  | 'endpoint-not-known'
  | 'inside-not-clear'
  | 'address-not-inside'
  | 'several-addresses'
  | 'peers-beside-router'
  | 'router-carries-lan'
  | 'internet-through-router'
  | 'lan-address-not-known'
  | 'attach-not-clear'
  | 'key-not-known';

export interface AdoptRefusal {
  readonly code: AdoptRefusalCode;
  /** "Cannot adopt …: reason", without a full stop. */
  readonly message: string;
  readonly help: readonly string[];
}
