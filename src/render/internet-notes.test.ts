import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetwork } from '../description/parse.ts';
import { planNetwork } from '../plan/plan-network.ts';
import { internetNotes } from './internet-notes.ts';

/** The notes about a machine of this platform that reaches the internet through a LAN. */
function notesOf(inside: string, platform: string, internet = ', internet: house'): string[] {
  const text = `name: n
inside: [${inside}]
routers: {cloud: {endpoint: "203.0.113.5:51820"}}
machines:
  phone: {platform: ${platform}${internet}}
  pi: {platform: linux, lan: house, lan-address: [10.9.0.5]}
lans:
  house: {prefixes: [10.9.0.0/24], via: pi, attach: masquerade}
`;
  const { network, diagnostics } = parseNetwork(text, 'n.yaml');
  assert.ok(network, diagnostics[0]?.message);
  const { plan } = planNetwork(network);
  return internetNotes(plan!.devices[1]!);
}

const BOTH = '10.66.0.0/24, "fd00:66::/64"';

test('who keeps their own way is told nothing', () => {
  assert.deepEqual(notesOf(BOTH, 'linux', ''), []);
});

test('what goes through the tunnel is said, in halves too, and what does not', () => {
  for (const platform of ['linux', 'windows', 'android']) {
    const [first, second, third] = notesOf(BOTH, platform);
    assert.match(first!, /^everything it sends over IPv4 goes through the tunnel/);
    assert.match(second!, /over IPv6 does not: that goes its own way/);
    assert.match(third!, /asks for names/);
  }
});

test("Android's app blocks a family of which the tunnel has no address, and no other app does", () => {
  assert.match(notesOf('10.66.0.0/24', 'android')[1]!, /^over IPv6 it sends nothing/);
  assert.match(notesOf('10.66.0.0/24', 'ios')[1]!, /goes its own way/);
});
