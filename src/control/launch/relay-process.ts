/**
 * Starts the relay: a process in a session of its own that outlives us, with as few rights as can be.
 *
 * Everything it needs comes by descriptors and by one line on standard input, so that it can run as a user who may
 * enter neither the checkout nor the state folder:
 *
 *   0 the `Boot` line   1 its `Ready` or `Failed`   2 the log   3 its own folder   4 Node, when root starts it
 *   then the native module, when root starts it; last: the socket for wg(8), where there is one
 */

import { type ChildProcess, spawn } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { bootReplyShape } from '../../apply/reply-shape.ts';
import { type Boot, LINE_BYTES, RELAY_PROTOCOL_VERSION, type Ready } from '../../relay/messages.ts';
import { MachineError } from '../machine-error.ts';
import { type ProcessIdentity, processIdentity } from '../process-identity.ts';
import { readAccounts } from './accounts.ts';
import { describeOwner, portOwner } from './port-owner.ts';
import { copyRelayCode, relayCode, SOURCE_FOLDER } from './relay-code.ts';
import { relayCommand } from './relay-command.ts';
import { openRelayLog, relayLogTail } from './relay-log.ts';
import { isMapped, RELAY_ACCOUNT, type RelayUser, relayUserForRoot } from './relay-user.ts';
import { makeRuntimeFolder, removeRuntimeFolder, runtimeFolder } from './runtime-folder.ts';
import { makeUapiSocket, type UapiSocket, uapiName } from './uapi-socket.ts';

export interface RelayLaunch {
  /** Path without links. */
  readonly networkFile: string;
  readonly networkName: string;
  /** The network's state folder; it exists. */
  readonly stateFolder: string;
  readonly boot: Pick<Boot, 'privateKey' | 'router' | 'peers'>;
  /** The uid drawn at an earlier start, or null. */
  readonly drawnBefore: number | null;
  /** The folder with the relay's rooms; this program's own when absent. */
  readonly source?: string;
}

export interface LaunchedRelay {
  readonly identity: ProcessIdentity;
  /** Settles when it ends, with how, as part of a sentence. */
  readonly ended: Promise<string>;
  readonly ready: Ready;
  readonly controlSocket: string;
  /** Null for as whoever starts it. */
  readonly user: RelayUser | null;
  /** Path of the socket for wg(8). */
  readonly uapiSocket: string | null;
  readonly codeDigest: string;
  /** What could not be done and is no reason not to run. */
  readonly notes: readonly string[];
}

export const LOG_FILE = 'relay.log';

/** The folder that the relay writes to; its owner is whom the relay runs as. */
export function relayFolder(stateFolder: string): string {
  return join(stateFolder, 'relay');
}

/** Ten thousand peers boot within two seconds; a machine that swaps takes longer. */
const READY_TIMEOUT_MS = 30_000;

/** The relay, listening. Rejects with a `MachineError` when it cannot be started; nothing is left running then. */
export async function launchRelay(launch: RelayLaunch): Promise<LaunchedRelay> {
  const isRoot = process.geteuid?.() === 0;
  refusePrivilegedPort(launch.boot.router.listenPort);
  const user = isRoot ? chooseUser(launch) : null;
  const prlimit = findProgram('prlimit');
  const setpriv = findProgram('setpriv');
  const notes: string[] = [];
  if (setpriv === null || prlimit === null) {
    if (isRoot) throw setprivMissing();
    notes.push('setpriv or prlimit is missing: the relay may dump core and gain privileges (install util-linux)');
  }
  const folder = runtimeFolder(launch.networkFile);
  makeRuntimeFolder(folder, user);
  const code = isRoot ? copyRelayCode(folder.folder, launch.source) : relayCode(launch.source ?? SOURCE_FOLDER);

  const logPath = join(launch.stateFolder, LOG_FILE);
  const opened: number[] = [];
  const open = (descriptor: number) => {
    opened.push(descriptor);
    return descriptor;
  };
  let uapi: UapiSocket | null = null;
  try {
    const log = open(openRelayLog(logPath));
    const inherited = [open(openOwnFolder(launch.stateFolder, user))];
    const ownFolder = '/proc/self/fd/3';
    let node = process.execPath;
    let nativeModule = process.env.WG_ROUTER_RELAY === 'portable' ? null : code.nativeModule;
    if (isRoot) {
      inherited.push(open(openNode()));
      node = '/proc/self/fd/4';
      if (nativeModule !== null) {
        inherited.push(open(openSync(nativeModule, constants.O_RDONLY)));
        nativeModule = `/proc/self/fd/${2 + inherited.length}`;
      }
      const made = await makeUapiSocket(uapiName(launch.networkName));
      if (typeof made === 'string') notes.push(`wg show does not see this router: ${made}`);
      else {
        uapi = made;
        inherited.push(made.descriptor);
      }
    }
    const writable = [ownFolder, folder.socketFolder];
    const command = relayCommand({
      prlimit,
      setpriv,
      node,
      entry: code.entry,
      codeFolder: code.folder,
      writable,
      allowNative: nativeModule !== null,
      user,
    });
    const boot: Boot = {
      ...launch.boot,
      version: RELAY_PROTOCOL_VERSION,
      controlSocket: folder.controlSocket,
      stateFolder: ownFolder,
      uapiDescriptor: uapi === null ? null : 2 + inherited.length,
      become: null,
    };
    const child = spawn(command.file, command.args, {
      detached: true,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', ...chosenBackend(), ...(nativeModule && { WG_ROUTER_MODULE: nativeModule }) },
      stdio: ['pipe', 'pipe', log, ...inherited],
    });
    const ready = await bootRelay(child, boot, logPath);
    child.unref();
    // Every program on the way replaced the one before: the process is the one that was begun.
    const identity = child.pid === undefined ? null : processIdentity(child.pid);
    if (identity === null) throw startFailed('it ended at once', logPath);
    const ended = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(howItEnded(code, signal)));
    });
    return {
      identity,
      ended,
      ready,
      controlSocket: folder.controlSocket,
      user,
      uapiSocket: uapi?.path ?? null,
      codeDigest: code.digest,
      notes,
    };
  } catch (error) {
    removeRuntimeFolder(launch.networkFile);
    if (uapi !== null) rmSync(uapi.path, { force: true });
    throw error;
  } finally {
    uapi?.release();
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/** What a person chose of the data path; the relay reads it. */
function chosenBackend(): Record<string, string> {
  const names = ['WG_ROUTER_RELAY', 'WG_ROUTER_OFFLOAD'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/** Writes the boot line and waits for the answer. */
async function bootRelay(child: ChildProcess, boot: Boot, logPath: string): Promise<Ready> {
  const line = await new Promise<string>((resolve, reject) => {
    const fail = (reason: string, cause?: unknown) => {
      clearTimeout(timer);
      reject(startFailed(reason, logPath, cause));
    };
    const timer = setTimeout(() => fail(`it was not ready within ${READY_TIMEOUT_MS / 1000} s`), READY_TIMEOUT_MS);
    let text = '';
    child.once('error', (error) => fail(error.message, error));
    child.once('close', (code, signal) => fail(howItEnded(code, signal)));
    child.stdout!.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const end = text.indexOf('\n');
      if (end < 0 && text.length <= LINE_BYTES) return;
      clearTimeout(timer);
      resolve(end < 0 ? '' : text.slice(0, end));
    });
    // A relay that ends before it read is told by `close`.
    child.stdin!.on('error', () => {});
    child.stdin!.end(`${JSON.stringify(boot)}\n`);
  }).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  child.stdout!.destroy();
  const reply = parse(line);
  if (reply?.type === 'ready' && reply.version === RELAY_PROTOCOL_VERSION) return reply;
  child.kill('SIGKILL');
  if (reply?.type === 'failed') throw bootFailed(reply.code, reply.message, boot.router.listenPort);
  throw startFailed('it said something that is no answer', logPath);
}

function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? `it was ended by ${signal}` : `it ended with code ${code}`;
}

function parse(line: string) {
  try {
    return bootReplyShape.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

function bootFailed(code: string, message: string, port: number): MachineError {
  if (code !== 'port-in-use') return new MachineError(`relay-${code}`, `Cannot start the relay: ${message}`);
  const owner = portOwner(port);
  const help = [
    `give the router another port: \`listen: ${port === 51820 ? 51821 : 51820}\`, and the same in \`endpoint\``,
    'ss -lunp shows who listens',
  ];
  if (owner?.kind === 'kernel' && owner.interfaces.length > 0)
    help.unshift(`end it: wg-quick down ${owner.interfaces[0]}`);
  const who = owner === null ? 'somebody else' : describeOwner(owner);
  return new MachineError('port-in-use', `Cannot listen on UDP port ${port}: ${who} has it`, { help });
}

function startFailed(reason: string, logPath: string, cause?: unknown): MachineError {
  const said = relayLogTail(logPath, 5).filter((line) => line !== '');
  return new MachineError('relay-start', `Cannot start the relay: ${reason}`, {
    cause,
    help: said.length > 0 ? [`it said (${logPath}):`, ...said.map((line) => `  ${line}`)] : [],
  });
}

/** The relay has no right to ports below this when it begins, and none is lent to it. */
function refusePrivilegedPort(port: number): void {
  if (port === 0 || port >= firstUnprivilegedPort()) return;
  throw new MachineError(
    'port-privileged',
    `Cannot listen on UDP port ${port}: only root may, and the relay is not root`,
    {
      help: [
        'give the router a port above 1023: `listen: 51820`',
        `or let everybody use it: sysctl net.ipv4.ip_unprivileged_port_start=${port}`,
      ],
    },
  );
}

function firstUnprivilegedPort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  } catch {
    return 1024;
  }
}

function chooseUser({ networkFile, drawnBefore }: RelayLaunch): RelayUser {
  const user = relayUserForRoot({
    accounts: readAccounts(),
    fileOwner: statSync(networkFile),
    drawnBefore,
    isInUse: hasProcess,
  });
  if (user !== null && !isMapped(user.uid, ownUidMap())) throw userNotMapped(user);
  if (user !== null) return user;
  throw new MachineError('relay-user', 'Cannot choose a user for the relay: every uid that could be drawn is taken', {
    help: [`make one: useradd --system --no-create-home ${RELAY_ACCOUNT}`],
  });
}

/** Everybody exists where there is no such file. */
function ownUidMap(): string {
  try {
    return readFileSync('/proc/self/uid_map', 'utf8');
  } catch {
    return '0 0 4294967295';
  }
}

function userNotMapped({ label }: RelayUser): MachineError {
  return new MachineError('relay-user', `Cannot run the relay as ${label}: this user namespace has no such user`, {
    help: ['run this as an ordinary user, outside of the namespace', 'or map more users into it (subuid(5))'],
  });
}

function hasProcess(uid: number): boolean {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .some((pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid);
}

function setprivMissing(): MachineError {
  return new MachineError('setpriv-missing', 'Cannot start the relay without root: setpriv or prlimit is missing', {
    help: ['install util-linux: apt-get install util-linux', 'or run this as an ordinary user'],
  });
}

/**
 * The relay's own folder in the state folder, open; it belongs to the relay's user. What another user's relay left in
 * it is removed: it could not be read, and giving a file away by its name could give away another file.
 */
function openOwnFolder(stateFolder: string, user: RelayUser | null): number {
  const path = relayFolder(stateFolder);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  if (user !== null && fstatSync(descriptor).uid !== user.uid) {
    const held = `/proc/self/fd/${descriptor}`;
    for (const name of readdirSync(held)) rmSync(join(held, name), { force: true });
    fchownSync(descriptor, user.uid, user.gid);
  }
  return descriptor;
}

function openNode(): number {
  const descriptor = openSync(process.execPath, constants.O_RDONLY);
  if ((fstatSync(descriptor).mode & 0o001) !== 0) return descriptor;
  closeSync(descriptor);
  throw new MachineError('node-not-executable', `Cannot run ${process.execPath} as another user: it is root's alone`, {
    help: [`let everybody run it: chmod a+rx ${process.execPath}`],
  });
}

/** Path of a program in the usual places, or null. */
function findProgram(name: string): string | null {
  for (const folder of ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {}
  }
  return null;
}
