/**
 * What several places of one file must agree on, as far as it needs no planning.
 *
 * Left to the planner: what two LANs do to each other, which addresses are free, what a way of attaching needs.
 */

import type { Diagnostic } from '../diagnostic.ts';
import type { Network } from '../network.ts';
import type { SourceText } from '../source-text.ts';
import { checkLanAddresses } from './lan-addresses.ts';
import { checkLans } from './lans.ts';
import { checkKeys, checkLists } from './lists.ts';
import { checkNames } from './names.ts';
import type { RuleContext } from './rule.ts';

const PREFIX_MISTAKES: readonly string[] = ['bad-prefix', 'host-bits-set', 'prefix-not-usable'];

/** The mistakes in `network`; `found` are those that reading its values has found. */
export function checkRules(network: Network, source: SourceText, found: readonly Diagnostic[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const context: RuleContext = {
    network,
    source,
    allPrefixesKnown: !found.some(({ code }) => PREFIX_MISTAKES.includes(code)),
    mistake(code, place, message, { help = [], notes = [] } = {}) {
      diagnostics.push({ code, severity: 'error', place, message, notes, help });
    },
  };
  checkNames(context);
  checkLists(context);
  checkKeys(context);
  checkLans(context);
  checkLanAddresses(context);
  return diagnostics;
}
