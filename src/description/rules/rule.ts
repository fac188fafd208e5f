/**
 * What the rules share: what they read, and how they report.
 */

import type { DiagnosticCode } from '../codes.ts';
import type { Diagnostic, Place, Sourced } from '../diagnostic.ts';
import type { Network } from '../network.ts';
import type { SourceText } from '../source-text.ts';

/** What a rule reads, and where it reports. */
export interface RuleContext {
  readonly network: Network;
  readonly source: SourceText;
  /** False after a mistake in a prefix: then nothing is known to lie outside of a LAN. */
  readonly allPrefixesKnown: boolean;
  mistake(
    code: DiagnosticCode,
    place: Place,
    message: string,
    more?: { readonly help?: readonly string[]; readonly notes?: Diagnostic['notes'] },
  ): void;
}

/** Reports every value that stands in a list for the second time; `spell` gives equal values one spelling. */
export function reportRepeated<T>(
  context: RuleContext,
  items: readonly Sourced<T>[],
  label: string,
  spell: (value: T) => string,
): void {
  const first = new Map<string, Place>();
  for (const { value, place } of items) {
    const text = spell(value);
    const earlier = first.get(text);
    if (earlier === undefined) first.set(text, place);
    else
      context.mistake('duplicate-value', place, `Cannot read ${text} in ${label} twice: once says it`, {
        help: ['delete one of them'],
        notes: [{ place: earlier, message: 'the first one is here' }],
      });
  }
}
