/**
 * Twins for tests: of a network file's text, and how what was seen is compared.
 */

import assert from 'node:assert/strict';
import { twinText } from '../../src/description/edit/twin-text.ts';
import { parseNetwork } from '../../src/description/parse.ts';
import { directoryOf } from '../../src/plan/directory.ts';
import { plannedExpectations } from '../../src/plan/expectations.ts';
import { carve } from '../../src/plan/given/carve.ts';
import type { Plan, Subject } from '../../src/plan/plan.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { brokenExpectations } from '../twin/trials/expectations.ts';
import { type Observation, triedIn } from '../twin/trials/observation.ts';
import { buildTwin, type Twin, type TwinOptions } from '../twin/twin.ts';

const COMMAND = [`${import.meta.dirname}/../../bin/wg-router`];

/** The plan of a network file. */
export function planOf(text: string): Plan {
  const { network, diagnostics } = parseNetwork(text, 'network.yaml', { allowUnsupported: true });
  assert.ok(network, diagnostics[0]?.message);
  const { plan, diagnostics: mistakes } = planNetwork(network);
  assert.ok(plan, mistakes[0]?.message);
  return plan;
}

/** A twin of the network that `text` describes. */
export function twinOf(text: string, options: Partial<TwinOptions> = {}): Promise<Twin> {
  const network = twinText(text);
  return buildTwin(planOf(network), { network, command: COMMAND, ...options });
}

/** Pairs for which a sentence of `expect` does not hold, as text. */
export function brokenIn(text: string, observations: readonly Observation[]): string[] {
  const { network } = parseNetwork(text, 'network.yaml', { allowUnsupported: true });
  const carving = carve(network!);
  const expectations = plannedExpectations(directoryOf(carving.network, carving.origins)!);
  assert.ok(expectations.length > 0);
  return brokenExpectations(expectations, observations).map(
    ({ expectation, from, to, verdict }) => `${expectation.text}: ${nameOf(from)} to ${nameOf(to)} ${verdict}`,
  );
}

/** What was tried from one to another, as `ipv4 ping works`; one entry for each address and trial. */
export function fatesOf(observations: readonly Observation[], from: string, to: string): string[] {
  return observations
    .filter((each) => nameOf(each.from) === from && nameOf(each.to) === to)
    .flatMap((each) => triedIn(each).map(({ trial, fate }) => `ipv${each.family} ${trial} ${fate}`));
}

/** The sources that `to` saw when `from` spoke to it. */
export function sourcesOf(observations: readonly Observation[], from: string, to: string): string[] {
  const seen = observations.filter((each) => nameOf(each.from) === from && nameOf(each.to) === to);
  return [...new Set(seen.flatMap(({ seenAs }) => (seenAs === null ? [] : [seenAs])))].sort();
}

export function nameOf(subject: Subject): string {
  return subject.kind === 'unnamed' ? `${subject.lan}.unnamed` : subject.name;
}
