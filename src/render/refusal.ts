/**
 * Refusals: what a format cannot say. Nothing is written then; the alternative would be a file that does half.
 */

export interface Refusal {
  /** A stable kebab-case noun. */
  readonly code: RefusalCode;
  /** "Cannot <verb> <object>: <reason>". */
  readonly message: string;
  /** What to do; one entry a line. */
  readonly help: readonly string[];
}

export type RefusalCode =
  | 'device-unknown'
  | 'router-is-run-here'
  | 'router-not-set-up'
  | 'tunnel-not-alone'
  | 'routes-beside-allowed-ips'
  | 'beyond-format'
  | 'too-large-for-qr'
  | 'gateway-off-link'
  | 'option-too-long';
