import assert from 'node:assert/strict';
import { createSocket, Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import type { Endpoint } from '../../net/endpoint.ts';
import { type Batch, LENGTH, OFFSET, ROW_INTS, STATUS, STATUS_DROPPED } from '../../wireguard/batch.ts';
import { PortableSockets, SOCKETS_ARENA_BYTES } from './portable-sockets.ts';
import { BindError, type SocketEvents } from './sockets.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === '::1'));

interface Opened {
  readonly sockets: PortableSockets;
  /** What came, batch by batch, as text. */
  readonly batches: string[][];
  readonly endpoints: Endpoint[];
  readonly failures: { sends: number; malformed: number };
}

/** Sockets that keep what comes; `batch` is called with every batch besides. */
async function opened(
  t: TestContext,
  batch: (batch: Batch, sockets: PortableSockets) => void = () => {},
): Promise<Opened> {
  const batches: string[][] = [];
  const endpoints: Endpoint[] = [];
  const failures = { sends: 0, malformed: 0 };
  const events: SocketEvents = {
    batch: (came) => {
      batches.push(textsOf(came));
      endpoints.push(...came.endpoints.slice(0, came.count));
      batch(came, sockets);
    },
    sendFailed: () => failures.sends++,
    malformed: () => failures.malformed++,
  };
  const sockets = await PortableSockets.open(0, new Uint8Array(SOCKETS_ARENA_BYTES), events);
  t.after(() => sockets.close());
  return { sockets, batches, endpoints, failures };
}

function textsOf(batch: Batch): string[] {
  return Array.from({ length: batch.count }, (_, row) => {
    const offset = batch.rows[row * ROW_INTS + OFFSET]!;
    return Buffer.from(batch.arena.subarray(offset, offset + batch.rows[row * ROW_INTS + LENGTH]!)).toString();
  });
}

/** A plain socket on loopback and what came to it. */
async function plain(
  t: TestContext,
  address = '127.0.0.1',
): Promise<{ socket: Socket; came: string[]; endpoint: Endpoint }> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  const came: string[] = [];
  socket.on('message', (datagram) => came.push(datagram.toString()));
  t.after(() => socket.close());
  return { socket, came, endpoint: { family: address.includes(':') ? 6 : 4, address, port: socket.address().port } };
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

test('port 0 finds one port for both families', async (t) => {
  const { sockets } = await opened(t);
  assert.ok(sockets.port > 0);
  assert.equal(sockets.listening[0], `0.0.0.0:${sockets.port}`);
  if (hasIpv6) assert.deepEqual(sockets.listening, [`0.0.0.0:${sockets.port}`, `[::]:${sockets.port}`]);
});

test("a port that is taken in either family is refused with the system's code", {
  skip: !hasIpv6 && 'no IPv6',
}, async (t) => {
  for (const address of ['127.0.0.1', '::1']) {
    const { endpoint } = await plain(t, address);
    const events = { batch: () => {}, sendFailed: () => {}, malformed: () => {} };
    const attempt = PortableSockets.open(endpoint.port, new Uint8Array(SOCKETS_ARENA_BYTES), events);
    await assert.rejects(attempt, (error: BindError) => error instanceof BindError && error.code === 'EADDRINUSE');
  }
});

test('where there is no IPv6 the port is bound on IPv4 alone, with a note', async (t) => {
  refuseIpv6(t, ['EAFNOSUPPORT']);
  const { sockets } = await opened(t);
  assert.deepEqual([sockets.has(4), sockets.has(6)], [true, false]);
  assert.deepEqual(sockets.listening, [`0.0.0.0:${sockets.port}`]);
  assert.match(sockets.notes.join(), /no IPv6/);
});

test('port 0 is tried again where the port that was free on IPv4 is taken on IPv6', {
  skip: !hasIpv6 && 'no IPv6',
}, async (t) => {
  const tries = refuseIpv6(t, ['EADDRINUSE', 'EADDRINUSE']);
  const { sockets } = await opened(t);
  assert.deepEqual([tries(), sockets.has(6)], [3, true]);
});

/** Has binding on IPv6 fail with these codes, one after the other, then go on as it is. Returns the tries so far. */
function refuseIpv6(t: TestContext, codes: string[]): () => number {
  let tries = 0;
  const bind = Socket.prototype.bind;
  t.mock.method(Socket.prototype, 'bind', function (this: Socket, ...words: unknown[]) {
    const code = (this as unknown as { type: string }).type === 'udp6' ? codes[tries++] : undefined;
    if (code === undefined) return Reflect.apply(bind, this, words);
    process.nextTick(() => this.emit('error', Object.assign(new Error(code), { code })));
    return this;
  });
  return () => tries;
}

test('datagrams of both families come with where they are from', async (t) => {
  const { sockets, batches, endpoints } = await opened(t);
  const sources = [await plain(t), ...(hasIpv6 ? [await plain(t, '::1')] : [])];
  for (const { socket, endpoint } of sources) socket.send(`from ${endpoint.family}`, sockets.port, endpoint.address);
  await until(() => endpoints.length === sources.length);
  assert.deepEqual(
    batches.flat().sort(),
    sources.map(({ endpoint }) => `from ${endpoint.family}`),
  );
  const byFamily = [...endpoints].sort((a, b) => a.family - b.family);
  assert.deepEqual(
    byFamily,
    sources.map(({ endpoint }) => endpoint),
  );
});

/** A link-local address of this machine, with its zone. */
const linkLocal = Object.entries(networkInterfaces())
  .flatMap(([zone, all]) => (all ?? []).map((one) => ({ ...one, zone })))
  .find((one) => one.family === 'IPv6' && one.address.startsWith('fe80:'));

test('a link-local source keeps its zone, and can be answered', {
  skip: !linkLocal && 'no link-local address',
}, async (t) => {
  const { sockets, endpoints } = await opened(t, (batch, sockets) => sockets.send(batch));
  const address = `${linkLocal!.address}%${linkLocal!.zone}`;
  const { socket, came } = await plain(t, address);
  socket.send('hello', sockets.port, address);
  await until(() => came.length === 1);
  assert.equal(endpoints[0]!.address, address);
});

test('a burst comes as batches, complete and in order, and an empty datagram is a row too', async (t) => {
  const { sockets, batches } = await opened(t);
  const { socket } = await plain(t);
  const sent = Array.from({ length: 500 }, (_, i) => (i === 250 ? '' : `datagram ${i}`));
  for (const text of sent) socket.send(text, sockets.port, '127.0.0.1');
  await until(() => batches.flat().length === sent.length);
  assert.deepEqual(batches.flat(), sent);
  assert.ok(batches.length < sent.length / 4, `${batches.length} batches`);
});

test('READY rows are sent to their endpoints, the others are not', async (t) => {
  const one = await plain(t);
  const two = await plain(t, hasIpv6 ? '::1' : '127.0.0.1');
  const { sockets } = await opened(t, (batch, sockets) => {
    batch.endpoints[0] = one.endpoint;
    batch.endpoints[1] = two.endpoint;
    for (let row = 2; row < batch.count; row++) batch.rows[row * ROW_INTS + STATUS] = STATUS_DROPPED;
    sockets.send(batch);
  });
  for (const text of ['a', 'b', 'c']) one.socket.send(text, sockets.port, '127.0.0.1');
  await until(() => one.came.length + two.came.length === 2);
  assert.deepEqual([one.came, two.came], [['a'], ['b']]);
});

test('what cannot be sent is counted and nothing else', async (t) => {
  const { sockets, failures } = await opened(t);
  const far = { family: 4, address: '127.0.0.1', port: 9 } as const;
  sockets.sendCopy(new Uint8Array(65_508), far);
  sockets.sendCopy(new Uint8Array(8), { family: 4, address: 'not an address', port: 9 });
  sockets.sendCopy(new Uint8Array(8), { family: 4, address: '127.0.0.1', port: 0 });
  sockets.sendCopy(new Uint8Array(8), { family: 4, address: '255.255.255.255', port: 9 });
  await until(() => failures.sends === 4);
  await sockets.close();
  sockets.sendCopy(new Uint8Array(8), far);
  assert.equal(failures.sends, 5);
});

test("a batch whose bytes the system still holds is not filled again, and the other one's sends are copied", async (t) => {
  const target: Endpoint = { family: 4, address: '127.0.0.1', port: 9 };
  const { sockets, batches } = await opened(t, (batch, sockets) => {
    batch.endpoints.fill(target);
    sockets.send(batch);
  });
  const source = await plain(t);
  // A kernel whose buffer is full: libuv keeps the pointer and calls back when the datagram has left.
  const kept: { bytes: Uint8Array; callback: (error: Error | null) => void }[] = [];
  const send = Socket.prototype.send;
  t.mock.method(Socket.prototype, 'send', function (this: Socket, ...words: unknown[]) {
    if (this === source.socket) return Reflect.apply(send, this, words);
    const callback = words.at(-1) as (error: Error | null) => void;
    const bytes = words[0] as Uint8Array;
    if (words.length === 6)
      kept.push({ bytes: bytes.subarray(Number(words[1]), Number(words[1]) + Number(words[2])), callback });
    else kept.push({ bytes, callback });
  });
  const pass = async (text: string) => {
    const before = batches.length;
    source.socket.send(text, sockets.port, '127.0.0.1');
    await until(() => batches.length > before);
  };
  const held = () => kept.map(({ bytes }) => Buffer.from(bytes).toString());
  const isCopy = (index: number) => kept[index]!.bytes.buffer.byteLength < SOCKETS_ARENA_BYTES;
  const texts = ['first', 'second', 'third', 'fourth'];
  for (const text of texts) await pass(text);
  assert.deepEqual(held(), texts);
  assert.deepEqual(
    texts.map((_, i) => isCopy(i)),
    [false, true, true, true],
  );

  for (const { callback } of kept.splice(0)) callback(null);
  for (const text of ['fifth', 'sixth']) await pass(text);
  assert.deepEqual(held(), ['fifth', 'sixth']);
  assert.deepEqual([isCopy(0), isCopy(1)], [false, true], 'what was let go is used again');
});

test('copies that wait for the system are bounded', async (t) => {
  const { sockets, failures } = await opened(t);
  t.mock.method(Socket.prototype, 'getSendQueueSize', () => 5 * 1024 * 1024);
  sockets.sendCopy(new Uint8Array(8), { family: 4, address: '127.0.0.1', port: 9 });
  assert.equal(failures.sends, 1);
});

test('a socket that fails is replaced by another on the same port', async (t) => {
  const { sockets, batches } = await opened(t);
  const source = await plain(t);
  const listening: Socket[] = [];
  t.mock.method(Socket.prototype, 'getRecvBufferSize', function (this: Socket) {
    listening.push(this);
    return 8 * 1024 * 1024;
  });
  assert.deepEqual(
    sockets.notes.filter((note) => note.includes('buffer')),
    [],
  );
  listening[0]!.emit('error', new Error('recvmsg ENOTCONN'));
  await until(() => sockets.has(4));
  source.socket.send('after', sockets.port, '127.0.0.1');
  await until(() => batches.length === 1);
  assert.deepEqual(batches, [['after']]);
});

test('a datagram from port 0, whom nobody can answer, is refused', async (t) => {
  const { sockets, batches, failures } = await opened(t);
  t.mock.method(Socket.prototype, 'getRecvBufferSize', function (this: Socket) {
    this.emit('message', Buffer.from('x'), { address: '127.0.0.1', family: 'IPv4', port: 0, size: 1 });
    return 8 * 1024 * 1024;
  });
  assert.ok(sockets.notes.length < 2);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([failures.malformed, batches], [1, []]);
});

test('a small receive buffer is worth a note', async (t) => {
  const { sockets } = await opened(t);
  t.mock.method(Socket.prototype, 'getRecvBufferSize', () => 425_984);
  assert.match(sockets.notes.join(), /receive buffer of (208|416) KiB.*net\.core\.rmem_max/);
});
