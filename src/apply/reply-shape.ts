/**
 * The shapes of `src/relay/messages.ts` as they are checked when a relay says something.
 *
 * Fields that are not known are left out and no mistake: a newer relay with the same protocol version may say more.
 */

import { z } from 'zod';
import type { Failed, Ready, Reply } from '../relay/messages.ts';

const text = z.string().max(65_536);
const texts = z.array(text).max(100_000);
const count = z.number().nonnegative();
const moment = z.number();
const drops = z.record(z.string(), count);

const router = z.object({
  name: text,
  listenPort: z.int().min(0).max(65_535),
  addresses: texts,
  mtu: z.int(),
  described: texts,
});

const peer = z.object({
  name: text,
  publicKey: text,
  allowedIps: texts,
  exitFor: texts,
  endpoint: text.nullable(),
  keepalive: count,
  mtu: z.int(),
  expires: moment.nullable(),
  hasPresharedKey: z.boolean(),
  lastHandshakeAt: moment.nullable(),
  lastReceivedAt: moment.nullable(),
  receivedBytes: count,
  sentBytes: count,
  drops,
});

const hello = z.object({
  type: z.literal('hello'),
  version: z.int(),
  pid: z.int().positive(),
  publicKey: text,
  startedAt: moment,
});

const status = z.object({
  type: z.literal('status'),
  pid: z.int().positive(),
  publicKey: text,
  startedAt: moment,
  backend: text,
  backendReason: text,
  router,
  listening: texts,
  notes: texts,
  lastDatagramAt: moment.nullable(),
  drops,
  forwardedPackets: count,
  forwardedBytes: count,
  underLoad: z.boolean(),
  peerCount: z.int().nonnegative(),
  peers: z.array(peer),
});

const changed = z.object({ type: z.literal('changed'), added: count, changed: count, removed: count });
const stopping = z.object({ type: z.literal('stopping') });
const refused = z.object({ type: z.literal('refused'), code: text, message: text });

export const replyShape: z.ZodType<Reply> = z.discriminatedUnion('type', [hello, status, changed, stopping, refused]);

const ready = z.object({
  type: z.literal('ready'),
  version: z.int(),
  pid: z.int().positive(),
  publicKey: text,
  listening: texts,
  notes: texts,
});

const failed = z.object({ type: z.literal('failed'), code: text, message: text });

/** What a relay says on standard output once it was booted. */
export const bootReplyShape: z.ZodType<Ready | Failed> = z.discriminatedUnion('type', [ready, failed]);
