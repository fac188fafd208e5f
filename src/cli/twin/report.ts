/**
 * What a twin saw, for a person: the matrix, what works in part, what works in one direction, and what the twin did not
 * know or does otherwise than the network would.
 */

import type { Plan } from '../../plan/plan.ts';
import { type Fare, matrixLines } from '../terminal/matrix.ts';
import type { Paint } from '../terminal/paint.ts';
import { folded } from '../terminal/width.ts';
import { cellOf, detailOf, type Pair } from './flows.ts';

export interface ReportOptions {
  readonly paint: Paint;
  readonly columns: number;
}

/** `parties` in the order of the matrix. */
export function reportText(
  network: string,
  parties: readonly string[],
  pairs: readonly Pair[],
  { paint, columns }: ReportOptions,
): string {
  const heading = (text: string) => ['', paint('bold', text)];
  const partly = groupedBy(
    pairs.filter(({ verdict }) => verdict === 'partly'),
    (pair) => `${pair.from} ${detailOf(pair)}`,
  );
  const oneWay = groupedBy(
    pairs.filter((pair) => pair.verdict === 'works' && reverseOf(pair, pairs)?.verdict === 'fails'),
    ({ from }) => from,
  );
  const flows = (group: readonly Pair[]) => `${group[0]!.from} → ${group.map(({ to }) => to).join(', ')}`;
  const lines = [
    `who reaches whom in network ${paint('bold', network)}: from the row to the column`,
    '',
    ...matrixLines(parties, fareOf(parties, pairs), { paint, columns }),
    ...(partly.length === 0 ? [] : heading('In part')),
    ...partly.flatMap((group) => hanging(`${flows(group)}: ${detailOf(group[0]!)}`, columns)),
    ...(oneWay.length === 0 ? [] : heading('In one direction only')),
    ...oneWay.flatMap((group) => hanging(flows(group), columns)),
  ];
  return `${lines.join('\n')}\n`;
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
export function assumptionsOf(plan: Plan): string[] {
  const unknown = plan.lans
    .filter(({ attach, gatewayFirewall }) => attach?.value === 'static-route' && gatewayFirewall === null)
    .map(
      ({ name }) =>
        `the firewall of LAN ${name}'s default gateway is not known: the twin has none there (state \`gateway-firewall\`)`,
    );
  const dials = (name: string) => plan.devices.some((device) => device.name === name && isDialled(plan, name));
  const silent = plan.devices
    .filter(({ kind, name, interfaces }) => {
      const peers = interfaces.flatMap((each) => (each.kind === 'wireguard' ? each.peers : []));
      return kind === 'machine' && !dials(name) && peers.every(({ keepalive }) => keepalive === undefined);
    })
    .map(({ name }) => name);
  return [
    ...unknown,
    ...(silent.length === 0
      ? []
      : [
          `${silent.join(', ')}: without keepalive, reached only for a while after speaking; in the twin they had just spoken`,
        ]),
  ];
}

function isDialled(plan: Plan, name: string): boolean {
  return plan.devices.some((device) =>
    device.interfaces.some(
      (each) =>
        each.kind === 'wireguard' && each.peers.some((peer) => peer.name === name && peer.endpoint !== undefined),
    ),
  );
}

function reverseOf(pair: Pair, pairs: readonly Pair[]): Pair | undefined {
  return pairs.find(({ from, to }) => from === pair.to && to === pair.from);
}

function groupedBy(pairs: readonly Pair[], key: (pair: Pair) => string): Pair[][] {
  return [...Map.groupBy(pairs, key).values()];
}

/** Folded, with what follows the first line further in. */
function hanging(text: string, columns: number): string[] {
  return folded(text, columns - 4).map((line, i) => (i === 0 ? `  ${line}` : `    ${line}`));
}
