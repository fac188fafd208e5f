/**
 * `up`, `status` and `down` run as processes, with the relay and with machines that send packets.
 */

import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Command, programForEverybody, run } from '../../../test/running/command.ts';
import { handshakesOf, reach, TestNetwork } from '../../../test/running/network.ts';
import { hasEnded, isRunning, processIdentity } from '../../control/process-identity.ts';
import { readRelayRecord } from '../../control/supervise/relay-record.ts';

const isRoot = process.geteuid?.() === 0;

/** A network that is run by the command line, and ended by it after the test. */
async function running(t: TestContext, network: TestNetwork, args: readonly string[] = []): Promise<Command> {
  const cwd = dirname(network.paths.file);
  const up = new Command(t, ['up', ...args], { cwd });
  network.atEnd(() => run(t, ['down'], { cwd }));
  await up.says(/listens on/);
  return up;
}

function relayOf(network: TestNetwork) {
  const { process } = readRelayRecord(network.paths.state);
  assert.ok(process !== null && isRunning(process), 'the relay runs');
  return process;
}

function command(t: TestContext, network: TestNetwork, ...args: string[]) {
  return run(t, args, { cwd: dirname(network.paths.file) });
}

test('up says where it listens, who is described and what to do next, and Ctrl-C ends it all', async (t) => {
  const network = await TestNetwork.make(t);
  const a = await network.machine(t);
  network.describe([{ name: 'phone', publicKey: a.publicKey }, { name: 'tablet' }]);
  const up = await running(t, network);
  const relay = relayOf(network);
  assert.match(readFileSync(`/proc/${relay.pid}/cmdline`, 'utf8'), /^wg-router-relay/);
  await up.says(/Ctrl-C/);
  assert.match(up.stdout, new RegExp(`^test: router cloud listens on UDP port ${network.port}, IPv4`));
  assert.match(up.stdout, /^ {2}phone {3}fd00:66::2$/m);
  assert.match(up.stdout, /^ {2}tablet {2}fd00:66::3 {2}not set up$/m);
  assert.match(up.stdout, /^next: hand tablet its configuration: wg-router config tablet --qr$/m);
  up.child.kill('SIGINT');
  assert.equal(await up.ended, 0);
  assert.equal(isRunning(relay), false);
  assert.deepEqual(
    readdirSync(network.paths.state).filter((name) => name.endsWith('.lock')),
    [],
  );
});

test('SIGTERM ends both as well', async (t) => {
  const network = await TestNetwork.make(t);
  const up = await running(t, network);
  const relay = relayOf(network);
  up.child.kill('SIGTERM');
  assert.equal(await up.ended, 0);
  assert.equal(isRunning(relay), false);
});

test('a second Ctrl-C ends at once what does not end by itself', async (t) => {
  const network = await TestNetwork.make(t);
  const up = await running(t, network);
  const relay = relayOf(network);
  process.kill(relay.pid, 'SIGSTOP');
  up.child.kill('SIGINT');
  await up.says(/Ending the router/);
  up.child.kill('SIGINT');
  assert.equal(await up.ended, 2);
  assert.ok(await hasEnded(relay, 5_000));
});

test('when control is killed the relay goes on, status answers, and the next up adopts it', async (t) => {
  const network = await TestNetwork.make(t);
  const [a, b] = [await network.machine(t), await network.machine(t)];
  network.describe([
    { name: 'a', publicKey: a.publicKey },
    { name: 'b', publicKey: b.publicKey },
  ]);
  const first = await running(t, network);
  await reach(a, 0, b, 1, 1);
  const relay = relayOf(network);
  first.child.kill('SIGKILL');
  await first.ended;
  await reach(a, 0, b, 1, 2);

  const status = await command(t, network, 'status', '--json');
  assert.equal(status.code, 0, status.stderr);
  const report = JSON.parse(status.stdout);
  assert.deepEqual([report.control, report.relay.pid], [null, relay.pid]);
  assert.deepEqual(
    report.machines.map((machine: { name: string; presence: string }) => [machine.name, machine.presence]),
    [
      ['a', 'here'],
      ['b', 'here'],
    ],
  );
  const human = await command(t, network, 'status');
  assert.match(human.stdout, /control does not run/);

  const second = await running(t, network);
  assert.match(second.stdout, new RegExp(`adopted relay ${relay.pid}`));
  network.describe([{ name: 'a', publicKey: a.publicKey }, { name: 'b', publicKey: b.publicKey }, { name: 'c' }]);
  await second.says(/described and not set up: c/);
  await reach(a, 0, b, 1, 3);
  assert.deepEqual([handshakesOf(a), handshakesOf(b)], [1, 1]);
});

test('a terminal that closes leaves the relay forwarding', async (t) => {
  const network = await TestNetwork.make(t);
  const up = await running(t, network);
  up.child.kill('SIGHUP');
  assert.equal(await up.ended, 0);
  assert.match(up.stderr, /goes on forwarding/);
  relayOf(network);
  assert.equal((await command(t, network, 'down')).code, 0);
});

test('a reader that goes away leaves the relay forwarding', async (t) => {
  const network = await TestNetwork.make(t);
  const up = await running(t, network);
  up.child.stdout!.destroy();
  network.describe([{ name: 'new' }]);
  assert.equal(await up.ended, 0);
  relayOf(network);
});

test('a second up is refused, and takes over with --replace without the relay noticing', async (t) => {
  const network = await TestNetwork.make(t);
  const first = await running(t, network);
  const relay = relayOf(network);
  const refused = await command(t, network, 'up');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /error\[already-running\].*--replace/s);
  assert.equal(first.child.exitCode, null);

  const second = await running(t, network, ['--replace']);
  assert.equal(await first.ended, 0);
  assert.match(second.stdout, new RegExp(`adopted relay ${relay.pid}`));
});

test('of two ups at once one runs the network', async (t) => {
  const network = await TestNetwork.make(t);
  const cwd = dirname(network.paths.file);
  const both = [new Command(t, ['up'], { cwd }), new Command(t, ['up'], { cwd })];
  network.atEnd(() => run(t, ['down'], { cwd }));
  const code = await Promise.race(both.map(({ ended }) => ended));
  assert.equal(code, 2);
  const other = both.find(({ child }) => child.exitCode === null)!;
  await other.says(/listens on/);
});

test('down ends what there is and is content when there is nothing', async (t) => {
  const network = await TestNetwork.make(t);
  const up = await running(t, network);
  const relay = relayOf(network);
  const down = await command(t, network, 'down', '--json');
  assert.deepEqual(JSON.parse(down.stdout), { ended: { control: up.child.pid, relay: relay.pid } });
  assert.equal(down.code, 0);
  assert.equal(await up.ended, 0);
  assert.equal(isRunning(relay), false);
  const again = await command(t, network, 'down');
  assert.deepEqual([again.code, again.stdout], [0, 'The router does not run.\n']);
  const status = await command(t, network, 'status');
  assert.equal(status.code, 1);
  assert.match(status.stdout, /does not run/);
});

test('down ends a relay whose control died and whose socket is gone', async (t) => {
  const network = await TestNetwork.make(t);
  const up = await running(t, network);
  const relay = relayOf(network);
  const { controlSocket } = readRelayRecord(network.paths.state);
  up.child.kill('SIGKILL');
  await up.ended;
  rmSync(dirname(controlSocket!), { recursive: true });
  assert.equal((await command(t, network, 'down')).code, 0);
  assert.equal(isRunning(relay), false);
});

test('a network with mistakes is not begun, and all of them are shown', async (t) => {
  const network = await TestNetwork.make(t);
  network.write(network.read().replace('inside:', 'insyde:').replace('endpoint:', 'entpoint:'));
  const up = await command(t, network, 'up');
  assert.equal(up.code, 1);
  assert.match(up.stderr, /insyde/);
  assert.match(up.stderr, /entpoint/);
  assert.match(up.stderr, /was not started/);
  assert.equal(existsSync(join(network.paths.state, 'relay.json')), false);
});

test('a network that is not there is an error with what to do, and --init makes one', async (t) => {
  const network = await TestNetwork.make(t);
  rmSync(network.paths.file);
  rmSync(network.paths.keys, { recursive: true });
  const up = await command(t, network, 'up');
  assert.ok(up.code !== 0);
  assert.match(up.stderr, /init/);
  const first = await running(t, network, ['--init', '--endpoint', `127.0.0.1:${network.port}`]);
  await first.says(/next: describe a machine/);
  assert.match(network.read(), new RegExp(`endpoint: "?127\\.0\\.0\\.1:${network.port}`));
});

test('edits and mistakes are told with the time of day', async (t) => {
  const network = await TestNetwork.make(t);
  const a = await network.machine(t);
  const up = await running(t, network);
  network.describe([{ name: 'phone', publicKey: a.publicKey }]);
  await up.says(/^[0-9:]{8} {2}applied: added phone$/m);
  const good = network.read();
  network.write(good.replace('inside:', 'insyde:'));
  await up.says(/has mistakes; the last good network goes on\nnetwork\.yaml:1:1: error/);
  network.write(good);
  await up.says(/network\.yaml is good again/);
});

test('JSON cannot be had of what does not end', async (t) => {
  const network = await TestNetwork.make(t);
  const up = await command(t, network, 'up', '--json');
  assert.equal(up.code, 1);
  assert.equal(JSON.parse(up.stdout).diagnostics[0].code, 'json-endless');
});

test('for another user root runs the relay as that user, and what it writes is theirs', async (t) => {
  if (!isRoot) return;
  const network = await TestNetwork.make(t);
  const owner = 61_801;
  giveTo(dirname(network.paths.file), owner);
  const up = await running(t, network);
  await up.says(/as uid 61801/);
  const status = readFileSync(`/proc/${relayOf(network).pid}/status`, 'utf8');
  assert.match(status, /^Uid:\t61801\t61801\t61801\t61801$/m);
  assert.match(status, /^Gid:\t61801\t61801\t61801\t61801$/m);
  assert.match(status, /^Groups:[ \t]*$/m);
  assert.match(status, /^CapBnd:\t0+$/m);
  assert.equal(lstatSync(network.paths.state).uid, owner);
});

test('an ordinary user runs the whole of it, without a right that others lack', async (t) => {
  const network = await TestNetwork.make(t);
  const uid = isRoot ? 61_802 : process.getuid!();
  const cwd = dirname(network.paths.file);
  const options = isRoot ? { cwd, uid, program: programForEverybody(t) } : { cwd };
  if (isRoot) giveTo(cwd, uid);
  const up = new Command(t, ['up'], options);
  network.atEnd(() => run(t, ['down'], options));
  await up.says(/listens on/);
  const relay = relayOf(network);
  const status = readFileSync(`/proc/${relay.pid}/status`, 'utf8');
  assert.match(status, new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
  assert.match(status, /^NoNewPrivs:\t1$/m);
  for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) assert.match(status, new RegExp(`^Cap${set}:\\t0+$`, 'm'));
  assert.match((await run(t, ['status'], options)).stdout, /router cloud runs/);
  // Root sees it too.
  assert.equal((await command(t, network, 'status')).code, 0);
  assert.equal((await run(t, ['down'], options)).code, 0);
  assert.equal(await up.ended, 0);
  assert.equal(processIdentity(relay.pid), null);
  if (isRoot) rmSync(`/tmp/wg-router-${uid}`, { recursive: true, force: true });
});

test('whoever may not look into the state folder is told so, and not that nothing runs', async (t) => {
  if (!isRoot) return;
  const network = await TestNetwork.make(t);
  await running(t, network);
  const cwd = dirname(network.paths.file);
  chmodSync(cwd, 0o755);
  const status = await run(t, ['status'], { cwd, uid: 61_803, program: programForEverybody(t) });
  assert.equal(status.code, 2);
  assert.match(status.stderr, /another user/);
});

/** Gives a folder and what is in it to `uid`. */
function giveTo(folder: string, uid: number): void {
  chownSync(folder, uid, uid);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    chownSync(join(folder, name), uid, uid);
}
