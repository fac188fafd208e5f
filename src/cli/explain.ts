/**
 * `explain`: whether one reaches another, the way out and back, and where it ends the cause and the cure.
 */

import { loadPlan } from '../control/load-plan.ts';
import { isMistake } from '../description/schema/shape.ts';
import { readPorts } from '../description/schema/values.ts';
import { quoted } from '../description/visible.ts';
import { type Family, formatAddress } from '../net/address.ts';
import { explain } from '../prove/explain/explanation.ts';
import { type Inquiry, inquire, inquireAddress, type Means } from '../prove/explain/inquiry.ts';
import { stationName } from '../prove/explain/names.ts';
import { type Station, type World, worldOf } from '../prove/world.ts';
import { jsonDocument } from './command-line/json.ts';
import { Mistaken, Refused } from './command-line/outcome.ts';
import { explainText } from './proof/explain-text.ts';
import { type Party, partyOf, speakersOf } from './proof/parties.ts';
import { sayNotes } from './terminal/notes.ts';
import type { ExitCode, Invocation } from './verb.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { terminal, isJson, positionals } = invocation;
  const means = { on: portsOf(invocation.text('port')), over: familyOf(invocation.text('over')) };
  const paths = invocation.paths();
  const { plan, network, diagnostics, text, notes } = await loadPlan(paths, { write: false });
  if (plan === null || network === null) throw new Mistaken(diagnostics, text);
  const world = worldOf(plan);
  const [from, to] = positionals.map((word) => partyOf(word, network, world)) as [Party, Party];
  const found = search(world, speakersOf(from, world), to, means);
  if (found === null) {
    throw new Refused('pair-missing', `Cannot explain how ${quoted(positionals[0]!)} reaches itself`, [
      'name two: wg-router explain FROM TO',
    ]);
  }
  const { inquiry } = found;
  const remarks = [...standInNotes(from, inquiry), ...notes];
  const explanations = inquiry.families.map(({ flow }) => explain(world, flow));
  if (isJson) {
    const families = inquiry.families.map(({ family, verdict, protocols }, i) => ({
      family: `ipv${family}`,
      verdict,
      protocols: Object.fromEntries(protocols.map((each) => [each.protocol, each.verdict])),
      explanation: explanations[i],
    }));
    const { tried, pairs } = found;
    const { verdict } = inquiry;
    const answer = { ...endsOf(inquiry, to), verdict, tried, pairs, families, notes: remarks };
    terminal.print(jsonDocument({ file: paths.file, ...answer }));
  } else {
    terminal.print(
      explainText(inquiry, explanations, {
        ...found,
        means,
        text,
        paint: terminal.paint,
        colour: terminal.colour,
        columns: terminal.isInteractive ? terminal.columns : Number.POSITIVE_INFINITY,
      }),
    );
    sayNotes(terminal, remarks);
  }
  return inquiry.verdict === 'works' ? 0 : 1;
}

/** Pairs that are tried before it is said that so many work. */
const PAIRS_AT_MOST = 20_000;

export interface Found {
  readonly inquiry: Inquiry;
  /** How many pairs were tried until this one, and how many there are. */
  readonly tried: number;
  readonly pairs: number;
}

/** The first pair that does not work, else the first; null when there is none. */
function search(world: World, from: readonly Station[], to: Party, means: Means): Found | null {
  const pairs = from.flatMap((near) =>
    to.kind === 'address'
      ? [() => inquireAddress(world, near, to.address, means)]
      : to.stations.flatMap((far) => (far === near ? [] : [() => inquire(world, near, far, means)])),
  );
  let first: Inquiry | null = null;
  let tried = 0;
  for (const ask of pairs.slice(0, PAIRS_AT_MOST)) {
    const inquiry = ask();
    tried++;
    if (inquiry.verdict !== 'works') return { inquiry, tried, pairs: pairs.length };
    first ??= inquiry;
  }
  return first && { inquiry: first, tried, pairs: pairs.length };
}

function endsOf({ from, to }: Inquiry, asked: Party) {
  const address = asked.kind === 'address' ? formatAddress(asked.address) : '';
  return { from: stationName(from), to: to === null ? address : stationName(to) };
}

/** An address that nobody named speaks as the host of its LAN that nobody named. */
function standInNotes(asked: Party, { from }: Inquiry): string[] {
  if (asked.kind !== 'address' || from.kind !== 'unnamed') return [];
  const address = formatAddress(asked.address);
  return [`no host is named that has ${address}: taken as one of LAN ${from.lan} that knows only its default gateway`];
}

function portsOf(text: string | undefined): Means['on'] {
  if (text === undefined) return null;
  const read = readPorts(text);
  if (!isMistake(read)) return read.value;
  throw new Refused('port-unknown', `Cannot read --port ${quoted(text)}: ${read.reason}`, read.help ?? []);
}

function familyOf(text: string | undefined): Family | null {
  if (text === undefined) return null;
  if (text === 'ipv4') return 4;
  if (text === 'ipv6') return 6;
  throw new Refused('family-unknown', `Cannot read --over ${quoted(text)}: it is ipv4 or ipv6`);
}
