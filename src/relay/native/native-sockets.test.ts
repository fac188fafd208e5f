import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasIpv6, opened, plain, sendAsIs, socketsConformance, until } from '../../../test/conformance/sockets.ts';
import { nativeBuilds } from '../../../test/native/native-builds.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { ROW_INTS, TOS } from '../../wireguard/batch.ts';
import type { SocketEvents } from '../backend/sockets.ts';
import type { NativeModule } from './module.ts';
import { NATIVE_ARENA_BYTES } from './native-arena.ts';
import { NativeSockets } from './native-sockets.ts';
import type { Offload } from './offload.ts';

const BOTH: Offload = { receive: true, send: true };

const opener = (module: NativeModule, offload: Offload) => (port: number, events: SocketEvents) =>
  NativeSockets.open(port, module, new Uint8Array(NATIVE_ARENA_BYTES), offload, events);

for (const { name, module } of nativeBuilds) {
  socketsConformance(name, opener(module, BOTH));
  socketsConformance(`${name}, no trains`, opener(module, { receive: false, send: false }));
}

for (const { name, module } of nativeBuilds.slice(0, 1)) {
  const open = opener(module, BOTH);

  test(`${name}: an answer leaves from the address that was called`, async (t) => {
    const { sockets, endpoints } = await opened(t, open, sendAsIs);
    // The whole of 127/8 is this machine's.
    for (const called of ['127.0.0.1', '127.0.0.2', '127.1.2.3']) {
      const { socket } = await plain(t);
      const from = new Promise((resolve) => socket.once('message', (_, { address }) => resolve(address)));
      socket.send('who', sockets.port, called);
      assert.equal(await from, called);
      assert.equal(endpoints.at(-1)!.local, called);
    }
  });

  test(`${name}: the outer TOS is told and set, on both families`, async (t) => {
    const seen: (number | undefined)[] = [];
    const { sockets } = await opened(t, open, (batch, sockets) => {
      for (let row = 0; row < batch.count; row++) seen.push(batch.rows[row * ROW_INTS + TOS]);
      if (seen.length < 8) sendAsIs(batch, sockets);
    });
    for (const address of ['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])]) {
      seen.length = 0;
      const itself: Endpoint = { family: address.includes(':') ? 6 : 4, address, port: sockets.port };
      sockets.sendCopy(Buffer.from('round'), itself, 0x8a);
      // What comes goes back to where it came from, which is here, as it came.
      await until(() => seen.length === 8);
      assert.deepEqual(seen, new Array(8).fill(0x8a), address);
    }
  });

  test(`${name}: an address of ours that is gone is not used again, and what was to leave from it leaves`, async (t) => {
    const { sockets, failures } = await opened(t, open);
    const one = await plain(t);
    const gone = { ...one.endpoint, local: '192.0.2.77' };
    sockets.sendCopy(Buffer.from('first'), gone, 0);
    sockets.sendCopy(Buffer.from('second'), gone, 0);
    await until(() => one.came.length === 2);
    assert.deepEqual([one.came, failures.sends], [['first', 'second'], 0]);
  });

  test(`${name}: more than the kernel takes at once waits, complete, and nothing is received meanwhile`, async (t) => {
    const sent: number[] = [];
    let isFull = true;
    const full: NativeModule = {
      ...module,
      udpSend: (...words) => {
        if (isFull) return -11;
        sent.push(words[4] - words[3]);
        return module.udpSend(...words);
      },
    };
    const { sockets, batches, failures } = await opened(t, opener(full, BOTH), sendAsIs);
    const one = await plain(t);
    for (const text of ['a', 'b', 'c']) one.socket.send(text, sockets.port, '127.0.0.1');
    await until(() => batches.length === 1);
    one.socket.send('later', sockets.port, '127.0.0.1');
    sockets.sendCopy(Buffer.from('handshake'), one.endpoint, 0x88);
    isFull = false;
    await until(() => one.came.length === batches.flat().length + 1 && batches.flat().includes('later'));
    assert.equal(one.came[0], 'handshake');
    assert.deepEqual(one.came.slice(1), batches.flat());
    assert.equal(failures.sends, 0);
  });

  test(`${name}: a kernel that takes nothing loses what waited, counted, and not what comes later`, async (t) => {
    let isFull = true;
    const full: NativeModule = { ...module, udpSend: (...words) => (isFull ? -11 : module.udpSend(...words)) };
    const { sockets, failures } = await opened(t, opener(full, BOTH), sendAsIs);
    const one = await plain(t);
    one.socket.send('lost', sockets.port, '127.0.0.1');
    await until(() => failures.sends === 1);
    isFull = false;
    one.socket.send('kept', sockets.port, '127.0.0.1');
    await until(() => one.came.length > 0);
    assert.deepEqual(one.came, ['kept']);
  });

  for (const [error, code] of [
    ['EMSGSIZE', 90],
    ['EINVAL', 22],
    ['EIO', 5],
  ] as const) {
    test(`${name}: where a train is refused (${error}) its datagrams go one by one, and so do the next`, async (t) => {
      let refused = 0;
      const picky: NativeModule = {
        ...module,
        udpSend: (udp, socket, messages, from, count) => {
          // Column 2 is the size of a train's datagrams.
          const isTrain = messages[16 * from + 2]! > 0;
          if (isTrain) refused++;
          return isTrain ? -code : module.udpSend(udp, socket, messages, from, isTrain ? count : from + 1);
        },
      };
      const { sockets, failures, batches } = await opened(t, opener(picky, BOTH), sendAsIs);
      const one = await plain(t);
      const burst = async (from: number) => {
        for (let i = from; i < from + 20; i++) one.socket.send(`datagram ${10 + i}`, sockets.port, '127.0.0.1');
        await until(() => one.came.length === from + 20);
      };
      await burst(0);
      assert.ok(refused >= 1, `${batches.length} batches`);
      const before = refused;
      await burst(20);
      assert.deepEqual(one.came, batches.flat());
      assert.deepEqual([refused, failures.sends], [before, 0]);
    });
  }

  test(`${name}: datagrams too large for the path leave as fragments`, async (t) => {
    const { sockets, failures } = await opened(t, open);
    const one = await plain(t);
    const largest = 'x'.repeat(65_507);
    sockets.sendCopy(Buffer.from(largest), one.endpoint, 0);
    await until(() => one.came.length === 1);
    assert.deepEqual([one.came[0]!.length, failures.sends], [65_507, 0]);
  });

  test(`${name}: a socket that fails is replaced by another on the same port`, async (t) => {
    let broken = true;
    const breaking: NativeModule = {
      ...module,
      udpReceive: (...words) => {
        if (!broken) return module.udpReceive(...words);
        broken = false;
        return -107;
      },
    };
    const { sockets, batches } = await opened(t, opener(breaking, BOTH));
    const one = await plain(t);
    one.socket.send('before', sockets.port, '127.0.0.1');
    await until(() => !broken && sockets.has(4));
    one.socket.send('after', sockets.port, '127.0.0.1');
    await until(() => batches.flat().includes('after'));
  });

  test(`${name}: closed, it leaves nothing behind that keeps the process alive or answers`, async (t) => {
    const { sockets, batches } = await opened(t, open);
    const one = await plain(t);
    await sockets.close();
    await sockets.close();
    one.socket.send('nobody', sockets.port, '127.0.0.1');
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(batches, []);
  });

  test(`${name}: what JavaScript gets wrong is refused and breaks nothing`, () => {
    const arena = new Uint8Array(NATIVE_ARENA_BYTES);
    const udp = module.udpNew(arena);
    const aead = module.aeadNew(arena, 4, true);
    const rows = new Int32Array(12);
    const wrong: (() => unknown)[] = [
      () => module.udpNew(new Uint8Array(100)),
      () => module.aeadNew(arena, 0, true),
      () => module.aeadOpenRows(udp as never, rows, 1, 0),
      () => module.aeadOpenRows(aead, rows, 2, 0),
      () => module.aeadOpenRows(aead, new Float64Array(12) as never, 1, 0),
      () => module.aeadSealRows(aead, rows, Int32Array.of(1), 1, -1, 0),
      () => module.aeadSealRows(aead, rows, Int32Array.of(-1), 1, -1, 0),
      () => module.aeadSealRows(aead, rows, Int32Array.of(0), 1, -1, arena.length + 1),
      () => module.aeadSetKey(aead, 4, new Uint8Array(32)),
      () => module.aeadSetKey(aead, 0, new Uint8Array(31)),
      () => module.aeadSeal(aead, 0, 0, Number.NaN, 16),
      () => module.udpPort({} as never),
      () => (module.udpWaiting as (udp?: unknown) => number)(),
    ];
    for (const [i, call] of wrong.entries()) assert.throws(call, RangeError, `call ${i}`);
  });
}
