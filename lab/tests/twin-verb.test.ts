/**
 * `wg-router lab` as a person runs it: what it answers, that it writes nothing, and that nothing is left of it however it
 * ends.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { after, describe, test } from 'node:test';
import { until } from '../running.ts';
import { obstacleTo } from '../twin/run.ts';

const ROOT = `${import.meta.dirname}/../..`;
const COMMAND = `${ROOT}/bin/wg-router`;
const FILE = 'network.yaml';

const skip = obstacleTo({ lans: [] })?.reason ?? false;

/** In the environment of everything that a command here starts, so that it is found wherever it is. */
const MARK = `wg-router-lab-test-${randomUUID()}`;

/** `nobody` of Debian: here it is somebody without rights. */
const NOBODY = 65_534;

const folder = mkdtempSync(`${tmpdir()}/wg-router-lab-`);
after(() => rmSync(folder, { recursive: true }));

describe('wg-router lab', { skip }, () => {
  test('prints who reaches whom, and writes nothing', () => {
    const place = placeFor('home-masquerade');
    const { status, stdout, stderr } = lab(place);
    assert.equal(status, 0, stderr);
    assert.equal(
      stdout,
      `who reaches whom in network home: from the row to the column

                  1 2 3 4 5
  1 cloud           ✓ ✓ ✓ ✓
  2 phone         ✓   ✓ ✓ ✓
  3 pi            ✓ ✓   ✓ ✓
  4 nas           ✗ ✗ ✓   ✓
  5 home.unnamed  ✗ ✗ ✓ ✓

  ✓ works   ✗ fails

In one direction only
  cloud, phone → nas, home.unnamed
`,
    );
    assert.match(stderr, /^building 9 devices …$/m);
    assert.deepEqual(readdirSync(place), [FILE]);
  });

  test('answers programs with one document, and builds a part when told to', () => {
    const { status, stdout, stderr } = lab(placeFor('three-sites-ula'), ['--json', '--only', 'phone,a']);
    assert.deepEqual([status, stderr], [0, '']);
    const { parties, observations, broken, disagreements } = JSON.parse(stdout);
    assert.deepEqual(parties, ['cloud', 'phone', 'gw-a', 'a.unnamed']);
    assert.deepEqual([broken, disagreements], [[], []]);
    assert.deepEqual(
      observations.find((each: { from: string; to: string }) => each.from === 'phone' && each.to === 'a.unnamed'),
      {
        from: 'phone',
        to: 'a.unnamed',
        family: 6,
        address: 'fd4c:91b7:2ae0:1::fffe',
        ping: 'works',
        large: 'works',
        largeBytes: 1420,
        tcp: 'works',
        udp: 'works',
        seenAs: 'fd4c:91b7:2ae0::2',
      },
    );
  });

  test('is answered with exit code 1 when a sentence of the file does not hold', () => {
    const place = placeFor('home-masquerade', (text) => text.replace('nas does not reach phone', 'nas reaches phone'));
    const { status, stdout } = lab(place, ['--only', 'phone,nas']);
    assert.equal(status, 1);
    assert.match(stdout, /^Expected, and not so\n {2}network\.yaml:18:5: nas reaches phone: nas → phone fails$/m);
  });

  test('refuses a network that is too large, and a name that is none, before it builds anything', () => {
    const many = Array.from({ length: 40 }, (_, i) => `  phone-${i}: {platform: ios}\n`).join('');
    const place = placeFor('home-masquerade', (text) => text.replace('machines:\n', `machines:\n${many}`));
    const large = lab(place);
    assert.equal(large.status, 1);
    assert.match(large.stderr, /error\[twin-too-large\]: Cannot build the twin of "home": it has 89 devices/);
    const unknown = lab(place, ['--only', 'phon-1']);
    assert.equal(unknown.status, 1);
    assert.match(unknown.stderr, /error\[name-unknown\].*\n.*did you mean: phone-1/);
  });

  test('says which commands are missing, with their packages', () => {
    const bare = `${folder}/bare`;
    mkdirSync(bare);
    for (const name of ['sh', 'dirname', 'readlink']) symlinkSync(pathOf(name), `${bare}/${name}`);
    const { status, stderr } = lab(placeFor('home-masquerade'), [], { env: { PATH: bare } });
    assert.equal(status, 2);
    assert.match(stderr, /error\[twin-commands-missing\].*wireguard-go \(package wireguard-go\)/);
    assert.match(stderr, /^help: install them: apt-get install .*wireguard-tools/m);
  });

  for (const [signal, when] of [
    ['SIGINT', /building/],
    ['SIGINT', /trying/],
    ['SIGTERM', /tunnels/],
    ['SIGKILL', /running the router/],
    ['SIGKILL', /trying/],
  ] as const) {
    test(`leaves nothing behind when ${signal} ends it while it says ${when.source}`, async () => {
      const place = placeFor('home-masquerade');
      const before = mounts();
      const command = start(place);
      await heard(command, when);
      const namespaces = namespacesOfMarked();
      command.kill(signal);
      const [, by] = await once(command, 'exit');
      assert.equal(by, signal);
      await allIsGone(namespaces);
      assert.deepEqual(mounts(), before);
      assert.deepEqual(readdirSync(place), [FILE]);
    });
  }

  test('opens a shell in the twin, in which Ctrl-C ends what runs and not the twin', async () => {
    const terminal = spawn('script', ['--quiet', '--return', '--command', `${COMMAND} lab --shell`, '/dev/null'], {
      cwd: placeFor('home-masquerade'),
      env: { ...process.env, SHELL: pathOf('sh') },
    });
    const screen = screenOf(terminal);
    after(() => terminal.kill('SIGKILL'));
    await screen.shows(/on NAME COMMAND/);
    // What is typed before the shell reads would stand in front of its prompt.
    await screen.shows(/[#$] $/);
    terminal.stdin.write("on nas sh -c 'echo begun; exec sleep 1000'\n");
    await screen.shows(/^begun/m);
    terminal.stdin.write('\u0003');
    // The terminal forgets what was typed before it.
    await screen.shows(/\^C/);
    terminal.stdin.write('on phone ping -c 1 192.168.1.10; ip netns exec nas ping -c 1 192.168.1.5; on nobody true\n');
    await screen.shows(/1 received[\s\S]*1 received[\s\S]*on: no device "nobody"/);
    terminal.stdin.write('exit\n');
    const [code] = await once(terminal, 'exit');
    assert.equal(code, 0, screen.text());
  });

  test('takes the whole terminal with it on Ctrl-C', async () => {
    const command = start(placeFor('home-masquerade'), { isGroup: true });
    await heard(command, /trying/);
    const namespaces = namespacesOfMarked();
    process.kill(-command.pid!, 'SIGINT');
    const [, by] = await once(command, 'exit');
    assert.equal(by, 'SIGINT');
    await allIsGone(namespaces);
  });

  test('works where there is no user but one, as in the namespace of an ordinary user', () => {
    const { status, stdout, stderr } = lab(placeFor('home-default-gateway'), [], {
      before: ['unshare', '--user', '--map-root-user'],
    });
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stdout, /✗|~/);
  });

  test('works for an ordinary user', { skip: whyNotAsNobody() }, () => {
    const place = placeFor('home-static-route');
    for (const path of [folder, place, `${place}/${FILE}`]) chownSync(path, NOBODY, NOBODY);
    const { status, stdout, stderr } = asNobody(place, [COMMAND, 'lab']);
    chownSync(folder, 0, 0);
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stdout, /✗|~/);
  });
});

/** A folder with an example as its network file. */
function placeFor(example: string, edit: (text: string) => string = (text) => text): string {
  const place = mkdtempSync(`${folder}/place-`);
  writeFileSync(`${place}/${FILE}`, edit(readFileSync(`${ROOT}/examples/${example}.yaml`, 'utf8')));
  chmodSync(place, 0o755);
  return place;
}

interface LabOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the command. */
  readonly before?: readonly string[];
}

/** Runs the verb in `place` to its end. */
function lab(place: string, args: readonly string[] = [], { env = {}, before = [] }: LabOptions = {}) {
  const [file, ...words] = [...before, COMMAND, 'lab', ...args];
  return spawnSync(file!, words, { cwd: place, encoding: 'utf8', env: { ...process.env, ...env } });
}

function start(place: string, { isGroup = false } = {}): ChildProcess {
  return spawn(COMMAND, ['lab'], { cwd: place, env: { ...process.env, WG_ROUTER_MARK: MARK }, detached: isGroup });
}

/** Resolves when the command has said it. */
async function heard(command: ChildProcess, what: RegExp): Promise<void> {
  let said = '';
  command.stderr!.setEncoding('utf8');
  for await (const text of command.stderr! as AsyncIterable<string>) {
    said += text;
    if (what.test(said)) return;
  }
  throw new Error(`it ended and did not say ${what}:\n${said}`);
}

/** What a command in a terminal has shown so far. */
function screenOf(terminal: ChildProcess) {
  let shown = '';
  terminal.stdout!.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  return {
    text: () => shown,
    shows: (what: RegExp) =>
      until(`the screen shows ${what}`, 60_000, () => what.test(shown)).catch((error: Error) => {
        throw new Error(`${error.message}, but:\n${shown}`);
      }),
  };
}

/** Namespaces of processes in which those live that `start` began, beside our own. */
function namespacesOfMarked(): Set<string> {
  const own = readlinkSync('/proc/self/ns/pid');
  const found = processes().filter(({ environment }) => environment.includes(MARK));
  return new Set(found.map(({ namespace }) => namespace).filter((namespace) => namespace !== own));
}

/** Nothing of the command runs any more: nothing with its mark, and nothing in its namespaces. */
async function allIsGone(namespaces: ReadonlySet<string>): Promise<void> {
  assert.equal(namespaces.size, 1);
  await until('nothing runs any more', 10_000, () => {
    return !processes().some(({ environment, namespace }) => environment.includes(MARK) || namespaces.has(namespace));
  });
}

/** Every process that we may look into. */
function processes(): { readonly environment: string; readonly namespace: string }[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, 'latin1');
      return [{ environment, namespace: readlinkSync(`/proc/${entry}/ns/pid`) }];
    } catch {
      return [];
    }
  });
}

function mounts(): string {
  return readFileSync('/proc/self/mountinfo', 'utf8');
}

function pathOf(command: string): string {
  return spawnSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).stdout.trim();
}

/** Runs a command in `place` as an ordinary user of a machine whose TUN device is open to everybody, as it is on Debian. */
function asNobody(place: string, command: readonly string[]) {
  const script = `
mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 && cd "$0" &&
exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups env HOME="$0" "$@"`;
  return spawnSync('unshare', ['--mount', 'sh', '-c', script, place, ...command], { encoding: 'utf8' });
}

function whyNotAsNobody(): string | false {
  if (process.getuid!() !== 0) return 'only root can become somebody else';
  const { status, stderr } = asNobody('/', ['sh', '-c', `test -r '${ROOT}/src/cli/main.ts' && unshare --user true`]);
  return status === 0 ? false : `no ordinary user can read the checkout and have a user namespace: ${stderr.trim()}`;
}
