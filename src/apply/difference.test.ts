import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { peerOf } from '../relay/loopback/relay-process.ts';
import type { PeerConfig, PeerStatus, RouterConfig } from '../relay/messages.ts';
import type { Observed } from './backend.ts';
import { differenceOf, isEmpty } from './difference.ts';

const router: RouterConfig = {
  name: 'cloud',
  listenPort: 51820,
  addresses: ['10.66.0.1', 'fd00::1'],
  mtu: 1420,
  described: [],
};
const nothingTold = new Map<string, PeerConfig>();

function peer(name: string, more: Partial<PeerConfig> = {}): PeerConfig {
  return peerOf(name, `key of ${name}`, [], more);
}

function status({ presharedKey, ...shown }: PeerConfig): PeerStatus {
  const traffic = { lastHandshakeAt: null, lastReceivedAt: null, receivedBytes: 0, sentBytes: 0, drops: {} };
  return { ...shown, ...traffic, endpoint: '198.51.100.7:4000', hasPresharedKey: presharedKey !== null };
}

function observed(peers: readonly PeerConfig[]): Observed {
  return { router, peers: peers.map(status) };
}

function told(peers: readonly PeerConfig[]): Map<string, PeerConfig> {
  return new Map(peers.map((each) => [each.publicKey, each]));
}

test('nothing differs when the router holds what it should', () => {
  const peers = [peer('phone', { allowedIps: ['10.66.0.2/32', 'fd00::2/128'], endpoint: 'a.example:1' }), peer('pi')];
  assert.ok(isEmpty(differenceOf({ router, peers }, observed(peers), told(peers))));
});

test('the order of prefixes and of addresses is no difference', () => {
  const before = [peer('phone', { allowedIps: ['10.66.0.2/32', 'fd00::2/128'] })];
  const after = [peer('phone', { allowedIps: ['fd00::2/128', '10.66.0.2/32'] })];
  const turned = { ...router, addresses: [...router.addresses].reverse() };
  assert.ok(isEmpty(differenceOf({ router: turned, peers: after }, observed(before), told(before))));
});

test('a peer that is new is added, one that is gone removed, the third left alone', () => {
  const [phone, pi, laptop] = [peer('phone'), peer('pi'), peer('laptop')];
  const difference = differenceOf({ router, peers: [phone, laptop] }, observed([phone, pi]), told([phone, pi]));
  assert.deepEqual(difference.set, [laptop]);
  assert.deepEqual(difference.remove, [pi.publicKey]);
  assert.deepEqual([difference.added, difference.changed, difference.removed], [['laptop'], [], ['pi']]);
});

for (const [field, more] of Object.entries({
  name: { name: 'tablet' },
  presharedKey: { presharedKey: 'secret' },
  allowedIps: { allowedIps: ['10.66.0.9/32'] },
  exitFor: { exitFor: ['10.66.0.9/32'] },
  endpoint: { endpoint: 'b.example:1' },
  keepalive: { keepalive: 25 },
  mtu: { mtu: 1412 },
  expires: { expires: 1 },
})) {
  test(`a peer whose ${field} differs is set, nobody else`, () => {
    const [phone, pi] = [peer('phone', { allowedIps: ['10.66.0.2/32'] }), peer('pi')];
    const changed = { ...phone, ...more };
    const difference = differenceOf({ router, peers: [changed, pi] }, observed([phone, pi]), told([phone, pi]));
    assert.deepEqual(difference.set, [changed]);
    assert.deepEqual(difference.changed, [changed.name]);
    assert.deepEqual(difference.remove, []);
  });
}

test('a preshared key that became another is seen although no backend shows it', () => {
  const phone = peer('phone', { presharedKey: 'first' });
  const changed = { ...phone, presharedKey: 'second' };
  const difference = differenceOf({ router, peers: [changed] }, observed([phone]), told([phone]));
  assert.deepEqual(difference.changed, ['phone']);
});

test('a peer that was never told is told, and is no news', () => {
  const phone = peer('phone', { presharedKey: 'first' });
  const difference = differenceOf({ router, peers: [phone] }, observed([phone]), nothingTold);
  assert.deepEqual(difference.set, [phone]);
  assert.deepEqual([difference.added, difference.changed, difference.removed], [[], [], []]);
});

test('where the machine chose the port, any port is right', () => {
  const chosen = { router: { ...router, listenPort: 0 }, peers: [] };
  assert.equal(differenceOf(chosen, observed([]), nothingTold).router, null);
  const fixed = { router: { ...router, listenPort: 51821 }, peers: [] };
  assert.deepEqual(differenceOf(fixed, observed([]), nothingTold).router, fixed.router);
});

test('what is described beside the peers is a difference of the router', () => {
  const described = { ...router, described: ['10.66.0.0/24'] };
  assert.deepEqual(differenceOf({ router: described, peers: [] }, observed([]), nothingTold).router, described);
});

test('an exit that moves is given away before it is taken', () => {
  const before = [peer('a', { exitFor: ['10.66.0.2/32', '10.66.0.3/32'] }), peer('b')];
  const after = [peer('a', { exitFor: ['10.66.0.2/32'] }), peer('b', { exitFor: ['10.66.0.3/32'] })];
  const { narrowed } = differenceOf({ router, peers: after }, observed(before), told(before));
  assert.deepEqual(
    narrowed.map(({ name, exitFor }) => [name, exitFor]),
    [['a', ['10.66.0.2/32']]],
  );
});

test('a prefix that moves is given away before it is taken', () => {
  const before = [peer('a', { allowedIps: ['1.0.0.0/8', '2.0.0.0/8'] }), peer('b', { allowedIps: ['3.0.0.0/8'] })];
  const after = [peer('a', { allowedIps: ['2.0.0.0/8', '3.0.0.0/8'] }), peer('b', { allowedIps: ['1.0.0.0/8'] })];
  const { narrowed } = differenceOf({ router, peers: after }, observed(before), told(before));
  assert.deepEqual(
    narrowed.map(({ name, allowedIps }) => [name, allowedIps]),
    [
      ['a', ['2.0.0.0/8']],
      ['b', []],
    ],
  );
});

test('applying any difference gives what was wanted, and no prefix has two owners on the way', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 5 });
  const side = fc.tuple(names, fc.array(fc.nat(4), { minLength: 8, maxLength: 8 }));
  fc.assert(
    fc.property(side, side, ([namesBefore, ownersBefore], [namesAfter, ownersAfter]) => {
      const before = share(namesBefore, ownersBefore);
      const after = share(namesAfter, ownersAfter);
      const difference = differenceOf({ router, peers: after }, observed(before), told(before));
      const state = new Map(before.map((each) => [each.name, each]));
      for (const name of difference.removed) state.delete(name);
      for (const each of [...difference.narrowed, ...difference.set]) {
        for (const other of state.values()) {
          if (other.name === each.name) continue;
          assert.ok(!other.allowedIps.some((prefix) => each.allowedIps.includes(prefix)), 'a prefix has two owners');
        }
        state.set(each.name, each);
      }
      assert.deepEqual(new Map(state), new Map(after.map((each) => [each.name, each])));
    }),
    { seed: process.env.SEED ? Number(process.env.SEED) : undefined },
  );
});

/** Eight prefixes shared among the peers named; `owners` says which has the nth. */
function share(names: readonly string[], owners: readonly number[]): PeerConfig[] {
  return names.map((name, index) =>
    peer(name, { allowedIps: owners.flatMap((owner, n) => (owner === index ? [`10.${n}.0.0/16`] : [])) }),
  );
}
