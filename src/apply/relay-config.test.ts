import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetwork } from '../description/parse.ts';
import { formatKey } from '../net/key.ts';
import type { Plan } from '../plan/plan.ts';
import { planNetwork } from '../plan/plan-network.ts';
import { describedMachines, EXPIRED_ALL_ALONG, relayConfig, routerName, routerPublicKey } from './relay-config.ts';

const KEY = (n: number) => formatKey(new Uint8Array(32).fill(n));

const TEXT = `name: home
inside: [10.66.0.0/24, "fd4c:91b7:2ae0::/64"]
routers:
  cloud:
    endpoint: vpn.example.net:51821
    public-key: ${KEY(1)}
machines:
  phone:
    platform: ios
    public-key: ${KEY(2)}
    expires: 2027-01-31
  pi:
    platform: linux
    public-key: ${KEY(3)}
    endpoint: pi.example.net:51820
    path-mtu: 1492
    lan: house
    lan-address: [192.168.7.5]
  tablet:
    platform: android
lans:
  house:
    prefixes: [192.168.7.0/24]
    via: pi
    attach: static-route
    default-gateway: [192.168.7.1]
`;

function plan(text = TEXT): Plan {
  const { network, diagnostics } = parseNetwork(text, 'network.yaml');
  assert.ok(network, JSON.stringify(diagnostics));
  const result = planNetwork(network);
  assert.ok(result.plan, JSON.stringify(result.diagnostics));
  return result.plan;
}

test('the relay is told the router as planned', () => {
  const { router } = relayConfig(plan(), new Map());
  assert.deepEqual(router, {
    name: 'cloud',
    listenPort: 51821,
    addresses: ['10.66.0.1', 'fd4c:91b7:2ae0::1'],
    mtu: 1420,
    described: [],
  });
  assert.equal(routerName(plan()), 'cloud');
  assert.deepEqual(routerPublicKey(plan()), new Uint8Array(32).fill(1));
});

test('machines with a public key are peers, with their preshared key, their LAN and the day they expire', () => {
  const { peers } = relayConfig(plan(), new Map([['phone', new Uint8Array(32).fill(9)]]));
  assert.deepEqual(
    peers.map(({ name, publicKey, presharedKey, allowedIps, endpoint, mtu, expires }) => ({
      name,
      publicKey,
      presharedKey,
      allowedIps: [...allowedIps].sort(),
      endpoint,
      mtu,
      expires,
    })),
    [
      {
        name: 'phone',
        publicKey: KEY(2),
        presharedKey: KEY(9),
        allowedIps: ['10.66.0.2/32', 'fd4c:91b7:2ae0::2/128'],
        endpoint: null,
        mtu: 1420,
        expires: Date.UTC(2027, 1, 1),
      },
      {
        name: 'pi',
        publicKey: KEY(3),
        presharedKey: null,
        allowedIps: ['10.66.0.3/32', '192.168.7.0/24', 'fd4c:91b7:2ae0::3/128'],
        endpoint: 'pi.example.net:51820',
        mtu: 1412,
        expires: null,
      },
    ],
  );
});

test('what a machine’s path carries is its MTU at the router, never more than the router’s own', () => {
  const mtus = (phone: string, cloud: string) => {
    const stated = TEXT.replace('    platform: ios\n', `    platform: ios\n    ${phone}\n`);
    const { router, peers } = relayConfig(plan(stated.replace('  cloud:\n', `  cloud:\n    ${cloud}\n`)), new Map());
    return [router.mtu, ...peers.map(({ mtu }) => mtu)];
  };
  assert.deepEqual(mtus('mtu: 1300', 'path-mtu: 1500'), [1420, 1300, 1412]);
  assert.deepEqual(mtus('mtu: 1500', 'mtu: 1380'), [1380, 1380, 1380]);
});

test('a machine without a public key is no peer yet, and is said to be none', () => {
  assert.deepEqual(relayConfig(plan(), new Map()).notSetUp, ['tablet']);
});

test('every machine is described, set up or not', () => {
  assert.deepEqual(
    describedMachines(plan()).map(({ name, isSetUp, isDisabled, expires }) => [name, isSetUp, isDisabled, expires]),
    [
      ['phone', true, false, Date.UTC(2027, 1, 1)],
      ['pi', true, false, null],
      ['tablet', false, false, null],
    ],
  );
});

test('a disabled machine stays a peer with all that is its own, and one whose time is over', () => {
  const enabled = plan();
  const disabled = plan(TEXT.replace('platform: ios', 'platform: ios\n    disabled: true'));
  const [before, after] = [enabled, disabled].map((each) => relayConfig(each, new Map()).peers);
  assert.deepEqual(after, [{ ...before![0]!, expires: EXPIRED_ALL_ALONG }, before![1]]);
  assert.equal(EXPIRED_ALL_ALONG, 0);
  const [phone] = describedMachines(disabled);
  assert.deepEqual([phone!.isDisabled, phone!.expires], [true, Date.UTC(2027, 1, 1)]);
  const again = plan(TEXT.replace('platform: ios', 'platform: ios\n    disabled: false'));
  assert.deepEqual(relayConfig(again, new Map()), relayConfig(enabled, new Map()));
});
