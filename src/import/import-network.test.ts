import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { formatPrefix } from '../net/prefix.ts';
import { publicKeyOf } from '../wireguard/crypto/x25519.ts';
import { importNetwork } from './import-network.ts';
import type { KeyFunctions } from './imported.ts';

const keys: KeyFunctions = {
  publicKeyOf,
  hashPresharedKey: (text) => createHash('sha256').update(text).digest('hex').slice(0, 16),
};

const HUB_KEY = 'wNI6kkYJGzyM6H4qkfCyVjFjs2XkC9dHZQGrmQAJh2I=';
const PHONE_KEY = 'GDeSFaJZ8yV8u3Wq9wEFt1l8mJZ4Tz3ZcYkC2Q1c9Fo=';

function publicText(privateText: string): string {
  return Buffer.from(publicKeyOf(new Uint8Array(Buffer.from(privateText, 'base64')))).toString('base64');
}

const HUB = `[Interface]
Address = 10.67.0.1/24
PrivateKey = ${HUB_KEY}
ListenPort = 51820

[Peer]
# phone
PublicKey = ${publicText(PHONE_KEY)}
AllowedIPs = 10.67.0.2/32
`;
const PHONE = `[Interface]
Address = 10.67.0.2/32
PrivateKey = ${PHONE_KEY}

[Peer]
PublicKey = ${publicText(HUB_KEY)}
AllowedIPs = 10.67.0.0/24
Endpoint = 203.0.113.5:51820
`;

describe('importing a network', () => {
  test('two configurations know each other by their keys', () => {
    const { plan, diagnostics } = importNetwork(
      [
        { path: 'hub.conf', text: HUB },
        { path: 'phone.conf', text: PHONE },
      ],
      keys,
    );
    assert.deepEqual(diagnostics, []);
    assert.deepEqual(
      plan.devices.map((device) => device.name),
      ['hub', 'phone'],
    );
    const peers = plan.devices.map((device) =>
      device.interfaces.flatMap((each) => (each.kind === 'wireguard' ? each.peers.map(({ name }) => name) : [])),
    );
    assert.deepEqual(peers, [['phone'], ['hub']]);
    assert.deepEqual(
      plan.devices[1]!.routes.map((route) => formatPrefix(route.prefix)),
      ['10.67.0.0/24'],
    );
  });

  test('no key is in what comes out but public ones', () => {
    const imported = importNetwork([{ path: 'hub.conf', text: HUB }], keys);
    const bytes = Buffer.from(HUB_KEY, 'base64');
    const text = JSON.stringify(imported, (_, value) =>
      value instanceof Uint8Array
        ? Buffer.from(value).toString('base64')
        : typeof value === 'bigint'
          ? `${value}`
          : value,
    );
    assert.ok(!text.includes(HUB_KEY) && !text.includes(bytes.toString('hex')));
  });

  test('a survey says where machines stand and which facts hold', () => {
    const survey = `machines:
  hub:
    platform: linux
    interfaces: {eth0: [203.0.113.5/24], wg0: [10.67.0.1/24]}
    forwarding: {ipv4: true}
question: {from: phone, to: hub, what: tcp/22}
`;
    const { plan, questions } = importNetwork(
      [
        { path: 'net/hub.conf', text: HUB },
        { path: 'net/phone.conf', text: PHONE },
        { path: 'net/survey.yaml', text: survey },
      ],
      keys,
    );
    const hub = plan.devices.find((device) => device.name === 'hub')!;
    assert.deepEqual(
      hub.interfaces.map(({ id, kind }) => `${kind} ${id}`),
      ['wireguard wg0', 'outer eth0'],
    );
    assert.equal(hub.forwarding.length, 4);
    assert.ok(hub.unknown?.includes('forwarding-ipv6') && !hub.unknown.includes('forwarding-ipv4'));
    assert.equal(questions.length, 1);
    assert.deepEqual(questions[0]!.what, { kind: 'protocol', protocol: 'tcp', ports: { first: 22, last: 22 } });
  });
});
