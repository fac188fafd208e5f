import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatPrefix } from '../../net/prefix.ts';
import { complaints as newComplaints } from '../text/complaints.ts';
import { type LiveTunnel, readWgDump, readWgShow } from './wg-show.ts';

const A = 'wNI6kkYJGzyM6H4qkfCyVjFjs2XkC9dHZQGrmQAJh2I=';
const B = 'GDeSFaJZ8yV8u3Wq9wEFt1l8mJZ4Tz3ZcYkC2Q1c9Fo=';
const keys = { publicKeyOf: (key: Uint8Array) => key, hashPresharedKey: () => 'hash' };

function short(tunnels: readonly LiveTunnel[]): string[] {
  return tunnels.flatMap((tunnel) => [
    `${tunnel.id} ${tunnel.listenPort?.value ?? '-'} ${tunnel.publicKey ? 'key' : '-'}`,
    ...tunnel.peers.map((peer) =>
      [
        ` ${peer.endpoint ? `${peer.endpoint.value.host}:${peer.endpoint.value.port}` : '-'}`,
        peer.allowedIps.map(({ value }) => formatPrefix(value)).join(','),
        peer.presharedKeyHash?.value ?? '-',
        peer.keepalive?.value ?? '-',
        peer.latestHandshake,
        peer.received,
        peer.sent,
      ].join(' '),
    ),
  ]);
}

describe('what wg show prints', () => {
  test('a dump of all interfaces', () => {
    const complaints = newComplaints();
    const text = [
      `wg0\t${A}\t${B}\t51820\toff`,
      `wg0\t${B}\t(none)\t203.0.113.9:4711\t10.8.0.2/32,fd00::2/128\t1700000000\t123\t456\t25`,
      `wg0\t${A}\t${B}\t(none)\t(none)\t0\t0\t0\toff`,
      `wg1\t(hidden)\t${A}\t0\t0xca6c`,
    ].join('\n');
    assert.deepEqual(short(readWgDump({ file: 'x', text, firstLine: 1 }, keys, complaints, null)), [
      'wg0 51820 key',
      ' 203.0.113.9:4711 10.8.0.2/32,fd00::2/128 - 25 1700000000 123 456',
      ' -  hash - 0 0 0',
      'wg1 - key',
    ]);
    assert.deepEqual(complaints.said().diagnostics, []);
  });

  test('a dump of one interface, which its lines do not name', () => {
    const complaints = newComplaints();
    const text = `${A}\t${B}\t51820\toff\n${B}\t0123456789abcdef\t[2001:db8::1]:1\t10.0.0.0/8\t1\t2\t3\toff\nrubbish\n`;
    assert.deepEqual(short(readWgDump({ file: 'x', text, firstLine: 1 }, keys, complaints, 'wg7')), [
      'wg7 51820 key',
      ' 2001:db8::1:1 10.0.0.0/8 0123456789abcdef - 1 2 3',
    ]);
    assert.equal(complaints.said().diagnostics.length, 1);
  });

  test('the text for people', () => {
    const complaints = newComplaints();
    const text = `interface: wg0
  public key: ${A}
  private key: (hidden)
  listening port: 51820

peer: ${B}
  preshared key: (hidden)
  endpoint: 203.0.113.9:4711
  allowed ips: 10.8.0.2/32, 192.168.1.0/24
  latest handshake: 1 minute, 3 seconds ago
  transfer: 1.50 KiB received, 2 B sent
  persistent keepalive: every 25 seconds

peer: ${A}
  allowed ips: (none)
`;
    assert.deepEqual(short(readWgShow({ file: 'x', text, firstLine: 1 }, keys, complaints)), [
      'wg0 51820 key',
      ' 203.0.113.9:4711 10.8.0.2/32,192.168.1.0/24 - 25 1 1536 2',
      ' -  - - 0 0 0',
    ]);
    assert.deepEqual(complaints.said().diagnostics, []);
  });
});
