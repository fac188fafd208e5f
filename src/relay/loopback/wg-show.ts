/**
 * For tests: what Debian's `wg` says about a relay. Run as root in a mount namespace of its own with an empty `/run`,
 * because `wg` looks in `/run/wireguard` and nowhere else. Prints one JSON object.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { ping4 } from '../router/example-packets.ts';
import { Machine } from './machine.ts';
import { bootOf, peerOf, RelayProcess } from './relay-process.ts';

const SOCKET = '/run/wireguard/wg-relay.sock';

mkdirSync('/run/wireguard', { mode: 0o700 });
// Bound under another name: closing a server here removes the name that it was bound to.
const server = createServer();
await new Promise<void>((resolve) => server.listen(`${SOCKET}.new`, resolve));
chmodSync(`${SOCKET}.new`, 0o600);
renameSync(`${SOCKET}.new`, SOCKET);
const descriptor = (server as unknown as { _handle: { fd: number } })._handle.fd;

const a = await Machine.start({ presharedKey: new Uint8Array(32).fill(9) });
const boot = bootOf(
  [
    peerOf('a', a.publicKey, ['10.77.0.2/32', 'fd00:77::2/128'], {
      presharedKey: Buffer.alloc(32, 9).toString('base64'),
      keepalive: 25,
    }),
    peerOf('away', Buffer.alloc(32, 7).toString('base64'), []),
  ],
  { uapiDescriptor: 3 },
);
const relay = await RelayProcess.start(boot, { descriptors: [descriptor] });
server.close();
a.dial(relay.publicKey, relay.port);
a.send(ping4('10.77.0.2', '10.77.0.1'));
await a.receive();

const wg = (...words: string[]) => {
  const { stdout, stderr, status } = spawnSync('wg', words, { encoding: 'utf8' });
  return { stdout, stderr, status };
};
const said = {
  boot,
  publicKey: a.publicKey,
  endpoint: `127.0.0.1:${a.port}`,
  port: relay.port,
  show: wg('show', 'wg-relay'),
  dump: wg('show', 'wg-relay', 'dump'),
  set: wg('set', 'wg-relay', 'peer', Buffer.alloc(32, 7).toString('base64'), 'remove'),
  peersAfter: (await relay.status()).peerCount,
};
process.stdout.write(`${JSON.stringify(said)}\n`);
a.stop();
await relay.stop();
