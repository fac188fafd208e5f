/**
 * What several places of one file must agree on, as far as it needs no planning.
 */

import type { Diagnostic } from '../diagnostic.ts';
import type { Network } from '../network.ts';
import type { SourceText } from '../source-text.ts';

export function checkRules(_network: Network, _source: SourceText): Diagnostic[] {
  return [];
}
