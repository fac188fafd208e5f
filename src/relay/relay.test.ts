import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseKey } from '../net/key.ts';
import { SLOT_BYTES } from '../wireguard/batch.ts';
import { NodeCryptoAead } from '../wireguard/crypto/node-crypto.ts';
import { systemEntropy } from '../wireguard/crypto/system-entropy.ts';
import { Device } from '../wireguard/device.ts';
import { BootClock } from './boot-clock.ts';
import { Machine } from './loopback/machine.ts';
import { bootOf, peerOf } from './loopback/relay-process.ts';
import type { PeerConfig } from './messages.ts';
import { Relay, type RelayRim } from './relay.ts';
import { bytes, ipv4, ping4 } from './router/example-packets.ts';

async function relayFor(t: TestContext, peers: readonly PeerConfig[], rim: RelayRim = {}): Promise<Relay> {
  const boot = bootOf(peers);
  const relay = await Relay.start(boot, rim);
  t.after(async () => {
    await relay.stop();
    rmSync(boot.stateFolder!, { recursive: true, force: true });
  });
  return relay;
}

async function machine(t: TestContext): Promise<Machine> {
  const made = await Machine.start();
  t.after(() => made.stop());
  return made;
}

async function greet(one: Machine, address: string): Promise<void> {
  one.send(ping4(address, '10.77.0.1'));
  await one.receive();
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it did not happen within 10 s');
    await sleep(10);
  }
}

test('after the machine slept, peers with traffic get new keys without being asked', async (t) => {
  let awakeMs = 0;
  let asleepMs = 0;
  const a = await machine(t);
  const clock = new BootClock(
    () => performance.now() + awakeMs,
    () => (performance.now() + awakeMs + asleepMs) / 1000,
  );
  const relay = await relayFor(t, [peerOf('a', a.publicKey, ['10.77.0.2/32'])], { clock });
  a.dial(parseKey(relay.publicKey)!, relay.port);
  await greet(a, '10.77.0.2');
  // Twenty seconds pass awake: a, to whose clock nothing happened, does not answer, and the relay begins a handshake.
  const first = a.router.lastHandshakeAt!;
  awakeMs += 20_000;
  await until(() => a.router.lastHandshakeAt! > first);
  // Now nothing is owed, so only the sleep can be why there is another.
  const second = a.router.lastHandshakeAt!;
  asleepMs += 3_600_000;
  await until(() => a.router.lastHandshakeAt! > second);
  await greet(a, '10.77.0.2');
});

test('where a peer is, is on disk seconds after a start, for a relay that is killed soon', async (t) => {
  const a = await machine(t);
  const boot = bootOf([peerOf('a', a.publicKey, ['10.77.0.2/32'])]);
  const relay = await Relay.start(boot);
  t.after(async () => {
    await relay.stop();
    rmSync(boot.stateFolder!, { recursive: true, force: true });
  });
  a.dial(parseKey(relay.publicKey)!, relay.port);
  await greet(a, '10.77.0.2');
  const file = join(boot.stateFolder!, 'endpoints');
  // Within 10 s, where later it may take 30.
  await until(() => existsSync(file) && readFileSync(file, 'utf8').includes(` 127.0.0.1:${a.port} `));
});

test('a peer with a name and a keepalive is called as soon as the name is found', async (t) => {
  const a = await machine(t);
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return ['127.0.0.1'];
  };
  const endpoint = `home.example.net:${a.port}`;
  const relay = await relayFor(t, [peerOf('a', a.publicKey, ['10.77.0.2/32'], { endpoint, keepalive: 25 })], {
    resolve,
  });
  a.dial(parseKey(relay.publicKey)!, relay.port);
  await until(() => a.router.lastHandshakeAt !== null);
  assert.deepEqual(asked, ['home.example.net']);
  assert.equal(relay.status(0, 1).peers[0]!.endpoint, `127.0.0.1:${a.port}`);
});

test('a machine with a configured address is called after a restart when it was heard before, and not otherwise', async (t) => {
  const a = await machine(t);
  const b = await machine(t);
  const at = (one: Machine) => ({ endpoint: `127.0.0.1:${one.port}` });
  const boot = bootOf([
    peerOf('a', a.publicKey, ['10.77.0.2/32'], at(a)),
    peerOf('b', b.publicKey, ['10.77.0.3/32'], at(b)),
  ]);
  t.after(() => rmSync(boot.stateFolder!, { recursive: true, force: true }));
  const first = await Relay.start(boot);
  for (const one of [a, b]) one.dial(parseKey(first.publicKey)!, first.port);
  await greet(a, '10.77.0.2');
  await first.stop();
  const before = a.router.lastHandshakeAt!;
  const second = await Relay.start({ ...boot, router: { ...boot.router, listenPort: first.port } });
  t.after(() => second.stop());
  await until(() => a.router.lastHandshakeAt! > before);
  assert.equal(b.datagrams.length, 0);
});

test('a packet to a peer whose name is not found yet is unreachable, and passes once it is', async (t) => {
  const a = await machine(t);
  const b = await machine(t);
  let answer: (addresses: string[]) => void = () => undefined;
  const resolve = () => new Promise<string[]>((found) => (answer = found));
  const relay = await relayFor(
    t,
    [
      peerOf('a', a.publicKey, ['10.77.0.2/32']),
      peerOf('b', b.publicKey, ['10.77.0.3/32'], { endpoint: `home.example.net:${b.port}` }),
    ],
    { resolve },
  );
  for (const one of [a, b]) one.dial(parseKey(relay.publicKey)!, relay.port);
  await greet(a, '10.77.0.2');
  a.send(ipv4({ from: '10.77.0.2', to: '10.77.0.3' }));
  assert.equal((await a.receive())[20], 3);
  answer(['127.0.0.1']);
  await sleep(10);
  a.send(ipv4({ from: '10.77.0.2', to: '10.77.0.3', payload: bytes(70) }));
  assert.equal((await b.receive()).length, 90);
});

test('a flood of initiations with a valid mac1 does not keep packets or other handshakes away', async (t) => {
  const a = await machine(t);
  const b = await machine(t);
  const c = await machine(t);
  const relay = await relayFor(t, [
    peerOf('a', a.publicKey, ['10.77.0.2/32']),
    peerOf('b', b.publicKey, ['10.77.0.3/32']),
    peerOf('c', c.publicKey, ['10.77.0.4/32']),
  ]);
  for (const one of [a, b, c]) one.dial(parseKey(relay.publicKey)!, relay.port);
  await greet(a, '10.77.0.2');
  await greet(b, '10.77.0.3');
  const flood = initiations(parseKey(relay.publicKey)!, 1_500);
  const attacker = await machine(t);
  for (const [i, datagram] of flood.entries()) {
    attacker.sendRaw(datagram, relay.port);
    if (i % 100 !== 99) continue;
    a.send(ipv4({ from: '10.77.0.2', to: '10.77.0.3', identification: i, payload: bytes(60) }));
    if (i === 799) c.send(ping4('10.77.0.4', '10.77.0.1'));
    await sleep(5);
  }
  for (let i = 99; i < flood.length; i += 100) {
    await b.receive((packet) => ((packet[4]! << 8) | packet[5]!) === i);
  }
  await c.receive();
  const { drops } = relay.status(0, 0);
  const refused = ['peer-unknown', 'cookie-required', 'handshake-queue-full', 'rate-limited'];
  assert.ok(refused.reduce((sum, reason) => sum + (drops[reason] ?? 0), 0) >= flood.length / 2, JSON.stringify(drops));
});

/** Initiations to the router by somebody who is no peer. */
function initiations(routerKey: Uint8Array, count: number): Uint8Array[] {
  const made: Uint8Array[] = [];
  const device = new Device({
    aead: new NodeCryptoAead(SLOT_BYTES, 16),
    entropy: systemEntropy,
    wallClock: Date.now,
    output: (datagram) => made.push(Uint8Array.from(datagram)),
  });
  device.setPrivateKey(crypto.getRandomValues(new Uint8Array(32)), 0);
  const peer = device.addPeer(
    {
      publicKey: routerKey,
      presharedKey: null,
      allowedIps: [],
      endpoint: { family: 4, address: '127.0.0.1', port: 1 },
      keepaliveSeconds: 0,
      expires: null,
    },
    0,
  );
  // Each a minute after the last, by its own clock, so that the device does not hold them back.
  for (let i = 1; i <= count; i++) device.initiate(peer, i * 60_000);
  return made;
}
