/**
 * One question of a person, "why does this not work": what is proved, else what would explain it.
 *
 * A flow that fails although every unknown fact is taken to be in its favour fails for certain, at the step where it ends.
 * Else one unknown fact at a time is taken to be against it. What then makes it fail may be the cause, unless it would also
 * stop something that is known to work.
 */

import { addressText } from '../explain/names.ts';
import { unknownWords } from '../explain/step-words.ts';
import { type Assumption, flowOf, type Reason, type Run } from '../flow.ts';
import { run as runFlow } from '../tracer/exchange.ts';
import type { Station, UnknownPart, World } from '../world.ts';
import type { Attempt } from './attempts.ts';
import { attemptsOf, endName } from './attempts.ts';
import { detourCulprit, suspectsBeyond } from './beyond.ts';
import type { AskedFlow, Culprit } from './finding.ts';
import { dnsFailures, resolverFailure } from './names-asked.ts';
import { culpritOf } from './rules/culprit.ts';
import { sizeSuspects } from './rules/sizes.ts';
import { type Background, usualness } from './usual.ts';

/** A cause that would explain a question. */
export interface Suspicion {
  readonly culprit: Culprit;
  readonly isProved: boolean;
  readonly weight: number;
  readonly flow: { readonly from: string; readonly to: string; readonly direction: 'forward' | 'reply' };
  readonly run: Run | null;
  readonly assumption: string | null;
  /** The unknown fact that it rests on; null where it rests on none, or on none that a plan has a word for. */
  readonly unknown: { readonly station: Station; readonly part: UnknownPart } | null;
}

/** What is known to work, worked out once for all questions. */
export interface Working {
  readonly attempts: readonly Attempt[];
  /** Tunnels that carry something, although by the model they wait for the other side. */
  readonly awake: ReadonlySet<string>;
  readonly culprits: ReadonlySet<string>;
  /** Ends of tunnels that carry something. */
  readonly ends: ReadonlySet<Station>;
  /** Pairs of machines between which there never was a handshake. */
  readonly strangers: ReadonlySet<string>;
}

/** What `wg show` counted at a machine of one of its peers. */
export interface Meeting {
  readonly device: string;
  readonly peer: string;
  /** Seconds since 1970 UTC; 0: never. */
  readonly latestHandshake: number;
}

export function workingOf(world: World, works: readonly AskedFlow[], meetings: readonly Meeting[]): Working {
  const attempts = works.flatMap((asked) => attemptsOf(world, asked));
  const awake = new Set<string>();
  const culprits = new Set<string>();
  const ends = new Set<Station>();
  const met = new Set(meetings.filter(({ latestHandshake }) => latestHandshake > 0).map(pairOf));
  const strangers = new Set(meetings.map(pairOf).filter((pair) => !met.has(pair)));
  for (const { device, peer, latestHandshake } of meetings) {
    if (latestHandshake === 0) continue;
    for (const name of [device, peer]) if (world.byName.has(name)) ends.add(world.byName.get(name)!);
  }
  for (const { asked, questions } of attempts) {
    const runs = questions.map((question) => flowOf(world, question).best);
    for (const end of runs.flatMap(tunnelEndsOf)) ends.add(end);
    if (runs.some(({ outcome }) => outcome === 'works')) continue;
    if (asked.what.kind === 'handshake' && runs[0]?.reason?.step.kind !== 'tunnel') continue;
    for (const run of runs) {
      const tunnel = asleepAt(run);
      const culprit = culpritOf(world, run);
      if (tunnel !== null) awake.add(tunnel);
      else if (culprit !== null) culprits.add(culpritKey(culprit));
    }
  }
  return { attempts, awake, culprits, ends, strangers };
}

function pairOf({ device, peer }: Pick<Meeting, 'device' | 'peer'>): string {
  return [device, peer].sort().join('\n');
}

/** Whether a run goes through a tunnel in which there never was a handshake. */
function meetsStrangers({ packets }: Run, { strangers }: Working): boolean {
  return packets.some(({ trace }) =>
    trace.hops.some(({ station, steps }) =>
      steps.some(
        (step) =>
          step.kind === 'tunnel' &&
          step.other &&
          strangers.has(pairOf({ device: station.name, peer: step.other.name })),
      ),
    ),
  );
}

/** Stations at the ends of tunnels that a run goes through. */
function tunnelEndsOf({ packets }: Run): Station[] {
  return packets.flatMap(({ trace }) =>
    trace.hops.flatMap(({ station, steps }) =>
      steps.flatMap((step) =>
        step.kind === 'tunnel' && step.ends === null && step.other ? [station, step.other] : [],
      ),
    ),
  );
}

export function culpritKey({ cause, station }: Culprit): string {
  return `${station.id} ${cause}`;
}

function asleepAt({ reason }: Run): string | null {
  if (reason?.step.kind !== 'tunnel' || reason.step.state !== 'idle') return null;
  return `${reason.hop.station.id} ${reason.step.peer.name}`;
}

/** What would explain that `asked` does not work. */
export function inquest(background: Background, working: Working, asked: AskedFlow): Suspicion[] {
  const { world } = background;
  const attempts = attemptsOf(world, asked);
  const proved = attempts.map((attempt) => provedSuspicion(world, working, attempt));
  const found = proved.filter((each) => each !== null);
  // Where it works in one family nobody knows which one was meant.
  const isWhole = found.length === attempts.length;
  if (found.length > 0) return found.map((each) => (isWhole ? each : { ...each, isProved: false, weight: 2.5 }));
  return attempts.flatMap((attempt) => [...dnsSuspicions(world, attempt), ...suspicions(background, working, attempt)]);
}

function flowOfAttempt({ asked }: Attempt, isReply: boolean): Suspicion['flow'] {
  return { from: endName(asked.from), to: endName(asked.to), direction: isReply ? 'reply' : 'forward' };
}

/** What fails although everything unknown is in its favour; null when nothing does. */
function provedSuspicion(world: World, working: Working, attempt: Attempt): Suspicion | null {
  const runs = attempt.questions.map((question) => flowOf(world, question).best);
  const failing = runs.filter((run) => run.outcome !== 'works' && !working.awake.has(asleepAt(run) ?? ''));
  const isFailing = failing.length === runs.length || (attempt.asked.large && failing.length > 0);
  const isOfTunnel = attempt.asked.what.kind !== 'handshake' || failing[0]?.reason?.step.kind === 'tunnel';
  const proof = (culprit: Culprit, run: Run, isReply: boolean): Suspicion => {
    const isDenied = working.culprits.has(culpritKey(culprit));
    return {
      culprit,
      isProved: !isDenied,
      weight: isDenied ? 0.5 : 10,
      flow: flowOfAttempt(attempt, isReply),
      run,
      assumption: isDenied ? 'although something works that this would stop too' : null,
      unknown: null,
    };
  };
  if (isFailing && isOfTunnel) {
    const run = failing[0]!;
    const culprit = culpritOf(world, run);
    return culprit && proof(culprit, run, run.reason!.packet.direction === 'reply');
  }
  const run = runs.find(({ outcome }) => outcome === 'works') ?? runs[0];
  const { via } = attempt.asked;
  if (run === undefined || via === undefined) return null;
  const detour = detourCulprit(world, run, via);
  return detour && proof(detour, run, false);
}

function dnsSuspicions(world: World, attempt: Attempt): Suspicion[] {
  const { asked, from, destination } = attempt;
  const { kind } = asked.what;
  if (asked.large || (kind !== 'dns' && (asked.to.kind !== 'internet' || kind === 'ping' || kind === 'handshake')))
    return [];
  const failures = dnsFailures(world, from);
  const asks = kind === 'dns' ? resolverFailure(world, from, destination) : null;
  return [...failures, ...(asks ? [asks] : [])].map(({ culprit, run, isDescribed, resolver }) => ({
    culprit,
    isProved: isDescribed && (kind === 'dns' || asked.to.kind === 'internet'),
    weight: isDescribed ? 5 : 1.2,
    flow: flowOfAttempt(attempt, false),
    run,
    assumption: isDescribed ? null : `that ${addressText(resolver)} is not a neighbour of it`,
    unknown: null,
  }));
}

/** Nothing is proved: what would explain it. */
function suspicions(background: Background, working: Working, attempt: Attempt): Suspicion[] {
  const { world } = background;
  const { asked, questions } = attempt;
  const [question] = questions;
  if (question === undefined) return [];
  const best = runFlow(world, question, () => true);
  if (asked.large) {
    return sizeSuspects(world, best).map(({ culprit, weight }) => ({
      culprit,
      isProved: false,
      weight,
      flow: flowOfAttempt(attempt, true),
      run: null,
      assumption: 'that a path on the way carries less than the tunnel takes it to',
      unknown: null,
    }));
  }
  const flipped = best.assumptions.flatMap((assumption) => flip(background, working, attempt, best, assumption));
  const beyond = suspectsBeyond(world, best)
    .filter(({ culprit }) => !TUNNEL_CAUSES.has(culprit.cause) || !working.ends.has(culprit.station))
    .map(({ culprit, weight, assumption, isReply }) => ({
      culprit,
      isProved: false,
      weight,
      flow: flowOfAttempt(attempt, isReply),
      run: null,
      assumption,
      unknown: null,
    }));
  return [...beyond, ...flipped];
}

/** Causes that keep a tunnel from coming up at all; a tunnel that carries something does not have them. */
const TUNNEL_CAUSES: ReadonlySet<string> = new Set(['provider-firewall', 'wrong-endpoint', 'multihomed-wrong-source']);

function flip(
  background: Background,
  working: Working,
  attempt: Attempt,
  best: Run,
  { station, part, isFavourable }: Assumption,
): Suspicion[] {
  const { world } = background;
  if (!isFavourable) return [];
  const without = (each: Station, other: UnknownPart) => each !== station || other !== part;
  const run = runFlow(world, attempt.questions[0]!, without);
  if (run.outcome === best.outcome || run.outcome === 'works') return [];
  const culprit = culpritOf(world, run);
  const isOfTunnel = run.reason!.step.kind === 'tunnel';
  if (attempt.asked.what.kind === 'handshake' && !isOfTunnel) return [];
  if (culprit === null || working.attempts.some((each) => wouldStop(world, working, each, without, run.reason!)))
    return [];
  return [
    {
      culprit,
      isProved: false,
      weight: weighted(usualness(background, station, part, culprit), isOfTunnel, meetsStrangers(best, working)),
      flow: flowOfAttempt(attempt, run.reason!.packet.direction === 'reply'),
      run,
      assumption: `${station.name}: ${unknownWords(part)}, taken to be against the flow`,
      unknown: { station, part },
    },
  ];
}

/** Where there never was a handshake, what keeps the tunnel down comes before what stops packets that come out of it. */
function weighted(usual: number, isOfTunnel: boolean, areStrangers: boolean): number {
  if (!areStrangers) return usual;
  return isOfTunnel ? usual + 1 : usual * 0.2;
}

/**
 * Whether what is known to work would stop in the same way with an unknown fact against it. A filter may tell apart by where
 * packets come from, and lets pass what answers something: it is only known to be open for what passed it.
 */
function wouldStop(
  world: World,
  working: Working,
  { questions, asked }: Attempt,
  assume: (station: Station, part: UnknownPart) => boolean,
  reason: Reason,
): boolean {
  const runs = questions.map((question) => runFlow(world, question, assume));
  const isStopped = runs.every((run) => run.outcome !== 'works' && !working.awake.has(asleepAt(run) ?? ''));
  if (!isStopped) return false;
  const other = runs[0]!.reason!;
  if (asked.what.kind === 'handshake' && other.step.kind !== 'tunnel') return false;
  if (reason.step.kind !== 'assumption' || !reason.step.part.endsWith('-filter')) return true;
  const isSameWay = reason.hop.arrivesBy === other.hop.arrivesBy;
  return isSameWay && (reason.packet.direction === 'reply' || other.packet.direction === 'forward');
}
