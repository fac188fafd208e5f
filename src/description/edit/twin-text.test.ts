import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetwork } from '../parse.ts';
import { twinText } from './twin-text.ts';

test('a twin has keys of its own, Linux where something else would be generated, and asserts nothing', () => {
  const text = twinText(`# a network
name: home
inside: [10.66.0.0/24]
routers:
  cloud: {endpoint: "203.0.113.5:51820", public-key: PhT4q6FzWH3wK0mLQGcdP2cDpgwXIVjzoKM7EYvHqS4=}
machines:
  phone: {platform: ios, public-key: PhT4q6FzWH3wK0mLQGcdP2cDpgwXIVjzoKM7EYvHqS4=, note: "hers: blue"}
  hex: {platform: routeros}
  mac: {platform: macos, lan: [home, guests], lan-address: [192.168.1.5, 192.168.9.5]}
lans:
  home:
    prefixes: [192.168.1.0/24]
    via: mac
    attach: static-route
    default-gateway: {address: [192.168.1.1], platform: fritzbox}
  guests: {prefixes: [192.168.9.0/24], via: mac, attach: static-route, default-gateway: [192.168.9.1]}
expect:
  - phone reaches home
`);
  const { network, diagnostics } = parseNetwork(text, 'network.yaml');
  assert.deepEqual(diagnostics, []);
  const { routers, machines, lans, expect } = network!;
  assert.deepEqual(expect, []);
  assert.deepEqual(
    [...routers, ...machines].map(({ publicKey }) => publicKey),
    [undefined, undefined, undefined, undefined],
  );
  assert.deepEqual(
    machines.map(({ name, platform }) => [name.value, platform?.value]),
    [
      ['phone', 'ios'],
      ['hex', 'linux'],
      ['mac', 'linux'],
    ],
  );
  assert.equal(machines[0]!.note?.value, 'hers: blue');
  assert.deepEqual(
    lans.map((lan) => lan.defaultGatewayPlatform?.value),
    ['linux', 'linux'],
  );
});
