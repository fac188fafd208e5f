/**
 * What a twin saw, for a person: the matrix, what works in part, what works in one direction, and what the twin did not
 * know or does otherwise than the network would.
 */

import type { Layout } from '../../../lab/twin/layout/layout.ts';
import type { Broken } from '../../../lab/twin/trials/expectations.ts';
import { deviceOf, trialKey } from '../../../lab/twin/trials/observation.ts';
import type { Device, Peer } from '../../plan/plan.ts';
import { type Fare, matrixLines } from '../terminal/matrix.ts';
import type { Paint } from '../terminal/paint.ts';
import { hanging } from '../terminal/width.ts';
import { cellOf, detailOf, type Pair, TRIAL_WORDS } from './flows.ts';
import type { Disagreement } from './proved.ts';

/** In what the twin is otherwise. */
export interface Findings {
  readonly broken: readonly Broken[];
  readonly disagreements: readonly Disagreement[];
}

export interface ReportOptions {
  readonly paint: Paint;
  readonly columns: number;
}

/** `parties` in the order of the matrix. */
export function reportText(
  network: string,
  parties: readonly string[],
  pairs: readonly Pair[],
  { broken, disagreements }: Findings,
  { paint, columns }: ReportOptions,
): string {
  const heading = (text: string) => ['', paint('bold', text)];
  const partly = pairs.filter(({ verdict }) => verdict === 'partly');
  const oneWay = pairs.filter((pair) => pair.verdict === 'works' && reverseOf(pair, pairs)?.verdict === 'fails');
  const lines = [
    `who reaches whom in network ${paint('bold', network)}: from the row to the column`,
    '',
    ...matrixLines(parties, fareOf(parties, pairs), { paint, columns }),
    ...(partly.length === 0 ? [] : heading('In part')),
    ...groupsOf(partly, detailOf).flatMap(({ from, to, detail }) => hanging(`${from} → ${to}: ${detail}`, columns)),
    ...(oneWay.length === 0 ? [] : heading('In one direction only')),
    ...groupsOf(oneWay, () => '').flatMap(({ from, to }) => hanging(`${from} → ${to}`, columns)),
    ...(broken.length === 0 ? [] : heading('Expected, and not so')),
    ...broken.flatMap((each) => hanging(brokenLine(each), columns)),
    ...(disagreements.length === 0
      ? []
      : heading('Otherwise than `check` proves: a mistake in wg-router, or in its twin')),
    ...groupsOfDisagreements(disagreements).flatMap((line) => hanging(line, columns)),
  ];
  return `${lines.join('\n')}\n`;
}

interface Group {
  readonly from: string;
  readonly to: string;
  readonly detail: string;
}

/** Those who fare alike with the same others stand in one line. */
function groupsOf(pairs: readonly Pair[], detailOf: (pair: Pair) => string): Group[] {
  const bySource = Map.groupBy(pairs, (pair) => `${pair.from} ${detailOf(pair)}`);
  const lines = [...bySource.values()].map((group) => ({
    from: group[0]!.from,
    to: group.map(({ to }) => to).join(', '),
    detail: detailOf(group[0]!),
  }));
  const alike = Map.groupBy(lines, ({ to, detail }) => `${to} ${detail}`);
  return [...alike.values()].map((group) => ({ ...group[0]!, from: group.map(({ from }) => from).join(', ') }));
}

/** `network.yaml:18:5: nas reaches phone: nas → phone fails` */
function brokenLine({ expectation: { text, place }, from, to, verdict }: Broken): string {
  const how = verdict === 'partly' ? 'works in part' : verdict;
  return `${place.file}:${place.line}:${place.column}: ${text}: ${deviceOf(from)} → ${deviceOf(to)} ${how}`;
}

function groupsOfDisagreements(disagreements: readonly Disagreement[]): string[] {
  const flows = Map.groupBy(
    disagreements,
    ({ observation, proved, seen }) => `${trialKey(observation, 'ping')} ${proved} ${seen}`,
  );
  return [...flows.values()].map((group) => {
    const { observation, proved, seen } = group[0]!;
    const trials = group.map(({ trial }) => TRIAL_WORDS[trial]).join(', ');
    const { from, to, address } = observation;
    return `${deviceOf(from)} → ${deviceOf(to)} (${address}), ${trials}: proved that it ${proved}, seen that it ${seen}`;
  });
}

/** Who never spoke has an empty row; a pair that was not tried has no family in common. */
function fareOf(parties: readonly string[], pairs: readonly Pair[]): (from: number, to: number) => Fare | null {
  const byEnds = new Map(pairs.map((pair) => [`${pair.from} ${pair.to}`, pair]));
  const speaking = new Set(pairs.map(({ from }) => from));
  return (from, to) => {
    if (from === to) return 'self';
    if (!speaking.has(parties[from]!)) return null;
    const pair = byEnds.get(`${parties[from]} ${parties[to]}`);
    return pair === undefined ? 'none' : cellOf(pair);
  };
}

/** What the twin had to assume, one line each. */
export function assumptionsOf({ lans, machines }: Layout): string[] {
  const unknown = lans
    .map(({ lan }) => lan)
    .filter(({ attach, gatewayFirewall }) => attach?.value === 'static-route' && gatewayFirewall === null)
    .map(
      ({ name }) =>
        `the firewall of LAN ${name}'s default gateway is not known: the twin has none there (state \`gateway-firewall\`)`,
    );
  const silent = machines
    .filter(({ wayOut, device }) => wayOut.kind !== 'own-line' && peersOf(device).every(({ keepalive }) => !keepalive))
    .map(({ device }) => device.name);
  return [
    ...unknown,
    ...(silent.length === 0
      ? []
      : [
          `without keepalive, ${silent.join(', ')} can be reached only for a while after speaking; in the twin they had just spoken`,
        ]),
  ];
}

function peersOf(device: Device): readonly Peer[] {
  return device.interfaces.flatMap((each) => (each.kind === 'wireguard' ? each.peers : []));
}

function reverseOf(pair: Pair, pairs: readonly Pair[]): Pair | undefined {
  return pairs.find(({ from, to }) => from === pair.to && to === pair.from);
}
