/**
 * Plans of networks with sentences of what must hold: those of the file, or others.
 */

import { parseNetwork } from '../../src/description/parse.ts';
import { directoryOf } from '../../src/plan/directory.ts';
import { plannedExpectations } from '../../src/plan/expectations.ts';
import { carve } from '../../src/plan/given/carve.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';

/** The plan of a network file, with its `expect`, or with `sentences` in its place. */
export function planExpecting(text: string, sentences: readonly string[] | null = null): Plan {
  const expect = sentences && `expect:\n${sentences.map((sentence) => `  - ${sentence}\n`).join('')}`;
  const parsed = parseNetwork(expect ? `${text}\n${expect}` : text, 'network.yaml', { allowUnsupported: true });
  if (parsed.network === null) throw new Error(parsed.diagnostics.map(({ message }) => message).join('\n'));
  const { network } = parsed;
  const { plan, diagnostics } = planNetwork({ ...network, expect: [] });
  if (plan === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return { ...plan, expectations: plannedExpectations(directoryOf(carve(network).network)!) };
}
