/**
 * Every diagnostic code, sorted by where it is found. Codes are stable: scripts and editors may depend on them.
 *
 * Each has a case in `test/mistakes` and a paragraph in `docs/reference/mistakes.md`; tests hold both to this list.
 */

/** Found in the text itself. */
const TEXT_CODES = ['file-too-large', 'control-character', 'yaml-syntax', 'yaml-feature', 'nesting-too-deep'] as const;

/** Found in one value or one mapping. */
const VALUE_CODES = [
  'unknown-word',
  'private-key-in-file',
  'duplicate-word',
  'missing-word',
  'value-missing',
  'wrong-kind',
  'unknown-value',
  'bad-name',
  'reserved-name',
  'bad-note',
  'bad-address',
  'address-not-usable',
  'bad-prefix',
  'host-bits-set',
  'prefix-not-usable',
  'bad-ula',
  'bad-endpoint',
  'bad-key',
  'bad-number',
  'bad-date',
  'bad-ports',
  'bad-sentence',
  'bad-domain',
] as const;

/** Found where two places of the file must agree. */
const RULE_CODES = [
  'name-taken',
  'unknown-name',
  'name-of-another-kind',
  'duplicate-value',
  'key-taken',
  'group-cycle',
  'inside-family-twice',
  'carve-impossible',
  'lan-missing',
  'address-outside-lan',
  'lan-address-taken',
  'prefix-overlap-within-lan',
  'seen-as-mismatch',
  'lend-conflict',
  'not-supported-yet',
] as const;

/** Found by an edit that the file does not allow. */
const EDIT_CODES = ['still-used'] as const;

/** Found while planning (`src/plan`). */
const PLAN_CODES = [
  'router-missing',
  'prefix-full',
  'ula-full',
  'address-outside-inside',
  'address-taken',
  'address-reserved',
  'endpoint-taken',
  'endpoint-family',
  'endpoint-in-prefix',
  'routes-on-carrier',
  'routes-own-lan',
  'carrier-on-foreign-lan',
  'carrier-disabled',
  'path-mtu-too-small',
  'lan-family-not-inside',
  'attach-missing',
  'via-missing',
  'via-not-on-lan',
  'via-address-missing',
  'via-cannot-forward',
  'gateway-missing',
  'gateway-is-via',
  'gateway-is-not-via',
  'lend-missing',
  'internet-second-exit',
  'internet-own-lan',
  'internet-of-gateway',
  'internet-family',
  'routes-with-internet',
  'advertise-unneeded',
  'advertise-family',
  'prefix-overlap',
  'popular-prefix',
  'expectation-family',
] as const;

/** Found by proving (`src/prove`): what is expected and does not hold. */
const PROOF_CODES = [
  'expectation-broken',
  'expectation-partly',
  'expectation-not-proven',
  'expectation-family-fails',
] as const;

export const DIAGNOSTIC_CODES = [
  ...TEXT_CODES,
  ...VALUE_CODES,
  ...RULE_CODES,
  ...EDIT_CODES,
  ...PLAN_CODES,
  ...PROOF_CODES,
] as const;

export type DiagnosticCode = (typeof DIAGNOSTIC_CODES)[number];
