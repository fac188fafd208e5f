/**
 * A prefix length as a subnet mask in dotted form, for devices whose forms ask for one.
 */

import { addressFromBytes, formatAddress } from '../../net/address.ts';
import type { Prefix } from '../../net/prefix.ts';

/** The subnet mask of an IPv4 prefix: 255.255.254.0 for /23. */
export function dottedMask(prefix: Prefix): string {
  const bytes = Uint8Array.from({ length: 4 }, (_, i) => {
    const ones = Math.min(Math.max(prefix.length - 8 * i, 0), 8);
    return 256 - 2 ** (8 - ones);
  });
  return formatAddress(addressFromBytes(bytes));
}
