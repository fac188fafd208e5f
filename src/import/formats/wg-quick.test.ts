import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatAddress } from '../../net/address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { complaints as newComplaints } from '../text/complaints.ts';
import { readWgQuick, type WgConfiguration } from './wg-quick.ts';

const KEY = 'wNI6kkYJGzyM6H4qkfCyVjFjs2XkC9dHZQGrmQAJh2I=';

function read(text: string, ofSurvey = false): { read: WgConfiguration; said: string[] } {
  const complaints = newComplaints();
  const keys = { publicKeyOf: (key: Uint8Array) => key.map((byte) => byte ^ 255), hashPresharedKey: () => 'hash' };
  const made = readWgQuick({ file: 'a.conf', text, firstLine: 1 }, keys, complaints, ofSurvey);
  const { diagnostics } = complaints.said();
  return {
    read: made,
    said: diagnostics.map(
      ({ place, code, severity }) => `${place.line}:${place.column}-${place.endColumn} ${severity} ${code}`,
    ),
  };
}

describe('wg-quick’s files', () => {
  test('everything they can hold', () => {
    const { read: made, said } = read(`# a file
[Interface] # ours
PrivateKey = ${KEY}
address=10.8.0.1/24, fd00:8::1/64
Address = 10.9.0.1
LISTENPORT = 51820
MTU = 1400 # smaller
DNS = 10.8.0.53, home.internal
Table = off
FwMark = 0xca6c
SaveConfig = false
PostUp = echo "#1"; true
PreDown = false

[peer]
# the phone
PublicKey = ${KEY}
PresharedKey = ${KEY}
AllowedIPs = 10.8.0.2/32, fd00:8::2
AllowedIPs = 0.0.0.0/0
Endpoint = [2001:db8::1]:51820
PersistentKeepalive = 25
`);
    assert.deepEqual(said, []);
    assert.deepEqual(
      made.addresses.map(({ value }) => `${formatAddress(value.address)}/${value.length}`),
      ['10.8.0.1/24', 'fd00:8::1/64', '10.9.0.1/32'],
    );
    assert.deepEqual(
      [made.listenPort?.value, made.mtu?.value, made.table?.value, made.mark?.value],
      [51820, 1400, 'off', 0xca6c],
    );
    assert.deepEqual(
      made.dns.map(({ value }) => formatAddress(value)),
      ['10.8.0.53'],
    );
    assert.deepEqual(
      made.hooks.map(({ when, text, place }) => `${place.line} ${when} ${text}`),
      ['12 post-up echo "#1"; true', '13 pre-down false'],
    );
    const [peer] = made.peers;
    assert.deepEqual(
      peer!.allowedIps.map(({ value }) => formatPrefix(value)),
      ['10.8.0.2/32', 'fd00:8::2/128', '0.0.0.0/0'],
    );
    assert.deepEqual(
      [peer!.note?.value, peer!.keepalive?.value, peer!.endpoint?.value.host, peer!.presharedKeyHash?.value],
      ['the phone', 25, '2001:db8::1', 'hash'],
    );
    assert.deepEqual(peer!.allowedIps[1]!.origin, {
      kind: 'file',
      place: { file: 'a.conf', line: 19, column: 27, endColumn: 36 },
    });
  });

  test('a private key becomes its public key, and nothing else of it stays', () => {
    const { read: made } = read(`[Interface]\nPrivateKey = ${KEY}\n`);
    const bytes = new Uint8Array(Buffer.from(KEY, 'base64'));
    assert.deepEqual(
      made.publicKey?.value,
      bytes.map((byte) => byte ^ 255),
    );
    assert.ok(!JSON.stringify(made).includes(KEY.slice(0, 40)));
  });

  test('a survey has the public key in its place', () => {
    const text = `[Interface]\nPublicKey = ${KEY}\n[Peer]\nPublicKey = ${KEY}\nPresharedKey = 0123456789abcdef\n`;
    const made = read(text, true);
    assert.deepEqual(made.said, []);
    assert.deepEqual(made.read.publicKey?.value, new Uint8Array(Buffer.from(KEY, 'base64')));
    assert.equal(made.read.peers[0]!.presharedKeyHash?.value, '0123456789abcdef');
    assert.deepEqual(read(text).said, ['2:1-57 error word-unknown']);
  });

  test('host bits are cut off, with a warning', () => {
    const { read: made, said } = read(`[Peer]\nPublicKey = ${KEY}\nAllowedIPs = 10.9.0.200/28\n`);
    assert.deepEqual(said, ['3:14-27 warning host-bits-set']);
    assert.equal(formatPrefix(made.peers[0]!.allowedIps[0]!.value), '10.9.0.192/28');
  });

  test('what wg-quick refuses is a mistake with its place, and no key is repeated', () => {
    const { said } = read(`Address = 10.0.0.1
[Interface]
PrivateKey = ${KEY.slice(0, 43)}
Address = 10.0.0.300
Gateway = 10.0.0.1
[Server]
x = y
[Peer]
AllowedIPs = 10.0.0.0/33
Endpoint = example.com
what is this
`);
    assert.deepEqual(said, [
      '1:1-19 error section-missing',
      '3:14-57 error key-wrong',
      '4:11-21 error value-wrong',
      '5:1-19 error word-unknown',
      '6:1-9 error section-unknown',
      '9:14-25 error value-wrong',
      '10:12-23 error value-wrong',
      '11:1-13 error value-wrong',
      '8:1-7 error key-missing',
    ]);
  });
});
