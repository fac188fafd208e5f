/**
 * The suite that every `Sockets` passes: datagrams come complete, in order and with their source, and leave to where
 * their rows say. And what its tests need: sockets that keep what comes, and plain ones to talk to them.
 */

import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import type { Endpoint } from '../../src/net/endpoint.ts';
import { BindError, type SocketEvents, type Sockets } from '../../src/relay/backend/sockets.ts';
import {
  type Batch,
  LENGTH,
  OFFSET,
  ROW_INTS,
  STATUS,
  STATUS_DROPPED,
  STATUS_READY,
} from '../../src/wireguard/batch.ts';

export const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === '::1'));

export type Open<Kind extends Sockets> = (port: number, events: SocketEvents) => Promise<Kind>;

export interface Opened<Kind extends Sockets> {
  readonly sockets: Kind;
  /** What came, batch by batch, as text. */
  readonly batches: string[][];
  readonly endpoints: Endpoint[];
  readonly failures: { sends: number; malformed: number };
}

/** Sockets that keep what comes; `batch` is called with every batch besides. */
export async function opened<Kind extends Sockets>(
  t: TestContext,
  open: Open<Kind>,
  batch: (batch: Batch, sockets: Kind) => void = () => {},
): Promise<Opened<Kind>> {
  const batches: string[][] = [];
  const endpoints: Endpoint[] = [];
  const failures = { sends: 0, malformed: 0 };
  const sockets = await open(0, {
    batch: (came) => {
      batches.push(textsOf(came));
      endpoints.push(...came.endpoints.slice(0, came.count));
      batch(came, sockets);
    },
    sendFailed: () => failures.sends++,
    malformed: () => failures.malformed++,
  });
  t.after(() => sockets.close());
  return { sockets, batches, endpoints, failures };
}

/** Sends the READY rows of a batch as they came, moved to where sealing would have put them. */
export function sendAsIs(batch: Batch, sockets: Sockets): void {
  const { arena, outgoing, rows } = batch;
  if (outgoing !== null) {
    outgoing.count = 0;
    let to = outgoing.from;
    for (let row = 0, at = 0; row < batch.count; row++, at += ROW_INTS) {
      if (rows[at + STATUS] !== STATUS_READY) continue;
      outgoing.order[outgoing.count++] = row;
      const from = rows[at + OFFSET]!;
      arena.copyWithin(to, from, from + rows[at + LENGTH]!);
      rows[at + OFFSET] = to;
      to += rows[at + LENGTH]!;
    }
  }
  sockets.send(batch);
}

function textsOf(batch: Batch): string[] {
  return Array.from({ length: batch.count }, (_, row) => {
    const offset = batch.rows[row * ROW_INTS + OFFSET]!;
    return Buffer.from(batch.arena.subarray(offset, offset + batch.rows[row * ROW_INTS + LENGTH]!)).toString();
  });
}

export interface Plain {
  readonly socket: Socket;
  readonly came: string[];
  readonly endpoint: Endpoint;
}

/** A plain socket on loopback and what came to it. */
export async function plain(t: TestContext, address = '127.0.0.1'): Promise<Plain> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  const came: string[] = [];
  socket.on('message', (datagram) => came.push(datagram.toString()));
  t.after(() => socket.close());
  return { socket, came, endpoint: { family: address.includes(':') ? 6 : 4, address, port: socket.address().port } };
}

export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A link-local address of this machine, with its zone. */
const linkLocal = Object.entries(networkInterfaces())
  .flatMap(([zone, all]) => (all ?? []).map((one) => ({ ...one, zone })))
  .find((one) => one.family === 'IPv6' && one.address.startsWith('fe80:'));

/** Registers the suite for the sockets `name`. */
export function socketsConformance(name: string, open: Open<Sockets>): void {
  test(`${name}: port 0 finds one port for both families`, async (t) => {
    const { sockets } = await opened(t, open);
    assert.ok(sockets.port > 0);
    assert.equal(sockets.listening[0], `0.0.0.0:${sockets.port}`);
    if (hasIpv6) assert.deepEqual(sockets.listening, [`0.0.0.0:${sockets.port}`, `[::]:${sockets.port}`]);
  });

  test(`${name}: a port that is taken in either family is refused with the system's code`, {
    skip: !hasIpv6 && 'no IPv6',
  }, async (t) => {
    for (const address of ['127.0.0.1', '::1']) {
      const { endpoint } = await plain(t, address);
      const attempt = open(endpoint.port, { batch: () => {}, sendFailed: () => {}, malformed: () => {} });
      await assert.rejects(attempt, (error: BindError) => error instanceof BindError && error.code === 'EADDRINUSE');
    }
  });

  test(`${name}: datagrams of both families come with where they are from`, async (t) => {
    const { sockets, batches, endpoints } = await opened(t, open);
    const sources = [await plain(t), ...(hasIpv6 ? [await plain(t, '::1')] : [])];
    for (const { socket, endpoint } of sources) socket.send(`from ${endpoint.family}`, sockets.port, endpoint.address);
    await until(() => endpoints.length === sources.length);
    assert.deepEqual(
      batches.flat().sort(),
      sources.map(({ endpoint }) => `from ${endpoint.family}`),
    );
    assert.deepEqual(
      endpoints.map(bare).sort((a, b) => a.family - b.family),
      sources.map(({ endpoint }) => endpoint),
    );
  });

  test(`${name}: a link-local source keeps its zone, and can be answered`, {
    skip: !linkLocal && 'no link-local address',
  }, async (t) => {
    const { sockets, endpoints } = await opened(t, open, sendAsIs);
    const address = `${linkLocal!.address}%${linkLocal!.zone}`;
    const { socket, came } = await plain(t, address);
    socket.send('hello', sockets.port, address);
    await until(() => came.length === 1);
    assert.equal(endpoints[0]!.address, address);
    sockets.sendCopy(Buffer.from('again'), { family: 6, address, port: socket.address().port }, 0);
    await until(() => came.length === 2);
  });

  test(`${name}: a burst comes as batches, complete and in order, and an empty datagram is a row too`, async (t) => {
    const { sockets, batches } = await opened(t, open);
    const { socket } = await plain(t);
    const sent = Array.from({ length: 500 }, (_, i) => (i === 250 ? '' : `datagram ${i}`));
    for (const text of sent) socket.send(text, sockets.port, '127.0.0.1');
    await until(() => batches.flat().length === sent.length);
    assert.deepEqual(batches.flat(), sent);
    assert.ok(batches.length < sent.length / 4, `${batches.length} batches`);
  });

  test(`${name}: READY rows are sent to their endpoints, the others are not`, async (t) => {
    const one = await plain(t);
    const two = await plain(t, hasIpv6 ? '::1' : '127.0.0.1');
    const { sockets } = await opened(t, open, (batch, sockets) => {
      batch.endpoints[0] = one.endpoint;
      batch.endpoints[1] = two.endpoint;
      for (let row = 2; row < batch.count; row++) batch.rows[row * ROW_INTS + STATUS] = STATUS_DROPPED;
      sendAsIs(batch, sockets);
    });
    for (const text of ['a', 'b', 'c']) one.socket.send(text, sockets.port, '127.0.0.1');
    await until(() => one.came.length + two.came.length === 2);
    assert.deepEqual([one.came, two.came], [['a'], ['b']]);
  });

  test(`${name}: what is sent back comes to each source complete and in order, whatever the sizes`, async (t) => {
    const { sockets } = await opened(t, open, sendAsIs);
    const sources = [await plain(t), await plain(t, hasIpv6 ? '::1' : '127.0.0.1')];
    const sizes = [1400, 1400, 1400, 200, 1400, 1, 0, 9000, 1400, 1400];
    const texts = Array.from({ length: 60 }, (_, i) => `${i} ${'x'.repeat(sizes[i % sizes.length]!)}`);
    for (const text of texts) {
      for (const { socket, endpoint } of sources) socket.send(text, sockets.port, endpoint.address);
    }
    await until(() => sources.every(({ came }) => came.length === texts.length));
    for (const { came } of sources) assert.deepEqual(came, texts);
  });

  test(`${name}: what cannot be sent is counted and nothing else`, async (t) => {
    const { sockets, failures } = await opened(t, open);
    const far = { family: 4, address: '127.0.0.1', port: 9 } as const;
    sockets.sendCopy(new Uint8Array(65_508), far, 0);
    sockets.sendCopy(new Uint8Array(8), { family: 4, address: 'not an address', port: 9 }, 0);
    sockets.sendCopy(new Uint8Array(8), { family: 4, address: '127.0.0.1', port: 0 }, 0);
    sockets.sendCopy(new Uint8Array(8), { family: 4, address: '255.255.255.255', port: 9 }, 0);
    await until(() => failures.sends === 4);
    await sockets.close();
    sockets.sendCopy(new Uint8Array(8), far, 0);
    assert.equal(failures.sends, 5);
  });
}

/** Without what only some sockets know. */
function bare({ family, address, port }: Endpoint): Endpoint {
  return { family, address, port };
}
