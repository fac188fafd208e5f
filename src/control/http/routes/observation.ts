/**
 * What is observed: now, and before.
 */

import type { History } from '../../history/history.ts';
import { ROUTER_ID } from '../../history/machines.ts';
import type { StepSeconds, Stretch } from '../../history/traffic.ts';
import { dropWords } from '../../report/drop-words.ts';
import type { ApiContext } from '../context.ts';
import { ApiRefusal } from '../refusal.ts';
import { type Route, route } from '../route.ts';
import {
  dropHistory,
  recentTraffic,
  status,
  stays,
  staysQuery,
  stretchQuery,
  trafficHistory,
} from '../shape/observation.ts';
import { reportOf, statusView } from '../view/status-view.ts';
import { unknown } from './machines.ts';

/** What is looked at when it is not said since when. */
const DEFAULT_MS: Readonly<Record<StepSeconds, number>> = { 10: 3_600_000, 60: 86_400_000, 3600: 31 * 86_400_000 };
/** Points in one answer. */
const MOST_POINTS = 20_000;
const RECENT_STEP_MS = 60_000;
const RECENT_STEPS = 60;
/** Machines in one answer, each with its steps. */
const MOST_MACHINES = 10_000;

export const observationRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/status',
    access: 'read',
    summary: 'Who is here, since when, from where, how much',
    answer: status,
    run: async ({ context }) => {
      const observed = context.observed();
      // Also while the file has mistakes or is gone: the last good network goes on.
      const loaded = await context.network().catch(() => null);
      return { body: statusView(reportOf(loaded, observed, context.paths.file, context.now()), observed.at) };
    },
  }),
  route({
    method: 'GET',
    path: '/history/traffic',
    access: 'read',
    summary: 'Bytes by step of time: 10 s for a day, a minute for a month, an hour for two years',
    query: stretchQuery,
    answer: trafficHistory,
    run: ({ context, query }) => {
      const history = historyOf(context);
      const stretch = stretchOf(query, context.now());
      const points = history.traffic.of(idsOf(history, query.machine), stretch);
      return { body: { ...stretchView(stretch), points: points.map((point) => ({ ...point, at: iso(point.at) })) } };
    },
  }),
  route({
    method: 'GET',
    path: '/history/drops',
    access: 'read',
    summary: 'Packets refused, by step of time and reason',
    query: stretchQuery,
    answer: dropHistory,
    run: ({ context, query }) => {
      const history = historyOf(context);
      const stretch = stretchOf(query, context.now());
      const points = history.traffic.drops(idsOf(history, query.machine), stretch);
      return {
        body: {
          ...stretchView(stretch),
          points: points.map((point) => ({ ...point, at: iso(point.at), words: dropWords(point.reason) })),
        },
      };
    },
  }),
  route({
    method: 'GET',
    path: '/history/recent',
    access: 'read',
    summary: 'The last hour of every machine by the minute, for sparklines',
    about: 'At most 10,000 machines; those without any traffic are left out.',
    answer: recentTraffic,
    run: ({ context }) => {
      const { machines, traffic } = historyOf(context);
      const to = (Math.floor(context.now() / RECENT_STEP_MS) + 1) * RECENT_STEP_MS;
      const stretch = { from: to - RECENT_STEPS * RECENT_STEP_MS, to, step: RECENT_STEP_MS / 1_000 } as Stretch;
      const present = machines.present().slice(0, MOST_MACHINES);
      const totals = traffic.totals(stretch, [ROUTER_ID, ...present.map(({ id }) => id)]);
      const byName = new Map<string, number[]>();
      for (const { id, name } of present) {
        const own = totals.get(id);
        if (own === undefined) continue;
        const known = byName.get(name);
        byName.set(name, known === undefined ? own : known.map((bytes, i) => bytes + own[i]!));
      }
      return {
        body: {
          ...stretchView(stretch),
          router: totals.get(ROUTER_ID) ?? new Array<number>(RECENT_STEPS).fill(0),
          machines: [...byName].map(([name, bytes]) => ({ name, bytes })),
        },
      };
    },
  }),
  route({
    method: 'GET',
    path: '/history/stays',
    access: 'read',
    summary: 'Where a machine was, from when until when, and its handshakes there',
    query: staysQuery,
    answer: stays,
    run: ({ context, query }) => {
      const history = historyOf(context);
      const to = query.to === undefined ? context.now() + 1 : Date.parse(query.to);
      const from = query.from === undefined ? 0 : Date.parse(query.from);
      const found = history.stays.of(idsOf(history, query.machine), from, to, query.most);
      return {
        body: {
          stays: found.map(({ endpoint, beganAt, lastAt, handshakeAt, handshakes }) => ({
            endpoint,
            beganAt: iso(beganAt),
            lastAt: iso(lastAt),
            lastHandshakeAt: iso(handshakeAt),
            handshakes,
          })),
        },
      };
    },
  }),
];

/** The history. Throws an `ApiRefusal` where there is none. */
export function historyOf({ history }: ApiContext): History {
  if (history !== null) return history;
  throw new ApiRefusal(503, 'history-unusable', 'Cannot show what was: the history cannot be used', {
    help: ['`wg-router up` said why when it began'],
  });
}

function idsOf(history: History, machine: string | undefined): readonly number[] {
  if (machine === undefined) return [ROUTER_ID];
  const ids = history.machines.idsOf(machine);
  if (ids.length === 0) throw unknown('observations of machine', machine);
  return ids;
}

function stretchOf(
  query: { readonly step: StepSeconds; readonly from?: string; readonly to?: string },
  now: number,
): Stretch {
  const { step } = query;
  const to = query.to === undefined ? now + 1 : Date.parse(query.to);
  const from = query.from === undefined ? to - DEFAULT_MS[step] : Date.parse(query.from);
  if (from >= to || (to - from) / (step * 1000) > MOST_POINTS) {
    throw new ApiRefusal(422, 'stretch-invalid', 'Cannot show this stretch of time: it is empty or too long', {
      help: [`at most ${MOST_POINTS} steps at once; for longer, take a longer step`],
    });
  }
  return { from, to, step };
}

function stretchView({ from, to, step }: Stretch) {
  return { step, from: iso(from), to: iso(to) };
}

function iso(moment: number): string {
  return new Date(moment).toISOString();
}
