import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootOf, Control, peerOf, RelayProcess } from './loopback/relay-process.ts';

async function running(t: TestContext): Promise<RelayProcess> {
  const relay = await RelayProcess.start(
    bootOf([peerOf('a', Buffer.alloc(32, 1).toString('base64'), ['10.77.0.2/32'])]),
  );
  t.after(() => relay.stop());
  return relay;
}

test("the control socket is its owner's alone, and hostile lines end a connection and nothing else", async (t) => {
  const relay = await running(t);
  const path = relay.boot.controlSocket;
  assert.equal(statSync(path).mode & 0o777, 0o600);
  for (const line of [
    'x',
    '',
    'null',
    '[]',
    '{"type":"hello"',
    '{"type":"read-keys"}',
    '{"type":"status","from":-1,"most":1}',
    '{"type":"status","from":0,"most":2001}',
    '{"type":"status","from":0.5,"most":1}',
    '{"type":"change","router":null,"set":[],"remove":[7]}',
    '{"type":"change","router":null,"set":[{"name":"x"}],"remove":[]}',
    '{"type":"change","router":{"name":"x","listenPort":70000,"addresses":[],"mtu":1420},"set":[],"remove":[]}',
    '['.repeat(1_000_000),
  ]) {
    const control = await Control.open(path);
    const reply = await control.request(line);
    assert.equal(reply.type === 'refused' && reply.code, 'request-invalid', line.slice(0, 80));
    await control.closed();
  }
  const endless = await Control.open(path);
  endless.socket.write('x'.repeat(4 * 1024 * 1024 + 1));
  const reply = await endless.reply();
  assert.equal(reply.type === 'refused' && reply.code, 'line-too-long');
  await endless.closed();
  assert.equal((await relay.request({ type: 'hello' })).type, 'hello');
  assert.equal(relay.errors, '');
});

test('requests on one connection are answered in order, and one that is not read stops being read', async (t) => {
  const relay = await running(t);
  const control = await Control.open(relay.boot.controlSocket);
  control.socket.write(`${'{"type":"hello"}\n{"type":"status","from":0,"most":1}\n'.repeat(50)}`);
  const types: string[] = [];
  for (let i = 0; i < 100; i++) types.push((await control.reply()).type);
  assert.deepEqual(
    types,
    Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 'hello' : 'status')),
  );
  control.close();

  const deaf = await Control.open(relay.boot.controlSocket);
  deaf.socket.pause();
  const before = rssOf(relay);
  for (let i = 0; i < 200; i++) deaf.socket.write('{"type":"status","from":0,"most":2000}\n'.repeat(2_000));
  await sleep(500);
  assert.ok(deaf.socket.writableLength > 0, 'the relay stopped reading');
  assert.ok(rssOf(relay) - before < 64 * 1024, 'and did not grow');
  deaf.close();
  assert.equal((await relay.request({ type: 'hello' })).type, 'hello');
});

test('of too many connections the one that was silent for the longest ends', async (t) => {
  const relay = await running(t);
  const connections: Control[] = [];
  for (let i = 0; i < 8; i++) {
    connections.push(await Control.open(relay.boot.controlSocket));
    await connections[i]!.request('{"type":"hello"}');
  }
  await connections[0]!.request('{"type":"hello"}');
  const ninth = await Control.open(relay.boot.controlSocket);
  await ninth.request('{"type":"hello"}');
  await connections[1]!.closed();
  await connections[0]!.request('{"type":"hello"}');
  for (const each of [...connections, ninth]) each.close();
});

test('a status page starts where it is told and holds as many as it is told', async (t) => {
  const peers = Array.from({ length: 25 }, (_, i) => {
    return peerOf(`m${i}`, Buffer.alloc(32, i + 1).toString('base64'), [`10.77.1.${i}/32`]);
  });
  const relay = await RelayProcess.start(bootOf(peers));
  t.after(() => relay.stop());
  const reply = await relay.request({ type: 'status', from: 10, most: 3 });
  assert.ok(reply.type === 'status');
  assert.deepEqual([reply.peerCount, reply.peers.map((peer) => peer.name)], [25, ['m10', 'm11', 'm12']]);
  const end = await relay.request({ type: 'status', from: 25, most: 3 });
  assert.deepEqual(end.type === 'status' && end.peers, []);
});

test('a socket that a killed relay left is taken over', async (t) => {
  const relay = await running(t);
  await relay.end('SIGKILL');
  assert.ok(statSync(relay.boot.controlSocket).isSocket());
  const again = await RelayProcess.start(relay.boot);
  t.after(() => again.stop());
  assert.equal((await again.request({ type: 'hello' })).type, 'hello');
});

function rssOf(relay: RelayProcess): number {
  return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${relay.child.pid}/status`, 'utf8'))![1]);
}
