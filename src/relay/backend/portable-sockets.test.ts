import assert from 'node:assert/strict';
import { Socket } from 'node:dgram';
import { type TestContext, test } from 'node:test';
import { hasIpv6, opened, plain, sendAsIs, socketsConformance, until } from '../../../test/conformance/sockets.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { PortableSockets, SOCKETS_ARENA_BYTES } from './portable-sockets.ts';
import type { SocketEvents } from './sockets.ts';

const open = (port: number, events: SocketEvents) =>
  PortableSockets.open(port, new Uint8Array(SOCKETS_ARENA_BYTES), events);

socketsConformance('portable', open);

test('where there is no IPv6 the port is bound on IPv4 alone, with a note', async (t) => {
  refuseIpv6(t, ['EAFNOSUPPORT']);
  const { sockets } = await opened(t, open);
  assert.deepEqual([sockets.has(4), sockets.has(6)], [true, false]);
  assert.deepEqual(sockets.listening, [`0.0.0.0:${sockets.port}`]);
  assert.match(sockets.notes.join(), /no IPv6/);
});

test('port 0 is tried again where the port that was free on IPv4 is taken on IPv6', {
  skip: !hasIpv6 && 'no IPv6',
}, async (t) => {
  const tries = refuseIpv6(t, ['EADDRINUSE', 'EADDRINUSE']);
  const { sockets } = await opened(t, open);
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

test("a batch whose bytes the system still holds is not filled again, and the other one's sends are copied", async (t) => {
  const target: Endpoint = { family: 4, address: '127.0.0.1', port: 9 };
  const { sockets, batches } = await opened(t, open, (batch, sockets) => {
    batch.endpoints.fill(target);
    sendAsIs(batch, sockets);
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
  const { sockets, failures } = await opened(t, open);
  t.mock.method(Socket.prototype, 'getSendQueueSize', () => 5 * 1024 * 1024);
  sockets.sendCopy(new Uint8Array(8), { family: 4, address: '127.0.0.1', port: 9 });
  assert.equal(failures.sends, 1);
});

test('a socket that fails is replaced by another on the same port', async (t) => {
  const { sockets, batches } = await opened(t, open);
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
  const { sockets, batches, failures } = await opened(t, open);
  t.mock.method(Socket.prototype, 'getRecvBufferSize', function (this: Socket) {
    this.emit('message', Buffer.from('x'), { address: '127.0.0.1', family: 'IPv4', port: 0, size: 1 });
    return 8 * 1024 * 1024;
  });
  assert.ok(sockets.notes.length < 2);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([failures.malformed, batches], [1, []]);
});

test('a small receive buffer is worth a note', async (t) => {
  const { sockets } = await opened(t, open);
  t.mock.method(Socket.prototype, 'getRecvBufferSize', () => 425_984);
  assert.match(sockets.notes.join(), /receive buffer of (208|416) KiB.*net\.core\.rmem_max/);
});
