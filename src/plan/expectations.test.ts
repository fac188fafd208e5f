import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetwork } from '../description/parse.ts';
import { directoryOf } from './directory.ts';
import { expectationMistakes, plannedExpectations } from './expectations.ts';
import type { Subject } from './plan.ts';

const FILE = `
name: home
inside: [10.66.0.0/24, "fd4c:91b7:2ae0::/64"]
routers: {cloud: {endpoint: "203.0.113.5:51820"}}
machines: {phone: {}, pi: {lan: home, lan-address: [192.168.1.5, "fd4c:91b7:2ae0:1::5"]}}
lans:
  home:
    prefixes: [192.168.1.0/24, "fd4c:91b7:2ae0:1::/64"]
    via: pi
    attach: masquerade
    hosts: {nas: [192.168.1.10], tv: ["fd4c:91b7:2ae0:1::7"]}
groups:
  family: [phone, both]
  both: [home, phone, nas]
`;

function directory(...sentences: string[]) {
  const expect = sentences.map((each) => `  - ${each}\n`).join('');
  const { network, diagnostics } = parseNetwork(`${FILE}expect:\n${expect}`, 'network.yaml', {
    allowUnsupported: true,
  });
  assert.ok(network, diagnostics[0]?.message);
  return directoryOf(network)!;
}

const shown = (subjects: readonly Subject[]) =>
  subjects.map((each) => (each.kind === 'unnamed' ? `others of ${each.lan}` : `${each.kind} ${each.name}`));

test('a LAN stands for its hosts and the unnamed one, a group for its members, each once', () => {
  const [group, all] = plannedExpectations(
    directory('family reaches cloud on tcp/80-90 over ipv4', 'everyone does not reach inside'),
  );
  assert.deepEqual(shown(group!.from).toSorted(), ['host nas', 'host tv', 'machine phone', 'others of home']);
  assert.equal(group!.text, 'family reaches cloud on tcp/80-90 over ipv4');
  assert.deepEqual(shown(all!.to), ['router cloud', 'machine phone', 'machine pi']);
  assert.equal(all!.from.length, 6);
  assert.equal(all!.reaches, false);
});

test('things without a common family cannot be expected to reach each other', () => {
  const messages = expectationMistakes(
    directory('nas reaches tv', 'nas does not reach tv', 'phone reaches nas over ipv6', 'home reaches phone'),
  ).map((each) => each.message);
  assert.deepEqual(messages, [
    'Cannot expect "nas" to reach "tv": "nas" and "tv" have no address family in common',
    'Cannot expect this over IPv6: not both of "phone" and "nas" have it',
  ]);
});
