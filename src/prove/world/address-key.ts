/**
 * Addresses as keys of maps and sets.
 */

import type { Address } from '../../net/address.ts';

export function addressKey({ family, bits }: Address): string {
  return `${family}:${bits}`;
}
