/**
 * Questions about a text that may become the network file, and their answers: its mistakes, who reaches whom, what it
 * would change. Pure: run in a worker, because an answer may take seconds.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';
import type { Network } from '../../description/network.ts';
import { parseNetwork } from '../../description/parse.ts';
import { type Address, parseAddress } from '../../net/address.ts';
import type { Plan, PlannedExpectation, Subject } from '../../plan/plan.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import { stationOf } from '../../prove/calling.ts';
import type { ExpectationResult } from '../../prove/expectations.ts';
import { explain } from '../../prove/explain/explanation.ts';
import { type Inquiry, inquire, inquireAddress } from '../../prove/explain/inquiry.ts';
import { everyoneOf, groupNames } from '../../prove/matrix/group-names.ts';
import type { Matrix } from '../../prove/matrix/matrix.ts';
import { type MatrixChange, matrixChanges } from '../../prove/matrix/matrix-changes.ts';
import { reachability } from '../../prove/matrix/reachability.ts';
import { proofOf } from '../../prove/proof.ts';
import { worldOf } from '../../prove/world.ts';
import { type HandedOut, staleMachines } from '../handed-out.ts';
import type { CheckAnswerShape } from '../http/shape/network.ts';
import type { GeneratedShape } from '../http/shape/preview.ts';
import type { ExplainedShape, ReachabilityChangesShape, ReachabilityShape, SubjectShape } from '../http/shape/proof.ts';
import { generatedBy } from './generated.ts';

export type ProofTask =
  /** Whether everything that is expected and holds before holds after as well. */
  | { readonly kind: 'kept'; readonly before: string; readonly text: string; readonly file: string }
  /** `handedOut`: the record, to say who would need a new configuration. */
  | {
      readonly kind: 'check';
      readonly before: string;
      readonly text: string;
      readonly file: string;
      readonly handedOut: readonly HandedOut[];
    }
  | { readonly kind: 'reachability'; readonly text: string; readonly file: string }
  | { readonly kind: 'changes'; readonly before: string; readonly text: string; readonly file: string }
  | { readonly kind: 'generated'; readonly before: string; readonly text: string; readonly file: string }
  | {
      readonly kind: 'explain';
      readonly text: string;
      readonly file: string;
      readonly from: string;
      readonly to: string;
      readonly on: string | null;
      readonly over: 'ipv4' | 'ipv6' | null;
    };

export type ProofAnswer =
  /** What does not hold and did not fail before. */
  | { readonly kind: 'kept'; readonly broken: readonly Diagnostic[] }
  | { readonly kind: 'checked'; readonly answer: Omit<CheckAnswerShape, 'hash'> }
  | { readonly kind: 'reachability'; readonly answer: Omit<ReachabilityShape, 'hash'> }
  | { readonly kind: 'changes'; readonly answer: ReachabilityChangesShape }
  | { readonly kind: 'explained'; readonly answer: ExplainedShape }
  | { readonly kind: 'generated'; readonly answer: Omit<GeneratedShape, 'hash'> }
  /** Nobody is called so. */
  | { readonly kind: 'unknown'; readonly name: string }
  /** The text has mistakes. */
  | { readonly kind: 'mistaken' };

export function proofAnswer(task: ProofTask): ProofAnswer {
  if (task.kind === 'check') return { kind: 'checked', answer: checkedOf(task) };
  const plan = planOf(task.text, task.file);
  if (plan === null) return { kind: 'mistaken' };
  switch (task.kind) {
    case 'kept':
      return { kind: 'kept', broken: brokenBy(planOf(task.before, task.file), plan) };
    case 'reachability':
      return { kind: 'reachability', answer: reachabilityOf(plan) };
    case 'changes':
      return { kind: 'changes', answer: changesOf(planOf(task.before, task.file), plan) };
    case 'generated':
      return { kind: 'generated', answer: generatedBy(planOf(task.before, task.file), plan) };
    case 'explain':
      return explainedOf(plan, task);
  }
}

function checkedOf({ before, text, file, handedOut }: Extract<ProofTask, { kind: 'check' }>) {
  const { network, diagnostics } = parseNetwork(text, file);
  const planned = network === null ? null : planNetwork(network);
  const [old, now] = [namesOf(parseNetwork(before, file).network), namesOf(network)];
  const all = [...diagnostics, ...(planned?.diagnostics ?? [])];
  return {
    isGood: (planned?.plan ?? null) !== null,
    diagnostics: structuredClone(all) as CheckAnswerShape['diagnostics'],
    stale: planned?.plan ? staleMachines(planned.plan, handedOut) : [],
    added: network === null ? [] : [...now].filter((name) => !old.has(name)),
    removed: network === null ? [] : [...old].filter((name) => !now.has(name)),
  };
}

function namesOf(network: Network | null): ReadonlySet<string> {
  if (network === null) return new Set();
  const { machines, lans } = network;
  const named = [...machines, ...lans, ...lans.flatMap(({ hosts }) => hosts)];
  return new Set(named.map(({ name }) => name.value));
}

function planOf(text: string, file: string): Plan | null {
  const { network } = parseNetwork(text, file);
  return network === null ? null : planNetwork(network).plan;
}

function reachabilityOf(plan: Plan): Omit<ReachabilityShape, 'hash'> {
  const { world, results, diagnostics, untried } = proofOf(plan);
  const matrix = reachability(world);
  const groups = (each: Matrix['sources']) =>
    each.map(({ subjects }) => ({ names: groupNames(plan, subjects), subjects: subjects.map(subjectView) }));
  return {
    isTooLarge: matrix === null,
    sources: groups(matrix?.sources ?? []),
    destinations: groups(matrix?.destinations ?? []),
    cells: (matrix?.cells ?? []).map((row) =>
      row.map((cell) => cell && { verdict: cell.verdict, families: cell.families.map((each) => ({ ...each })) }),
    ),
    expectations: results.map(expectationView),
    diagnostics: structuredClone([...diagnostics, ...untried]) as ReachabilityShape['diagnostics'],
  };
}

function brokenBy(before: Plan | null, plan: Plan): readonly Diagnostic[] {
  if (plan.expectations.length === 0) return [];
  const errors = (each: Plan) => proofOf(each).diagnostics.filter(({ severity }) => severity === 'error');
  const known = new Set(before === null ? [] : errors(before).map(({ code, message }) => `${code} ${message}`));
  return structuredClone(errors(plan).filter(({ code, message }) => !known.has(`${code} ${message}`)));
}

/** A file that had mistakes before is compared with nobody reaching anybody. */
function changesOf(before: Plan | null, plan: Plan): ReachabilityChangesShape {
  const { world, results, diagnostics, untried } = proofOf(plan);
  const now = reachability(world);
  const old = before === null ? null : reachability(worldOf(before));
  const changes = now === null || old === null ? null : matrixChanges(old, now);
  const names = (each: readonly MatrixChange[] | undefined) =>
    (each ?? []).map(({ from, to, before, after }) => ({
      from: groupNames(plan, from),
      to: groupNames(plan, to),
      before,
      after,
    }));
  return {
    isTooLarge: now === null || (before !== null && old === null),
    gained: names(changes?.gained),
    lost: names(changes?.lost),
    otherwise: names(changes?.otherwise),
    added: (changes?.added ?? []).map(subjectView),
    removed: (changes?.removed ?? []).map(subjectView),
    expectations: results.map(expectationView),
    diagnostics: structuredClone([...diagnostics, ...untried]) as ReachabilityChangesShape['diagnostics'],
  };
}

function explainedOf(plan: Plan, task: Extract<ProofTask, { kind: 'explain' }>): ProofAnswer {
  const world = worldOf(plan);
  const find = (name: string) => {
    const subject = everyoneOf(plan).find((each) => (each.kind === 'unnamed' ? each.lan : each.name) === name);
    return subject === undefined ? null : stationOf(world, subject);
  };
  const from = find(task.from);
  if (from === null) return { kind: 'unknown', name: task.from };
  const means = { on: portsOf(task.on), over: task.over === null ? null : task.over === 'ipv4' ? 4 : 6 } as const;
  const to = find(task.to);
  const address: Address | null = to === null ? parseAddress(task.to) : null;
  if (to === null && address === null) return { kind: 'unknown', name: task.to };
  const found: Inquiry = to !== null ? inquire(world, from, to, means) : inquireAddress(world, from, address!, means);
  return {
    kind: 'explained',
    answer: {
      verdict: found.verdict,
      families: found.families.map(({ family, verdict, protocols, flow }) => ({
        family,
        verdict,
        protocols: protocols.map((each) => ({ ...each })),
        explanation: structuredClone(explain(world, flow)) as ExplainedShape['families'][number]['explanation'],
      })),
    },
  };
}

/** `ping`, `tcp/443`: the words of the network file. */
function portsOf(text: string | null): PlannedExpectation['on'] {
  if (text === null) return null;
  if (text === 'ping') return { protocol: 'ping' };
  const [protocol, port] = text.split('/');
  return { protocol: protocol === 'tcp' ? 'tcp' : 'udp', first: Number(port), last: Number(port) };
}

function expectationView({ expectation, holding, pair }: ExpectationResult): ReachabilityShape['expectations'][number] {
  return {
    text: expectation.text,
    line: expectation.place.line,
    holding,
    from: pair === null ? null : subjectView(pair.from),
    to: pair === null ? null : subjectView(pair.to),
  };
}

function subjectView(subject: Subject): SubjectShape {
  return { kind: subject.kind, name: subject.kind === 'unnamed' ? subject.lan : subject.name };
}
