import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseNetwork } from '../description/parse.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Device, Plan, TunnelInterface } from './plan.ts';
import { planNetwork } from './plan-network.ts';

const HEAD =
  'name: n\ninside: [10.64.0.0/14, "fd00:64::/64"]\nrouters:\n  cloud: {endpoint: "vpn.example.net:51820"}\n';

function planOf(text: string): Plan {
  const { network, diagnostics } = parseNetwork(HEAD + text, 'n.yaml');
  assert.ok(network, diagnostics[0]?.message);
  const planned = planNetwork(network);
  assert.ok(planned.plan, planned.diagnostics[0]?.message);
  return planned.plan;
}

const tunnelOf = (device: Device) => device.interfaces[0] as TunnelInterface;

describe('a plan', () => {
  test('has the router first, then the machines in the order of the file', () => {
    const plan = planOf('machines: {b: {}, a: {}, c: {}}\n');
    assert.deepEqual(
      plan.devices.map(({ kind, name }) => `${kind} ${name}`),
      ['router cloud', 'machine b', 'machine a', 'machine c'],
    );
  });

  test('of the router alone has no peers and no routes but the unreachable ones', () => {
    const { devices } = planOf('');
    assert.equal(devices.length, 1);
    assert.deepEqual(tunnelOf(devices[0]!).peers, []);
    assert.deepEqual(
      devices[0]!.routes.map((route) => `${formatPrefix(route.prefix)} ${route.via.kind}`),
      ['10.64.0.0/14 unreachable', 'fd00:64::/64 unreachable'],
    );
  });

  test('of many machines and LANs holds one list of allowed IPs and routes for all who stand nowhere', () => {
    const lans = Array.from({ length: 100 }, (_, i) => i);
    const carriers = lans.map((i) => `  gw${i}: {lan: lan${i}, lan-address: [10.9.${2 * i}.1]}\n`);
    const others = Array.from({ length: 1000 }, (_, i) => `  m${i}: {}\n`);
    const described = lans.map(
      (i) => `  lan${i}: {prefixes: [10.9.${2 * i}.0/24], via: gw${i}, attach: default-gateway}\n`,
    );
    const plan = planOf(`machines:\n${carriers.join('')}${others.join('')}lans:\n${described.join('')}`);
    const [first, ...rest] = plan.devices.slice(101);
    assert.equal(rest.length, 999);
    assert.equal(tunnelOf(first!).peers[0]!.allowedIps.length, 102);
    for (const each of rest) {
      assert.equal(tunnelOf(each).peers[0]!.allowedIps, tunnelOf(first!).peers[0]!.allowedIps);
      assert.equal(each.routes, first!.routes);
    }
    assert.equal(tunnelOf(plan.devices[1]!).peers[0]!.allowedIps.length, 101);
  });

  test('is made of a machine that is not set up too: a peer without a key', () => {
    const plan = planOf('machines: {phone: {}}\n');
    assert.equal(tunnelOf(plan.devices[0]!).peers[0]!.publicKey, null);
    assert.equal(tunnelOf(plan.devices[1]!).publicKey, null);
  });
});

test('there is no plan of what is not supported yet, however it was read', () => {
  const internet = `machines: {phone: {internet: cloud}, pi: {lan: l, lan-address: [10.9.0.5]}}
lans: {l: {prefixes: [10.9.0.0/24], via: pi, attach: masquerade}}
`;
  const { network } = parseNetwork(HEAD + internet, 'n.yaml', { allowUnsupported: true });
  const { plan, diagnostics } = planNetwork(network!);
  assert.equal(plan, null);
  assert.deepEqual(
    diagnostics.map((each) => each.code),
    ['not-supported-yet'],
  );
});
