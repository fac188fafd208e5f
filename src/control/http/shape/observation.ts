/**
 * What is observed, now and before: status, history, events.
 */

import { z } from 'zod';
import type { StepSeconds } from '../../history/traffic.ts';
import { observed } from './machine.ts';
import { bytes, diagnostic, hash, moment, name } from './words.ts';

export const status = z
  .strictObject({
    network: z.string().nullable(),
    observedAt: moment.nullable().meta({ description: 'When the relay was looked at; null while none runs.' }),
    relay: z
      .strictObject({
        pid: z.number().int(),
        startedAt: moment,
        backend: z.string(),
        backendReason: z.string().meta({ description: 'Why it is this one.' }),
        router: z.string(),
        publicKey: z.string(),
        listening: z.array(z.string()),
        lastDatagramAt: moment.nullable(),
        forwardedPackets: z.number().int(),
        forwardedBytes: z.number().int(),
        underLoad: z.boolean(),
        drops: z.record(z.string(), z.number().int()),
      })
      .nullable(),
    machines: z.array(z.strictObject({ name, isDescribed: z.boolean(), ...observed.shape })),
    notes: z.array(z.string()),
  })
  .meta({ id: 'Status' });
export type StatusShape = z.infer<typeof status>;

/** Seconds. */
const step = z
  .enum(['10', '60', '3600'])
  .default('10')
  .transform((text) => Number(text) as StepSeconds);

/** Without `from`: an hour, a day or a month, by the step. */
export const stretchQuery = z.strictObject({
  machine: name.optional().meta({ description: 'Absent: the router, that is everybody together.' }),
  step,
  from: moment.optional(),
  to: moment.optional(),
});

export const trafficHistory = z.strictObject({
  step: z.number().int(),
  from: moment,
  to: moment,
  points: z.array(z.strictObject({ at: moment, received: bytes, sent: bytes })).meta({
    description: 'Bytes from and to the machine in the step that begins at `at`; steps without any are left out.',
  }),
});
export type TrafficHistoryShape = z.infer<typeof trafficHistory>;

export const dropHistory = z.strictObject({
  step: z.number().int(),
  from: moment,
  to: moment,
  points: z.array(z.strictObject({ at: moment, reason: z.string(), words: z.string(), packets: z.number().int() })),
});

export const recentTraffic = z
  .strictObject({
    step: z.number().int().meta({ description: 'Seconds.' }),
    from: moment,
    to: moment.meta({ description: 'Where the last step ends, which is not over yet.' }),
    router: z.array(bytes).meta({ description: 'Everybody together.' }),
    machines: z
      .array(z.strictObject({ name, bytes: z.array(bytes).meta({ description: 'Received and sent, by step.' }) }))
      .meta({ description: 'Machines that had any traffic.' }),
  })
  .meta({ id: 'RecentTraffic' });

export const staysQuery = z.strictObject({
  machine: name,
  from: moment.optional(),
  to: moment.optional(),
  most: z.coerce.number().int().min(1).max(1_000).default(100),
});

export const stays = z.strictObject({
  stays: z
    .array(
      z.strictObject({
        endpoint: z.string(),
        beganAt: moment,
        lastAt: moment,
        lastHandshakeAt: moment,
        handshakes: z.number().int(),
      }),
    )
    .meta({ description: 'The newest first.' }),
});

/** Bytes a second since the look before. */
const rates = { receivedPerSecond: z.number(), sentPerSecond: z.number() };

/** One event of `/api/v1/events`: its `type` is also the event's name. */
export const event = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('status'),
    at: moment,
    isWhole: z.boolean().meta({ description: 'False: only machines that differ from the event before.' }),
    isRunning: z.boolean(),
    forwardedBytes: bytes,
    forwardedPackets: z.number().int(),
    drops: z.number().int(),
    machines: z.array(
      z.strictObject({
        name,
        presence: observed.shape.presence,
        endpoint: z.string().nullable(),
        lastHandshakeAt: moment.nullable(),
        lastReceivedAt: moment.nullable(),
        receivedBytes: bytes,
        sentBytes: bytes,
        ...rates,
      }),
    ),
  }),
  z.strictObject({
    type: z.literal('network'),
    at: moment,
    hash: hash.nullable().meta({ description: 'Null while there is no file.' }),
    isGood: z.boolean(),
    diagnostics: z.array(diagnostic),
    stale: z.array(name),
  }),
  z.strictObject({
    type: z.literal('unfulfilled').meta({ description: 'What is expected of the network and does not hold.' }),
    at: moment,
    diagnostics: z.array(diagnostic),
  }),
  z.strictObject({
    type: z.literal('relay'),
    at: moment,
    state: z.enum(['started', 'adopted', 'restarted', 'lost', 'failed']),
    message: z.string(),
  }),
  z.strictObject({ type: z.literal('arrived'), at: moment, machine: name, endpoint: z.string() }),
  z.strictObject({ type: z.literal('trouble'), at: moment, message: z.string(), help: z.array(z.string()) }),
]);
export type EventShape = z.infer<typeof event>;
