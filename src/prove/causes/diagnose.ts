/**
 * A diagnosis: why what should work does not, the most certain and most explanatory cause first, and what would settle what
 * is open.
 *
 *   question ─▶ flows ─▶ best run ─┬─ fails ─▶ proved
 *                                  └─ works ─▶ one unknown fact against it at a time ─▶ likely, possible
 *
 * Judging is the model's: a cause is the step at which a run ends, and its name follows from that step and from what stands
 * around it (`culprit.ts`). Here findings are only weighed, joined and put in order.
 */

import { formatAddress } from '../../net/address.ts';
import type { Fact } from '../../plan/plan.ts';
import type { World } from '../world.ts';
import { endName } from './attempts.ts';
import { failingPairs, type PairFailure } from './every-pair.ts';
import type { AskedFlow, Certainty, Diagnosis, FailingFlow, Finding, OpenQuestion } from './finding.ts';
import { culpritKey, inquest, type Meeting, type Suspicion, workingOf } from './inquest.ts';
import { dnsFailures } from './names-asked.ts';
import { missingMachines, openQuestion } from './open-questions.ts';
import type { Background } from './usual.ts';
import { type WrittenMistake, writtenMistakes } from './written-mistakes.ts';

export interface Complaint {
  /** What does not work. Empty: every pair is looked at. */
  readonly questions: readonly AskedFlow[];
  readonly works: readonly AskedFlow[];
  readonly notes: readonly Fact<string>[];
  /** What tunnels have seen of their peers. */
  readonly observations?: readonly Meeting[];
}

/** Weight from which one assumption is usual enough to be likely, when nothing else weighs as much. */
const LIKELY_WEIGHT = 2;
const LEAST_WEIGHT = 0.1;

interface Weighed extends Suspicion {
  readonly certainty: Certainty;
}

/** Of each question independently; bounded by the questions, or by `every-pair.ts` without any. */
export function diagnose(world: World, { questions, works, notes, observations = [] }: Complaint): Diagnosis {
  const background: Background = { world, dockers: dockersIn(world, notes) };
  const working = workingOf(world, works, observations);
  const written = writtenMistakes(world);
  const weighed: Weighed[] = written.map((mistake) => ofMistake(mistake, questions));
  const open = new Map<string, OpenQuestion>();
  for (const asked of questions) {
    const explained = written.some((mistake) => mistake.certainty === 'proved' && explains(mistake, asked));
    const all = inquest(background, working, asked);
    const own = weigh(explained ? all.filter(({ isProved }) => isProved) : all);
    weighed.push(...own);
    for (const { unknown } of own.toSorted((a, b) => b.weight - a.weight)) {
      if (unknown !== null)
        open.set(`${unknown.station.id} ${unknown.part}`, openQuestion(unknown.station, unknown.part));
    }
  }
  if (questions.length > 0)
    return { findings: joined(weighed), unknown: [...open.values(), ...missingMachines(world)], looked: null };
  const { tried, pairs, failures } = failingPairs(world);
  weighed.push(...unasked(world, failures));
  return { findings: joined(weighed), unknown: missingMachines(world), looked: { tried, pairs } };
}

/** Machines that a note puts Docker on. */
function dockersIn({ plan }: World, notes: readonly Fact<string>[]): Set<string> {
  const said = notes.map(({ value }) => value).filter((value) => /\bdocker\b/i.test(value));
  return new Set(plan.devices.map(({ name }) => name).filter((name) => said.some((note) => hasWord(note, name))));
}

function hasWord(text: string, word: string): boolean {
  return text.split(/[^\p{L}\p{N}_.-]+/u).includes(word);
}

function ofMistake(mistake: WrittenMistake, questions: readonly AskedFlow[]): Weighed {
  const { culprit, certainty, from, to } = mistake;
  const asked = questions.find((each) => explains(mistake, each));
  const flow = asked ? { from: endName(asked.from), to: endName(asked.to) } : { from, to };
  const isProved = certainty === 'proved';
  const weight = isProved ? (asked ? 10 : 5) : 0.6;
  return {
    culprit,
    certainty,
    isProved,
    weight,
    flow: { ...flow, direction: 'forward' },
    run: null,
    assumption: isProved ? null : 'that the addresses meet',
    unknown: null,
  };
}

/** Whether a question calls just what the mistake keeps from answering. */
function explains({ to, culprit }: WrittenMistake, { to: asked }: AskedFlow): boolean {
  const name = endName(asked);
  return name === to || (name === culprit.station.name && culprit.cause === 'interface-address-wrong');
}

/** The certainty of each: one usual assumption that nothing rivals is likely. */
function weigh(all: readonly Suspicion[]): Weighed[] {
  const open = all.filter(({ isProved, weight }) => !isProved && weight >= LEAST_WEIGHT);
  const most = Math.max(0, ...open.map(({ weight }) => weight));
  const leaders = new Set(open.filter(({ weight }) => weight === most).map(({ culprit }) => culprit.cause));
  const isClear = leaders.size === 1 && most >= LIKELY_WEIGHT && all.every(({ isProved }) => !isProved);
  return [...all.filter(({ isProved }) => isProved), ...open].map((each) => ({
    ...each,
    certainty: each.isProved ? 'proved' : isClear && each.weight === most ? 'likely' : 'possible',
  }));
}

/** Nobody asked: pairs that are meant to work, and resolvers. */
function unasked(world: World, failures: readonly PairFailure[]): Weighed[] {
  const pairs = failures.map(
    ({ culprit, run, from, to, isMeant }): Weighed => ({
      culprit,
      certainty: isMeant ? 'proved' : 'possible',
      isProved: isMeant,
      weight: isMeant ? 8 : 0.4,
      flow: { from: from.name, to: to.name, direction: run.reason!.packet.direction },
      run,
      assumption: isMeant ? null : `that ${from.name} is meant to reach ${to.name}`,
      unknown: null,
    }),
  );
  const names = world.stations.flatMap((station) =>
    dnsFailures(world, station)
      .filter(({ isDescribed }) => isDescribed)
      .map(
        ({ culprit, run, resolver }): Weighed => ({
          culprit,
          certainty: 'proved',
          isProved: true,
          weight: 7,
          flow: { from: station.name, to: formatAddress(resolver), direction: 'forward' },
          run,
          assumption: null,
          unknown: null,
        }),
      ),
  );
  return [...pairs, ...names];
}

const CERTAINTIES: readonly Certainty[] = ['proved', 'likely', 'possible'];

/** One finding for each cause at a machine, the most certain first, then the heaviest, then what explains most. */
function joined(weighed: readonly Weighed[]): Finding[] {
  const groups = Map.groupBy(weighed, ({ culprit }) => culpritKey(culprit));
  const found = [...groups.values()].map((group) => {
    const sorted = group.toSorted((a, b) => rank(a) - rank(b) || b.weight - a.weight);
    const [first] = sorted;
    const { culprit, certainty, run, assumption, weight } = first!;
    const finding: Finding = {
      ...culprit,
      certainty,
      flows: distinct(sorted.filter((each) => each.certainty === certainty).map(({ flow }) => flow)),
      assumption,
      run: run ?? sorted.find((each) => each.run !== null)?.run ?? null,
    };
    return { finding, weight };
  });
  return found
    .toSorted(
      (a, b) =>
        rank(a.finding) - rank(b.finding) || b.weight - a.weight || b.finding.flows.length - a.finding.flows.length,
    )
    .map(({ finding }) => finding);
}

function rank({ certainty }: { readonly certainty: Certainty }): number {
  return CERTAINTIES.indexOf(certainty);
}

function distinct(flows: readonly FailingFlow[]): FailingFlow[] {
  return [...new Map(flows.map((flow) => [`${flow.from}\n${flow.to}\n${flow.direction}`, flow])).values()];
}
