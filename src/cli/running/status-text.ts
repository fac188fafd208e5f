/**
 * The status as people read it.
 */

import { basename } from 'node:path';
import { dropWords } from '../../control/report/drop-words.ts';
import { agoText, bytesText, countText, durationText } from '../../control/report/quantity.ts';
import type { MachineReport, StatusReport } from '../../control/report/status-report.ts';
import { visible, withoutKeys } from '../../description/visible.ts';
import type { Paint, Style } from '../terminal/paint.ts';
import { table } from '../terminal/table.ts';
import { addressesText, listeningText } from './machine-rows.ts';

/** `now` in ms since 1970. Ends with a line feed. */
export function statusText(report: StatusReport, now: number, paint: Paint): string {
  const parts = [
    headLines(report, now, paint),
    machineLines(report, now, paint),
    dropLines(report, paint),
    report.notes.map((note) => `${paint('note', 'note')}: ${visible(withoutKeys(note))}`),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function headLines({ relay, control, network, file }: StatusReport, now: number, paint: Paint): string[] {
  const name = paint('bold', visible(network ?? basename(file)));
  if (relay === null) return [`${name}: ${paint('error', 'the router does not run')}; to run it: wg-router up`];
  const since = durationText(now - Date.parse(relay.startedAt));
  const heard = relay.lastDatagramAt === null ? 'never' : agoText(now - Date.parse(relay.lastDatagramAt));
  return [
    `${name}: router ${visible(relay.router)} ${paint('good', 'runs')} since ${since} on ${listeningText(relay.listening)}`,
    `  relay ${relay.pid}, ${control === null ? paint('warning', 'control does not run: edits are not followed (wg-router up)') : `control ${control.pid}`}; backend ${visible(relay.backend)}: ${visible(relay.backendReason)}`,
    `  forwarded ${countText(relay.forwardedPackets)} packets, ${bytesText(relay.forwardedBytes)}; last datagram ${heard}${relay.underLoad ? `; ${paint('warning', 'under load')}` : ''}`,
  ];
}

function machineLines({ machines, network }: StatusReport, now: number, paint: Paint): string[] {
  if (machines.length === 0) {
    return network === null ? [] : ['No machine is described: wg-router add machine phone --platform android'];
  }
  const head = ['machine', 'addresses', 'seen', 'from', 'received', 'sent', ''].map((each) => paint('dim', each));
  const rows = machines.map((machine) => {
    const isKnown = machine.lastReceivedAt !== null || machine.lastHandshakeAt !== null;
    return [
      paint('name', visible(machine.name)),
      addressesText(machine.allowedIps),
      seenText(machine, now, paint),
      visible(machine.endpoint ?? ''),
      isKnown ? bytesText(machine.receivedBytes) : '',
      isKnown ? bytesText(machine.sentBytes) : '',
      remarks(machine, now, paint).join(', '),
    ];
  });
  return table([head, ...rows]);
}

const PRESENCE: Readonly<Record<MachineReport['presence'], { readonly style: Style; readonly text: string }>> = {
  here: { style: 'good', text: '' },
  away: { style: 'dim', text: '' },
  never: { style: 'dim', text: 'never' },
  expired: { style: 'error', text: 'expired' },
  disabled: { style: 'error', text: 'disabled' },
  'not-set-up': { style: 'warning', text: 'not set up' },
  unknown: { style: 'dim', text: '?' },
};

function seenText({ presence, lastReceivedAt, lastHandshakeAt }: MachineReport, now: number, paint: Paint): string {
  const { style, text } = PRESENCE[presence];
  if (text !== '') return paint(style, text);
  const moments = [lastReceivedAt, lastHandshakeAt].flatMap((moment) => (moment === null ? [] : [Date.parse(moment)]));
  return paint(style, agoText(now - Math.max(...moments)));
}

function remarks(machine: MachineReport, now: number, paint: Paint): string[] {
  const dropped = Object.values(machine.drops).reduce((sum, count) => sum + count, 0);
  const untilExpiry = machine.expires === null ? null : Date.parse(machine.expires) - now;
  return [
    ...(machine.isDescribed ? [] : [paint('warning', 'not in the file')]),
    ...(machine.configuration === 'old' ? [paint('warning', 'has an old configuration')] : []),
    ...(untilExpiry !== null && untilExpiry > 0 ? [`expires in ${durationText(untilExpiry)}`] : []),
    ...(dropped > 0 ? [`${countText(dropped)} refused`] : []),
  ];
}

/** Reasons with their number, the most frequent first. */
function dropLines({ relay }: StatusReport, paint: Paint): string[] {
  const drops = Object.entries(relay?.drops ?? {}).sort((a, b) => b[1] - a[1]);
  if (drops.length === 0) return [];
  const rows = drops.map(([reason, count]) => [
    countText(count).padStart(countText(drops[0]![1]).length),
    visible(reason),
    paint('dim', visible(dropWords(reason))),
  ]);
  return [paint('dim', 'refused packets'), ...table(rows, '  ')];
}
