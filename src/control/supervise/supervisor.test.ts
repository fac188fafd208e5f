import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { handshakesOf, reach, TestNetwork } from '../../../test/running/network.ts';
import { relayStatus } from '../../apply/relay.ts';
import { RelayConnection } from '../../apply/relay-connection.ts';
import { formatKey } from '../../net/key.ts';
import { CHANGE_PEERS } from '../../relay/messages.ts';
import { runtimeFolder } from '../launch/runtime-folder.ts';
import { MachineError } from '../machine-error.ts';
import { isRunning, processIdentity } from '../process-identity.ts';
import { RECORD_FILE, readRelayRecord } from './relay-record.ts';
import { Supervisor, type SupervisorEnd, type SupervisorEvent } from './supervisor.ts';

type EventOf<T extends SupervisorEvent['type']> = Extract<SupervisorEvent, { type: T }>;

/** A supervisor in this process, and all that it told. */
class Running {
  readonly events: SupervisorEvent[] = [];
  readonly supervisor: Supervisor;
  readonly ended: Promise<SupervisorEnd>;
  #seen = 0;

  constructor(_: TestContext, network: TestNetwork, replace = false) {
    this.supervisor = new Supervisor({ paths: network.paths, replace, say: (event) => this.events.push(event) });
    this.ended = this.supervisor.run();
    this.ended.catch(() => {});
    network.atEnd(async () => {
      this.supervisor.end();
      await this.ended.catch(() => {});
    });
  }

  /** The next event of this type, after those that were awaited before; others in between are passed over. 10 s at most. */
  async next<T extends SupervisorEvent['type']>(type: T): Promise<EventOf<T>> {
    for (let i = 0; i < 500; i++) {
      while (this.#seen < this.events.length) {
        const event = this.events[this.#seen++]!;
        if (event.type === type) return event as EventOf<T>;
      }
      await Promise.race([wait(20), this.ended]);
    }
    throw new Error(`no ${type} came; there were ${this.events.map((event) => event.type).join(', ')}`);
  }

  count(type: SupervisorEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  async end(how: 'end' | 'leave' = 'end'): Promise<SupervisorEnd> {
    this.supervisor[how]();
    return this.ended;
  }
}

function relayPid(network: TestNetwork): number {
  return readRelayRecord(network.paths.state).process!.pid;
}

function isGone(pid: number): boolean {
  return processIdentity(pid) === null;
}

function hasCode(code: string) {
  return (error: unknown) => error instanceof MachineError && error.code === code;
}

test('the router runs, forwards, and nothing is left of it afterwards', async (t) => {
  const network = await TestNetwork.make(t);
  const [a, b] = [await network.machine(t), await network.machine(t)];
  network.describe([{ name: 'a', publicKey: a.publicKey }, { name: 'b', publicKey: b.publicKey }, { name: 'c' }]);
  const running = new Running(t, network);
  const { config } = (await running.next('loaded')).network;
  assert.deepEqual([config.peers.map(({ name }) => name), config.notSetUp], [['a', 'b'], ['c']]);
  const { relay } = await running.next('relay-started');
  assert.ok(relay.ready.listening.some((each) => each.endsWith(`:${network.port}`)));
  await reach(a, 0, b, 1, 1);
  await running.next('arrived');
  const { folder } = runtimeFolder(network.paths.file);
  assert.ok(existsSync(folder));

  assert.equal(await running.end(), 'ended');
  assert.equal(isRunning(relay.identity), false);
  assert.equal(existsSync(folder), false);
  assert.equal(relay.uapiSocket === null || !existsSync(relay.uapiSocket), true);
});

test('the relay has no capability, no privilege and no core dump, and is not root', async (t) => {
  const network = await TestNetwork.make(t);
  const running = new Running(t, network);
  const { relay } = await running.next('relay-started');
  const status = readFileSync(`/proc/${relay.identity.pid}/status`, 'utf8');
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)![1]!.trim();
  for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) assert.match(field(name), /^0+$/, name);
  assert.equal(field('NoNewPrivs'), '1');
  assert.ok(!field('Uid').split('\t').includes('0'));
  const limits = readFileSync(`/proc/${relay.identity.pid}/limits`, 'utf8');
  assert.match(limits, /^Max core file size +0 +0 /m);
  if (process.geteuid?.() !== 0) return;
  assert.match(field('CapBnd'), /^0+$/);
  assert.equal(field('Groups'), '');
  assert.ok(relay.user?.isDrawn, "the network file is root's");
  assert.deepEqual(new Set(field('Uid').split('\t')), new Set([String(relay.user.uid)]));
  assert.deepEqual(new Set(field('Gid').split('\t')), new Set([String(relay.user.gid)]));
  const again = await restarted(t, network, running);
  assert.equal(again.user?.uid, relay.user.uid, 'the uid is drawn once');
});

async function restarted(t: TestContext, network: TestNetwork, running: Running) {
  await running.end();
  return (await new Running(t, network).next('relay-started')).relay;
}

test('a relay that was left goes on forwarding and is adopted with its keypairs', async (t) => {
  const network = await TestNetwork.make(t);
  const [a, b] = [await network.machine(t), await network.machine(t)];
  network.describe([
    { name: 'a', publicKey: a.publicKey },
    { name: 'b', publicKey: b.publicKey },
  ]);
  const first = new Running(t, network);
  const { relay } = await first.next('relay-started');
  await reach(a, 0, b, 1, 1);
  assert.equal(await first.end('leave'), 'left');
  assert.ok(isRunning(relay.identity));
  await reach(a, 0, b, 1, 2);

  const second = new Running(t, network);
  const { hello, isSameProgram } = await second.next('relay-adopted');
  assert.deepEqual([hello.pid, isSameProgram], [relay.identity.pid, true]);
  await reach(a, 0, b, 1, 3);
  assert.deepEqual([handshakesOf(a), handshakesOf(b)], [1, 1]);
  await second.end();
  assert.ok(isGone(relay.identity.pid));
});

for (const [what, spoil] of Object.entries({
  lost: (path: string) => rmSync(path),
  damaged: (path: string) => writeFileSync(path, '{"version":1,"process":'),
  'of another shape': (path: string) => writeFileSync(path, '{"version":9}'),
})) {
  test(`a relay is found where relays are when the record of it is ${what}`, async (t) => {
    const network = await TestNetwork.make(t);
    const first = new Running(t, network);
    const { relay } = await first.next('relay-started');
    await first.end('leave');
    spoil(join(network.paths.state, RECORD_FILE));
    const second = new Running(t, network);
    assert.equal((await second.next('relay-adopted')).hello.pid, relay.identity.pid);
  });
}

test('a relay that cannot be reached any more is ended, and another started', async (t) => {
  const network = await TestNetwork.make(t);
  const first = new Running(t, network);
  const { relay } = await first.next('relay-started');
  await first.end('leave');
  rmSync(dirname(relay.controlSocket), { recursive: true });
  const second = new Running(t, network);
  assert.match((await second.next('relay-restarted')).why, /cannot be reached/);
  await second.next('relay-started');
  assert.ok(isGone(relay.identity.pid));
});

test('a relay with another router key is ended, and another started', async (t) => {
  const network = await TestNetwork.make(t);
  const first = new Running(t, network);
  const { relay } = await first.next('relay-started');
  await first.end('leave');
  network.changeRouterKey();
  network.describe([]);
  const second = new Running(t, network);
  assert.match((await second.next('relay-restarted')).why, /another router key/);
  assert.equal((await second.next('relay-started')).relay.ready.publicKey, formatKey(network.publicKey));
  assert.ok(isGone(relay.identity.pid));
});

test('an edit adds and removes machines, and nobody else notices', async (t) => {
  const network = await TestNetwork.make(t);
  const [a, b, c] = [await network.machine(t), await network.machine(t), await network.machine(t)];
  const [anna, bert] = [
    { name: 'a', publicKey: a.publicKey },
    { name: 'b', publicKey: b.publicKey },
  ];
  network.describe([anna, bert]);
  const running = new Running(t, network);
  await running.next('relay-started');
  await reach(a, 0, b, 1, 1);

  network.describe([anna, bert, { name: 'c', publicKey: c.publicKey }]);
  assert.deepEqual((await running.next('changed')).difference.added, ['c']);
  await reach(c, 2, a, 0, 2);
  network.describe([anna, bert]);
  assert.deepEqual((await running.next('changed')).difference.removed, ['c']);
  await reach(a, 0, b, 1, 3);
  assert.deepEqual([handshakesOf(a), handshakesOf(b)], [1, 1]);
});

test('an edit with mistakes is reported once, the last good network stays, and the next good edit counts', async (t) => {
  const network = await TestNetwork.make(t);
  const a = await network.machine(t);
  network.describe([{ name: 'a', publicKey: a.publicKey }]);
  const running = new Running(t, network);
  await running.next('relay-started');
  const good = network.read();
  network.write(good.replace('inside:', 'insyde:'));
  const { diagnostics, text } = await running.next('mistaken');
  assert.ok(diagnostics.length > 0 && text.includes('insyde'));
  network.write(good.replace('inside:', 'insyde:'));
  await wait(800);
  assert.equal(running.count('mistaken'), 1);
  rmSync(network.paths.file);
  await running.next('absent');
  network.describe([
    { name: 'a', publicKey: a.publicKey },
    { name: 'z', publicKey: formatKey(new Uint8Array(32).fill(7)) },
  ]);
  await running.next('back');
  assert.deepEqual((await running.next('changed')).difference.added, ['z']);
  assert.equal(running.count('relay-started'), 1);
});

test('what is expected and does not hold is told once for each edit, and the network is routed all the same', async (t) => {
  const network = await TestNetwork.make(t);
  const [a, b] = [await network.machine(t), await network.machine(t)];
  network.describe([
    { name: 'a', publicKey: a.publicKey },
    { name: 'b', publicKey: b.publicKey },
  ]);
  network.write(`${network.read()}expect: [a reaches b, a does not reach b]\n`);
  const running = new Running(t, network);
  const { diagnostics, text } = await running.next('unfulfilled');
  assert.deepEqual(
    diagnostics.map(({ code, severity }) => [code, severity]),
    [['expectation-broken', 'warning']],
  );
  assert.equal(text, network.read());
  await running.next('relay-started');
  await reach(a, 0, b, 1, 1);
  network.write(`${network.read()}# again\n`);
  await running.next('unfulfilled');
  network.write(network.read().replace(', a does not reach b', ''));
  await running.next('loaded');
  assert.equal(running.count('unfulfilled'), 2);
});

test('keys that appear later are used, and one that does not match is a mistake', async (t) => {
  const network = await TestNetwork.make(t);
  const presharedKey = crypto.getRandomValues(new Uint8Array(32));
  const [a, b] = [await network.machine(t, presharedKey), await network.machine(t)];
  network.describe([
    { name: 'a', publicKey: a.publicKey },
    { name: 'b', publicKey: b.publicKey },
  ]);
  const running = new Running(t, network);
  await running.next('relay-started');
  network.writeKey('a.psk', formatKey(presharedKey));
  assert.deepEqual((await running.next('changed')).difference.changed, ['a']);
  await reach(a, 0, b, 1, 1);
  network.writeKey('b.key', formatKey(crypto.getRandomValues(new Uint8Array(32))));
  assert.deepEqual(
    (await running.next('mistaken')).diagnostics.map(({ code }) => code),
    ['key-mismatch'],
  );
});

test('another router key in the file restarts the relay while it runs', async (t) => {
  const network = await TestNetwork.make(t);
  const running = new Running(t, network);
  const { relay } = await running.next('relay-started');
  network.changeRouterKey();
  network.describe([]);
  const second = (await running.next('relay-started')).relay;
  assert.equal(second.ready.publicKey, formatKey(network.publicKey));
  assert.ok(isGone(relay.identity.pid));
});

test('a relay that dies is started again, and what it said is told', async (t) => {
  const network = await TestNetwork.make(t);
  const [a, b] = [await network.machine(t), await network.machine(t)];
  network.describe([
    { name: 'a', publicKey: a.publicKey },
    { name: 'b', publicKey: b.publicKey },
  ]);
  const running = new Running(t, network);
  const { relay } = await running.next('relay-started');
  process.kill(relay.identity.pid, 'SIGKILL');
  assert.match((await running.next('relay-lost')).why, /SIGKILL/);
  await running.next('relay-started');
  assert.notEqual(relayPid(network), relay.identity.pid);
  await reach(a, 0, b, 1, 1);
});

test('a port that is taken is an error that says who has it', async (t) => {
  const network = await TestNetwork.make(t);
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  await new Promise<void>((resolve) => socket.bind(network.port, '0.0.0.0', resolve));
  const running = new Running(t, network);
  await assert.rejects(running.ended, (error: unknown) => {
    assert.ok(error instanceof MachineError);
    assert.equal(error.code, 'port-in-use');
    assert.match(error.message, new RegExp(`\\(process ${process.pid}\\)`));
    return error.help.length > 0;
  });
  assert.equal(existsSync(join(network.paths.state, 'control.lock')), false);
});

test('a port below 1024 is refused with the cure', async (t) => {
  if (Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) <= 443) return;
  const network = await TestNetwork.make(t);
  network.write(network.read().replace(/endpoint: .*/, 'endpoint: 127.0.0.1:443'));
  await assert.rejects(new Running(t, network).ended, hasCode('port-privileged'));
});

test('a second control of the same network is refused', async (t) => {
  const network = await TestNetwork.make(t);
  const first = new Running(t, network);
  await first.next('relay-started');
  await assert.rejects(new Running(t, network).ended, hasCode('already-running'));
  assert.equal(first.count('relay-lost'), 0);
});

test('a network without its router key, and one with mistakes, start nothing', async (t) => {
  const network = await TestNetwork.make(t);
  rmSync(join(network.paths.keys, 'cloud.key'));
  await assert.rejects(new Running(t, network).ended, hasCode('router-key-missing'));
  network.write('name: [');
  const mistaken = new Running(t, network);
  assert.equal(await mistaken.ended, 'mistaken');
  assert.equal(mistaken.count('relay-started'), 0);
  rmSync(network.paths.file);
  const absent = new Running(t, network);
  assert.equal(await absent.ended, 'mistaken');
  assert.equal(absent.count('absent'), 1);
});

test('more machines than a message holds are all peers', async (t) => {
  const network = await TestNetwork.make(t);
  const count = CHANGE_PEERS + 100;
  const keys = Array.from({ length: count }, () => formatKey(crypto.getRandomValues(new Uint8Array(32))));
  network.describe(keys.map((publicKey, n) => ({ name: `m${n}`, publicKey })));
  const running = new Running(t, network);
  const { relay } = await running.next('relay-started');
  await running.next('changed');
  const connection = await RelayConnection.open(relay.controlSocket);
  const { peerCount } = await relayStatus(connection);
  connection.close();
  assert.equal(peerCount, count);
});

test('names of endpoints are resolved although the relay may read no file', async (t) => {
  const network = await TestNetwork.make(t);
  const publicKey = formatKey(crypto.getRandomValues(new Uint8Array(32)));
  network.describe([{ name: 'a', publicKey }]);
  network.write(
    network.read().replace(`    public-key: ${publicKey}`, `    public-key: ${publicKey}\n    endpoint: localhost:9`),
  );
  const running = new Running(t, network);
  const { relay } = await running.next('relay-started');
  const connection = await RelayConnection.open(relay.controlSocket);
  let endpoint: string | null = null;
  for (let i = 0; i < 100 && endpoint === null; i++) {
    endpoint = (await relayStatus(connection)).peers[0]!.endpoint;
    await wait(50);
  }
  connection.close();
  assert.match(endpoint ?? '', /^(127\.0\.0\.1|\[::1\]):9$/);
});

test('a state folder that vanishes ends nothing', async (t) => {
  const network = await TestNetwork.make(t);
  const [a, b] = [await network.machine(t), await network.machine(t)];
  network.describe([{ name: 'a', publicKey: a.publicKey }]);
  const running = new Running(t, network);
  const { relay } = await running.next('relay-started');
  rmSync(network.paths.state, { recursive: true });
  await running.next('trouble');
  network.describe([
    { name: 'a', publicKey: a.publicKey },
    { name: 'b', publicKey: b.publicKey },
  ]);
  assert.deepEqual((await running.next('changed')).difference.added, ['b']);
  await reach(a, 0, b, 1, 1);
  assert.equal(await running.end(), 'ended');
  assert.ok(isGone(relay.identity.pid));
});
