/**
 * What is counted, in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/, version
 * 0.0.4). Pure. Names and units as its best practices say: base units, `_total` for counters.
 */

import type { Status } from '../../relay/messages.ts';
import { presenceOf } from '../report/status-report.ts';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface MetricFacts {
  readonly version: string;
  /** Null while no relay runs. */
  readonly status: Status | null;
  /** Whether the network file can be planned; null when that is not known. */
  readonly isGood: boolean | null;
  readonly staleMachines: number;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** The document, `now` in ms since 1970. */
export function metricsText({ version, status, isGood, staleMachines }: MetricFacts, now: number): string {
  const metrics = [
    metric('build_info', 'gauge', 'The program that runs.', [[{ version }, 1]]),
    metric('relay_up', 'gauge', 'Whether the relay runs.', [[{}, Number(status !== null)]]),
    ...(isGood === null
      ? []
      : [metric('network_good', 'gauge', 'Whether the network file is without mistakes.', [[{}, Number(isGood)]])]),
    metric('stale_configurations', 'gauge', 'Machines that must fetch a new configuration.', [[{}, staleMachines]]),
    ...(status === null ? [] : [...relayMetrics(status), ...machineMetrics(status, now)]),
  ];
  return metrics.join('');
}

function relayMetrics(status: Status): string[] {
  return [
    metric('relay_start_time_seconds', 'gauge', 'When the relay began, in Unix time.', [[{}, status.startedAt / 1000]]),
    metric('forwarded_packets_total', 'counter', 'Packets forwarded.', [[{}, status.forwardedPackets]]),
    metric('forwarded_bytes_total', 'counter', 'Bytes forwarded.', [[{}, status.forwardedBytes]]),
    metric(
      'dropped_packets_total',
      'counter',
      'Packets refused, by reason.',
      Object.entries(status.drops).map(([reason, count]) => [{ reason }, count]),
    ),
    metric('under_load', 'gauge', 'Whether handshakes are asked to prove their address.', [
      [{}, Number(status.underLoad)],
    ]),
    metric('machines', 'gauge', 'Machines that are peers.', [[{}, status.peerCount]]),
  ];
}

function machineMetrics({ peers }: Status, now: number): string[] {
  const of = (value: (peer: Status['peers'][number]) => number | null): Sample[] =>
    peers.flatMap((peer) => {
      const found = value(peer);
      return found === null ? [] : [[{ machine: peer.name }, found] as const];
    });
  const seconds = (moment: number | null) => (moment === null ? null : moment / 1000);
  return [
    metric('machine_here', 'gauge', 'Whether the machine was heard within three minutes.', [
      ...of((peer) => Number(presenceOf(peer, now) === 'here')),
    ]),
    metric(
      'machine_received_bytes_total',
      'counter',
      'Bytes received from the machine.',
      of((peer) => peer.receivedBytes),
    ),
    metric(
      'machine_sent_bytes_total',
      'counter',
      'Bytes sent to the machine.',
      of((peer) => peer.sentBytes),
    ),
    metric(
      'machine_last_handshake_time_seconds',
      'gauge',
      'Its last handshake, in Unix time.',
      of((peer) => seconds(peer.lastHandshakeAt)),
    ),
    metric(
      'machine_last_received_time_seconds',
      'gauge',
      'When it was last heard, in Unix time.',
      of((peer) => seconds(peer.lastReceivedAt)),
    ),
    metric(
      'machine_dropped_packets_total',
      'counter',
      'Packets of the machine refused, by reason.',
      peers.flatMap(({ name, drops }) =>
        Object.entries(drops).map(([reason, count]) => [{ machine: name, reason }, count] as const),
      ),
    ),
  ];
}

function metric(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const full = `wg_router_${name}`;
  const lines = samples.map(([labels, value]) => `${full}${labelText(labels)} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([word, value]) => `${word}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
