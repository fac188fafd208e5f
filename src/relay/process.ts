/**
 * The relay's process: reads one `Boot` line from standard input, binds, becomes who it should be, says `Ready` or
 * `Failed` on standard output, and then relays until it is told to stop. It needs neither its starter nor a terminal
 * any more by then.
 */

import { RelayAnswers } from './answers.ts';
import { BackendMistake } from './backend/backend.ts';
import { BindError } from './backend/sockets.ts';
import { ControlSocket, SocketTaken } from './control-socket.ts';
import { LineReader } from './line-reader.ts';
import { MessageMistake, parseBoot } from './message-schema.ts';
import { BOOT_BYTES, type Boot, type Failed, RELAY_PROTOCOL_VERSION, type Ready } from './messages.ts';
import { ChangeMistake } from './peer-table.ts';
import { Relay } from './relay.ts';
import { serveUapi } from './uapi.ts';

await main();

async function main(): Promise<void> {
  // Who started it may be gone, and its pipes with it.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  process.on('SIGHUP', () => undefined);
  let relay: Relay;
  try {
    relay = await start(await bootLine());
  } catch (error) {
    say(failure(error));
    process.exitCode = 1;
    process.stdin.destroy();
    return;
  }
  say({
    type: 'ready',
    version: RELAY_PROTOCOL_VERSION,
    pid: process.pid,
    publicKey: relay.publicKey,
    listening: relay.listening,
    notes: relay.notes,
  });
}

async function start(line: string): Promise<Relay> {
  const boot = parseBoot(line);
  const relay = await Relay.start(boot);
  let control: ControlSocket | null = null;
  const stop = async () => {
    control?.close();
    await relay.stop();
    process.exit(0);
  };
  try {
    control = await ControlSocket.open(boot.controlSocket, new RelayAnswers(relay, () => void stop()).answer);
    if (boot.uapiDescriptor !== null) serveUapi(boot.uapiDescriptor, relay);
    if (boot.become !== null) become(boot.become);
  } catch (error) {
    control?.close();
    await relay.stop();
    throw error;
  }
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
  return relay;
}

/** The first line of standard input. */
async function bootLine(): Promise<string> {
  const reader = new LineReader(BOOT_BYTES);
  for await (const chunk of process.stdin) {
    const lines = reader.take(chunk as Buffer);
    if (lines === null) throw new MessageMistake('boot', `a line of at most ${BOOT_BYTES} bytes`);
    if (lines.length > 0) return lines[0]!;
  }
  throw new MessageMistake('boot', 'a line on standard input');
}

/** Gives up root: the order matters, since who has given up the user may not change groups. */
function become({ uid, gid }: NonNullable<Boot['become']>): void {
  process.setgroups!([]);
  process.setgid!(gid);
  process.setuid!(uid);
}

function failure(error: unknown): Failed {
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'failed', code: failureCode(error), message };
}

function failureCode(error: unknown): string {
  if (error instanceof MessageMistake || error instanceof ChangeMistake) return 'boot-invalid';
  if (error instanceof BackendMistake) return 'backend';
  if (error instanceof SocketTaken) return 'control-socket-in-use';
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof BindError && code === 'EADDRINUSE') return 'port-in-use';
  return code === 'EACCES' || code === 'EPERM' ? 'permission' : 'internal';
}

function say(message: Ready | Failed): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
