import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { TablePeer } from './peer-table.ts';
import { uapiAnswer } from './uapi.ts';

const peer = {
  config: { allowedIps: ['10.77.0.2/32', 'fd00::/64'], keepalive: 25 },
  peer: {
    publicKey: new Uint8Array(32).fill(0xab),
    presharedKey: new Uint8Array(32).fill(0xcd),
    endpoint: { family: 6, address: 'fe80::1%eth0', port: 7 },
    lastHandshakeAt: 1_500,
    sentBytes: 12,
    receivedBytes: 34,
  },
} as unknown as TablePeer;

const subject = { port: 51820, tablePeers: () => [peer], wallTime: (moment: number) => 1_700_000_000_000 + moment };

test('get=1 shows everything but the secrets', () => {
  assert.equal(
    uapiAnswer('get=1', subject),
    [
      'listen_port=51820',
      `public_key=${'ab'.repeat(32)}`,
      'endpoint=[fe80::1%eth0]:7',
      'last_handshake_time_sec=1700000001',
      'last_handshake_time_nsec=500000000',
      'tx_bytes=12',
      'rx_bytes=34',
      'persistent_keepalive_interval=25',
      'allowed_ip=10.77.0.2/32',
      'allowed_ip=fd00::/64',
      'protocol_version=1',
      'errno=0',
      '',
      '',
    ].join('\n'),
  );
});

test('a peer that was never heard of has no endpoint and no handshake', () => {
  const away = { ...peer, peer: { ...peer.peer, endpoint: null, lastHandshakeAt: null } } as unknown as TablePeer;
  const answer = uapiAnswer('get=1', { ...subject, tablePeers: () => [away] });
  assert.doesNotMatch(answer, /endpoint/);
  assert.match(answer, /last_handshake_time_sec=0\nlast_handshake_time_nsec=0\n/);
});

test('set=1 is refused, and so is anything else', () => {
  assert.equal(uapiAnswer('set=1', subject), 'errno=-1\n\n');
  assert.equal(uapiAnswer('get=2', subject), 'errno=-22\n\n');
});

/** Why `wg` cannot be asked here, or false. */
function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'needs root, for a mount namespace';
  if (spawnSync('wg', ['--version']).error) return 'wg is not installed';
  if (spawnSync('unshare', ['-m', 'true']).status !== 0) return 'mount namespaces are not to be had here';
  return false;
}

test('wg show tells of a relay, and wg set cannot change it', { skip: whyNot() }, () => {
  const script = fileURLToPath(new URL('loopback/wg-show.ts', import.meta.url));
  const inside = `mount -t tmpfs tmpfs /run && exec "$0" "$1"`;
  const run = spawnSync('unshare', ['-m', 'sh', '-c', inside, process.execPath, script], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const said = JSON.parse(run.stdout);
  assert.equal(said.show.status, 0, said.show.stderr);
  assert.match(said.show.stdout, new RegExp(`listening port: ${said.port}`));
  assert.match(
    said.show.stdout,
    new RegExp(`peer: ${said.publicKey.replaceAll('+', '\\+')}\n {2}endpoint: ${said.endpoint}`),
  );
  assert.match(said.show.stdout, /allowed ips: 10\.77\.0\.2\/32, fd00:77::2\/128/);
  assert.match(said.show.stdout, /latest handshake: (Now|[0-9]+ seconds? ago)/);
  assert.match(said.show.stdout, /transfer: [0-9.]+ .*B received, [0-9.]+ .*B sent/);
  assert.match(said.show.stdout, /persistent keepalive: every 25 seconds/);
  const dump = said.dump.stdout.split('\n');
  assert.equal(dump[0], `(none)\t(none)\t${said.port}\toff`);
  assert.equal(dump[1].split('\t')[1], '(none)');
  assert.ok(!run.stdout.replace(JSON.stringify(said.boot), '').includes(said.boot.privateKey));
  assert.notEqual(said.set.status, 0);
  assert.equal(said.peersAfter, 2);
});
