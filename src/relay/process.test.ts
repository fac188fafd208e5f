import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Machine, type MachineOptions } from './loopback/machine.ts';
import { bootOf, Control, peerOf, RelayProcess, spawned } from './loopback/relay-process.ts';
import { type Boot, type PeerConfig, RELAY_PROTOCOL_VERSION } from './messages.ts';
import { bytes, faultOf, ipv4, ipv6, ping4, ping6 } from './router/example-packets.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === '::1'));
/** A key that belongs to nobody here. */
const NOBODY = Buffer.alloc(32, 5).toString('base64');

interface Pair {
  readonly relay: RelayProcess;
  readonly a: Machine;
  readonly b: Machine;
}

/** A relay with two machines that have not spoken yet: a is 10.77.0.2 and fd00:77::2, b is .3 and 192.168.1.0/24. */
async function pair(t: TestContext, change: Partial<Boot> = {}, options: MachineOptions = {}): Promise<Pair> {
  const a = await machine(t, options);
  const b = await machine(t, options);
  const relay = await RelayProcess.start(bootOf([peerA(a), peerB(b)], change));
  t.after(() => relay.stop());
  a.dial(relay.publicKey, relay.port);
  b.dial(relay.publicKey, relay.port);
  return { relay, a, b };
}

/** The same, and both have been heard. */
async function connectedPair(t: TestContext, change: Partial<Boot> = {}, options: MachineOptions = {}): Promise<Pair> {
  const three = await pair(t, change, options);
  await greet(three.a, '10.77.0.2');
  await greet(three.b, '10.77.0.3');
  return three;
}

async function machine(t: TestContext, options: MachineOptions = {}): Promise<Machine> {
  const made = await Machine.start(options);
  t.after(() => made.stop());
  return made;
}

function peerA(a: Machine, change: Partial<PeerConfig> = {}): PeerConfig {
  return peerOf('a', a.publicKey, ['10.77.0.2/32', 'fd00:77::2/128'], change);
}

function peerB(b: Machine, change: Partial<PeerConfig> = {}): PeerConfig {
  return peerOf('b', b.publicKey, ['10.77.0.3/32', 'fd00:77::3/128', '192.168.1.0/24'], change);
}

/** Pings the router and waits for the reply. */
async function greet(one: Machine, address: string): Promise<void> {
  one.send(ping4(address, '10.77.0.1'));
  await one.receive((packet) => packet[9] === 1 && packet[20] === 0);
}

/** Sends from one to the other until something arrives, and returns it. */
async function deliver(from: Machine, to: Machine, packet: Uint8Array): Promise<Uint8Array> {
  from.send(packet);
  return to.receive((came) => came.length === packet.length);
}

test('two machines reach each other through the relay, IPv4 and IPv6 inside, with true source addresses', async (t) => {
  const { relay, a, b } = await connectedPair(t);
  const four = await deliver(a, b, ipv4({ from: '10.77.0.2', to: '192.168.1.9', payload: bytes(200) }));
  assert.deepEqual(four, ipv4({ from: '10.77.0.2', to: '192.168.1.9', ttl: 63, payload: bytes(200) }));
  const six = await deliver(b, a, ipv6({ from: 'fd00:77::3', to: 'fd00:77::2', payload: bytes(300) }));
  assert.deepEqual(six, ipv6({ from: 'fd00:77::3', to: 'fd00:77::2', hopLimit: 63, payload: bytes(300) }));

  const status = await relay.status();
  assert.equal(status.forwardedPackets, 2);
  assert.equal(status.forwardedBytes, 560);
  assert.deepEqual(status.drops, {});
  assert.equal(status.peerCount, 2);
  assert.match(status.backend, /^(native|portable), /);
  assert.equal(status.publicKey, relay.ready.publicKey);
  assert.equal(status.pid, relay.child.pid);
  assert.ok(Math.abs(status.lastDatagramAt! - Date.now()) < 60_000);
  const [seenA] = status.peers;
  assert.equal(seenA!.name, 'a');
  assert.equal(seenA!.endpoint, `127.0.0.1:${a.port}`);
  assert.deepEqual(seenA!.allowedIps, ['10.77.0.2/32', 'fd00:77::2/128']);
  assert.equal(seenA!.hasPresharedKey, false);
  assert.ok(Math.abs(seenA!.lastHandshakeAt! - Date.now()) < 60_000);
  assert.ok(Math.abs(seenA!.lastReceivedAt! - Date.now()) < 60_000);
  assert.ok(seenA!.receivedBytes > 0 && seenA!.sentBytes > 0);
});

test('machines reach each other over IPv6 outside', { skip: !hasIpv6 && 'this machine has no IPv6' }, async (t) => {
  const { relay, a, b } = await connectedPair(t, {}, { outside: '::1' });
  await deliver(a, b, ipv4({ from: '10.77.0.2', to: '10.77.0.3' }));
  assert.equal((await relay.status()).peers[0]!.endpoint, `[::1]:${a.port}`);
});

test('a preshared key is used where there is one', async (t) => {
  const presharedKey = crypto.getRandomValues(new Uint8Array(32));
  const a = await machine(t, { presharedKey });
  const relay = await RelayProcess.start(
    bootOf([peerA(a, { presharedKey: Buffer.from(presharedKey).toString('base64') })]),
  );
  t.after(() => relay.stop());
  a.dial(relay.publicKey, relay.port);
  await greet(a, '10.77.0.2');
  assert.equal((await relay.status()).peers[0]!.hasPresharedKey, true);
});

test('the router answers as one hop: time exceeded, unreachable, ping of itself', async (t) => {
  const { relay, a } = await connectedPair(t);
  a.send(ipv4({ from: '10.77.0.2', to: '10.77.0.3', ttl: 1 }));
  const exceeded = await a.receive();
  assert.deepEqual([faultOf(exceeded), exceeded[20], [...exceeded.subarray(12, 16)]], [null, 11, [10, 77, 0, 1]]);
  a.send(ipv4({ from: '10.77.0.2', to: '10.77.0.99' }));
  const unreachable = await a.receive();
  assert.deepEqual([unreachable[20], unreachable[21]], [3, 1]);
  a.send(ping6('fd00:77::2', 'fd00:77::1'));
  assert.equal((await a.receive())[40], 129);
  assert.deepEqual((await relay.status()).drops, { 'hop-limit': 1, unreachable: 1 });
});

test("a packet from a source that is not its sender's is refused and counted for the sender", async (t) => {
  const { relay, a, b } = await connectedPair(t);
  a.send(ipv4({ from: '192.168.1.9', to: '10.77.0.3' }));
  await deliver(a, b, ipv4({ from: '10.77.0.2', to: '10.77.0.3', payload: bytes(99) }));
  const status = await relay.status();
  assert.deepEqual(status.drops, { 'source-not-allowed': 1 });
  assert.deepEqual(
    status.peers.map((peer) => peer.drops),
    [{ 'source-not-allowed': 1 }, {}],
  );
});

test('a machine that goes on from another port stays connected', async (t) => {
  const { relay, a, b } = await connectedPair(t);
  const before = a.router.lastHandshakeAt;
  await a.move();
  await deliver(a, b, ipv4({ from: '10.77.0.2', to: '10.77.0.3' }));
  await deliver(b, a, ipv4({ from: '10.77.0.3', to: '10.77.0.2' }));
  assert.equal(a.router.lastHandshakeAt, before);
  assert.equal((await relay.status()).peers[0]!.endpoint, `127.0.0.1:${a.port}`);
});

test("peers come, change and go while others' traffic flows, and nobody else has a new handshake", async (t) => {
  const { relay, a, b } = await connectedPair(t);
  const c = await machine(t);
  const handshakes = [a.router.lastHandshakeAt, b.router.lastHandshakeAt];
  let isFlowing = true;
  let sent = 0;
  let received = 0;
  const flow = (async () => {
    while (isFlowing || sent < 20) {
      a.send(ipv4({ from: '10.77.0.2', to: '10.77.0.3', payload: bytes(100) }));
      sent++;
      await b.receive((packet) => packet.length === 120);
      received++;
    }
  })();

  assert.deepEqual(
    await relay.request({
      type: 'change',
      router: null,
      set: [peerOf('c', c.publicKey, ['10.77.0.9/32'])],
      remove: [],
    }),
    { type: 'changed', added: 1, changed: 0, removed: 0 },
  );
  c.dial(relay.publicKey, relay.port);
  await greet(c, '10.77.0.9');
  await deliver(c, a, ipv4({ from: '10.77.0.9', to: '10.77.0.2', payload: bytes(50) }));

  // A prefix moves from b to c, and a's name and keepalive change.
  const change = [
    peerOf('c', c.publicKey, ['10.77.0.9/32', '192.168.1.0/24']),
    peerOf('b', b.publicKey, ['10.77.0.3/32', 'fd00:77::3/128']),
    peerA(a, { name: 'alice', keepalive: 25 }),
  ];
  assert.deepEqual(await relay.request({ type: 'change', router: null, set: change, remove: [] }), {
    type: 'changed',
    added: 0,
    changed: 3,
    removed: 0,
  });
  await deliver(a, c, ipv4({ from: '10.77.0.2', to: '192.168.1.9', payload: bytes(60) }));
  assert.deepEqual(await relay.request({ type: 'change', router: null, set: change, remove: [] }), {
    type: 'changed',
    added: 0,
    changed: 0,
    removed: 0,
  });

  assert.deepEqual(await relay.request({ type: 'change', router: null, set: [], remove: [c.publicKey] }), {
    type: 'changed',
    added: 0,
    changed: 0,
    removed: 1,
  });
  a.send(ipv4({ from: '10.77.0.2', to: '192.168.1.9', payload: bytes(61) }));
  assert.equal((await a.receive((packet) => packet[9] === 1))[20], 3);

  isFlowing = false;
  await flow;
  assert.equal(received, sent);
  assert.deepEqual([a.router.lastHandshakeAt, b.router.lastHandshakeAt], handshakes);
  const names = (await relay.status()).peers.map((peer) => peer.name);
  assert.deepEqual(names, ['alice', 'b']);
});

test('a change that is wrong in one place changes nothing', async (t) => {
  const { relay, a, b } = await connectedPair(t);
  const c = await machine(t);
  const good = peerOf('c', c.publicKey, ['10.77.0.9/32']);
  const key = (publicKey: string) => peerOf('d', publicKey, []);
  for (const [code, set, remove] of [
    ['prefix-taken', [good, peerOf('d', NOBODY, ['192.168.1.0/24'])], []],
    ['prefix-taken', [good, peerOf('d', NOBODY, ['10.77.0.9/32'])], []],
    ['key-twice', [good, key(c.publicKey)], []],
    ['key-invalid', [good, key('AAAA')], []],
    ['key-invalid', [good], ['AAAA']],
    ['own-key', [good, key(relay.ready.publicKey)], []],
    ['prefix-invalid', [good, peerOf('d', NOBODY, ['10.0.0.1/8'])], []],
    ['endpoint-invalid', [good, peerOf('d', NOBODY, [], { endpoint: 'nowhere' })], []],
  ] as [string, PeerConfig[], string[]][]) {
    const reply = await relay.request({ type: 'change', router: null, set, remove: [...remove, a.publicKey] });
    assert.equal(reply.type === 'refused' && reply.code, code);
    if (reply.type === 'refused') assert.ok(!reply.message.includes(c.publicKey), reply.message);
  }
  const reply = await relay.request({
    type: 'change',
    router: { ...relay.boot.router, addresses: ['10.77.0.01'] },
    set: [good],
    remove: [],
  });
  assert.equal(reply.type === 'refused' && reply.code, 'address-invalid');
  assert.equal((await relay.status()).peerCount, 2);
  await deliver(a, b, ipv4({ from: '10.77.0.2', to: '10.77.0.3' }));
});

test("the router's own addresses, MTU, name and port change while it runs", async (t) => {
  const { relay, a } = await connectedPair(t);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, resolve));
  const port = (other.address() as { port: number }).port;
  other.close();
  const router = { name: 'sky', listenPort: port, addresses: ['10.77.0.200'], mtu: 1300, described: ['10.77.0.0/24'] };
  assert.deepEqual(await relay.request({ type: 'change', router, set: [], remove: [] }), {
    type: 'changed',
    added: 0,
    changed: 0,
    removed: 0,
  });
  const status = await relay.status();
  assert.deepEqual(status.router, router);
  assert.equal(status.listening[0], `0.0.0.0:${port}`);
  a.router.endpoint = { family: 4, address: '127.0.0.1', port };
  a.send(ping4('10.77.0.2', '10.77.0.200'));
  await a.receive();
  a.send(ipv4({ from: '10.77.0.2', to: '10.77.0.3', fragment: 0x4000, payload: bytes(1285) }));
  assert.deepEqual([...(await a.receive()).subarray(20, 28).filter((_, i) => i !== 2 && i !== 3)], [3, 4, 0, 0, 5, 20]);
});

test('a restarted relay calls the machines it remembers, before they call', async (t) => {
  const { relay, a, b } = await connectedPair(t);
  // Without a keepalive and without traffic nothing would make a machine call.
  await relay.end('SIGTERM');
  const mode = statSync(join(relay.boot.stateFolder!, 'endpoints')).mode & 0o777;
  assert.equal(mode, 0o600);
  const handshakes = [a.router.lastHandshakeAt, b.router.lastHandshakeAt];
  const again = await RelayProcess.start({ ...relay.boot, router: { ...relay.boot.router, listenPort: relay.port } });
  t.after(() => again.stop());
  const until = Date.now() + 5_000;
  while ((await again.status()).peers.some((peer) => peer.lastHandshakeAt === null)) {
    assert.ok(Date.now() < until, 'within five seconds');
    await sleep(20);
  }
  await deliver(a, b, ipv4({ from: '10.77.0.2', to: '10.77.0.3', payload: bytes(77) }));
  assert.ok(a.router.lastHandshakeAt! > handshakes[0]! && b.router.lastHandshakeAt! > handshakes[1]!);
});

test('a damaged file of endpoints is left out, with a note', async (t) => {
  const { relay } = await connectedPair(t);
  await relay.end();
  const path = join(relay.boot.stateFolder!, 'endpoints');
  writeFileSync(path, `${readFileSync(path, 'utf8')}half a li`);
  const again = await RelayProcess.start({ ...relay.boot, router: { ...relay.boot.router, listenPort: relay.port } });
  t.after(() => again.stop());
  assert.match(again.ready.notes.join(), /where peers were is forgotten.*damaged/);
  assert.equal((await again.status()).peers[0]!.endpoint, null);
});

test('random, truncated and altered datagrams change nothing but counters', async (t) => {
  const { relay, a, b } = await connectedPair(t);
  const attacker = await machine(t);
  const recorded = [...a.datagrams, ...b.datagrams];
  for (let round = 0; round < 2_000; round++) {
    const datagram = Uint8Array.from(recorded[round % recorded.length]!);
    const kind = round % 4;
    if (kind === 0) crypto.getRandomValues(datagram);
    if (kind === 1) datagram[round % datagram.length]! ^= 1 << (round % 8);
    attacker.sendRaw(kind === 2 ? datagram.subarray(0, round % datagram.length) : datagram, relay.port);
    if (round % 100 === 0) await sleep(1);
  }
  attacker.sendRaw(new Uint8Array(0), relay.port);
  attacker.sendRaw(new Uint8Array(65_507).fill(4), relay.port);
  await deliver(a, b, ipv4({ from: '10.77.0.2', to: '10.77.0.3', payload: bytes(88) }));
  const status = await relay.status();
  assert.equal(status.peers[0]!.endpoint, `127.0.0.1:${a.port}`);
  assert.ok(Object.values(status.drops).reduce((x, y) => x + y, 0) > 500, JSON.stringify(status.drops));
  assert.equal(relay.errors, '');
});

test('the relay goes on when its starter is killed, and a new connection finds it', async (t) => {
  const a = await machine(t);
  const b = await machine(t);
  const boot = bootOf([peerA(a), peerB(b)]);
  t.after(() => rmSync(boot.stateFolder!, { recursive: true, force: true }));
  // A starter of its own, which holds the relay's pipes and is killed with them.
  const starter = spawn(process.execPath, [
    '--input-type=module',
    '--eval',
    `import { spawn } from 'node:child_process';
     const relay = spawn(process.execPath, [${JSON.stringify(fileURLToPath(new URL('process.ts', import.meta.url)))}], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
     relay.stdin.end(${JSON.stringify(`${JSON.stringify(boot)}\n`)});
     relay.stdout.pipe(process.stdout);
     setInterval(() => {}, 1000);`,
  ]);
  const line = await new Promise<string>((resolve) => starter.stdout.once('data', (text) => resolve(String(text))));
  const ready = JSON.parse(line) as { pid: number; publicKey: string; listening: string[] };
  t.after(() => {
    try {
      process.kill(ready.pid, 'SIGKILL');
    } catch {
      // It ended as it should.
    }
  });
  const port = Number(/:([0-9]+)$/.exec(ready.listening[0]!)![1]);
  for (const one of [a, b]) one.dial(Uint8Array.from(Buffer.from(ready.publicKey, 'base64')), port);
  await greet(a, '10.77.0.2');
  await greet(b, '10.77.0.3');

  const gone = new Promise((resolve) => starter.once('close', resolve));
  starter.kill('SIGKILL');
  await gone;
  process.kill(ready.pid, 'SIGHUP');
  await sleep(100);
  await deliver(a, b, ipv4({ from: '10.77.0.2', to: '10.77.0.3', payload: bytes(33) }));

  const control = await Control.open(boot.controlSocket);
  const hello = await control.request('{"type":"hello"}');
  assert.deepEqual(hello.type === 'hello' && [hello.pid, hello.publicKey], [ready.pid, ready.publicKey]);
  assert.equal((await control.request('{"type":"stop"}')).type, 'stopping');
  await control.closed();
  await assert.rejects(Control.open(boot.controlSocket));
});

test('what cannot start says why', async (t) => {
  const { relay } = await pair(t);
  const boot = bootOf([]);
  t.after(() => rmSync(boot.stateFolder!, { recursive: true, force: true }));
  const failure = async (change: object) => {
    const { child, line } = await spawned(`${JSON.stringify({ ...boot, ...change })}\n`);
    await new Promise((resolve) => child.once('close', resolve));
    assert.equal(child.exitCode, 1);
    const said = JSON.parse(line) as { type: string; code: string; message: string };
    assert.equal(said.type, 'failed');
    assert.ok(!said.message.includes(boot.privateKey));
    return said.code;
  };
  const samePort = { ...boot.router, listenPort: relay.port };
  assert.equal(await failure({ router: samePort }), 'port-in-use');
  assert.equal(await failure({ controlSocket: relay.boot.controlSocket }), 'control-socket-in-use');
  assert.equal(await failure({ version: RELAY_PROTOCOL_VERSION + 1 }), 'boot-invalid');
  assert.equal(await failure({ privateKey: 'AAAA' }), 'boot-invalid');
  assert.equal(await failure({ peers: [peerOf('x', 'AAAA', [])] }), 'boot-invalid');
  const { line } = await spawned('not json\n');
  assert.equal((JSON.parse(line) as { code: string }).code, 'boot-invalid');
});

test("it relays under Node's permission model, with nothing but its code and its folder", async (t) => {
  const a = await machine(t);
  const boot = bootOf([peerA(a)]);
  const code = dirname(fileURLToPath(new URL('..', import.meta.url)));
  const folder = boot.stateFolder!;
  const nodeOptions = [
    '--permission',
    // What the native module needs; the portable backend does without.
    ...(process.env.WG_ROUTER_RELAY === 'portable' ? [] : ['--allow-addons', '--disable-warning=PERM0001']),
    `--allow-fs-read=${code}/`,
    `--allow-fs-read=${folder}/`,
    `--allow-fs-write=${folder}/`,
    '--disable-sigusr1',
  ];
  const relay = await RelayProcess.start(boot, { nodeOptions });
  t.after(() => relay.stop());
  a.dial(relay.publicKey, relay.port);
  await greet(a, '10.77.0.2');
  await relay.end();
  assert.match(readFileSync(join(folder, 'endpoints'), 'utf8'), /127\.0\.0\.1/);
});

test('without the right to load modules it is portable, and says so', {
  skip: process.env.WG_ROUTER_RELAY === 'native' && 'native was asked for by name',
}, async (t) => {
  const boot = bootOf([]);
  const code = dirname(fileURLToPath(new URL('..', import.meta.url)));
  const nodeOptions = ['--permission', ...[code, boot.stateFolder!].map((folder) => `--allow-fs-read=${folder}/`)];
  const relay = await RelayProcess.start(boot, {
    nodeOptions: [...nodeOptions, `--allow-fs-write=${boot.stateFolder}/`],
  });
  t.after(() => relay.stop());
  const { backend, backendReason } = await relay.status();
  assert.match(backend, /^portable, /);
  assert.match(backendReason, /--allow-addons|no native module|WG_ROUTER_RELAY=portable/);
});

const isRoot = process.getuid?.() === 0;

test('started as root it becomes who it is told, without groups', { skip: !isRoot && 'needs root' }, async (t) => {
  const a = await machine(t);
  const boot = bootOf([peerA(a)], { become: { uid: 65_533, gid: 65_532 } });
  execFileSync('chown', ['65533', boot.stateFolder!]);
  const relay = await RelayProcess.start(boot);
  t.after(() => relay.stop());
  a.dial(relay.publicKey, relay.port);
  await greet(a, '10.77.0.2');
  const status = readFileSync(`/proc/${relay.child.pid}/status`, 'utf8');
  assert.match(status, /^Uid:\t65533\t65533\t65533\t65533$/m);
  assert.match(status, /^Gid:\t65532\t65532\t65532\t65532$/m);
  assert.match(status, /^Groups:\s*$/m);
  assert.match(status, /^CapEff:\t0+$/m);
  await relay.end();
  assert.match(readFileSync(join(boot.stateFolder!, 'endpoints'), 'utf8'), /127\.0\.0\.1/);
});
