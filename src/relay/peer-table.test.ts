import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatEndpoint } from '../net/endpoint.ts';
import { formatPrefix } from '../net/prefix.ts';
import { SLOT_BYTES } from '../wireguard/batch.ts';
import { NodeCryptoAead } from '../wireguard/crypto/node-crypto.ts';
import { systemEntropy } from '../wireguard/crypto/system-entropy.ts';
import { Device } from '../wireguard/device.ts';
import { peerOf } from './loopback/relay-process.ts';
import type { PeerConfig } from './messages.ts';
import { ChangeMistake, PeerTable } from './peer-table.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const KEY = (i: number) => Buffer.alloc(32, i + 1).toString('base64');
const OWN = Buffer.alloc(32, 255).toString('base64');

class Example {
  readonly device = new Device({
    aead: new NodeCryptoAead(SLOT_BYTES, 16),
    entropy: systemEntropy,
    wallClock: () => 0,
    output: () => undefined,
  });
  readonly events: string[] = [];
  readonly table = new PeerTable(this.device, {
    endpointConfigured: (publicKey, endpoint) =>
      this.events.push(`${numberOf(publicKey)} at ${endpoint === null ? 'nowhere' : formatEndpoint(endpoint)}`),
    removed: (publicKey) => this.events.push(`${numberOf(publicKey)} removed`),
    lastSeen: (publicKey) => (numberOf(publicKey) === 7 ? { family: 4, address: '203.0.113.7', port: 7 } : null),
  });

  change(set: readonly PeerConfig[], remove: readonly string[] = []) {
    return this.table.apply(this.table.check(set, remove, OWN), 0);
  }

  /** What each peer of the device owns, as text. */
  owned(): Record<string, string[]> {
    const owned: Record<string, string[]> = {};
    for (const { config, peer } of this.table.values()) owned[config.name] = peer.allowedIps.map(formatPrefix).sort();
    return owned;
  }
}

function numberOf(publicKey: string): number {
  return Buffer.from(publicKey, 'base64')[0]! - 1;
}

function peer(i: number, allowedIps: readonly string[], change: Partial<PeerConfig> = {}): PeerConfig {
  return peerOf(`m${i}`, KEY(i), allowedIps, change);
}

test('peers are added, changed, left as they are and removed, and counted so', () => {
  const example = new Example();
  const three = [peer(0, ['10.0.0.0/32']), peer(1, ['10.0.0.1/32']), peer(2, ['10.0.0.2/32'])];
  assert.deepEqual(example.change(three), { added: 3, changed: 0, removed: 0 });
  assert.deepEqual(example.change(three), { added: 0, changed: 0, removed: 0 });
  assert.deepEqual(example.change([peer(1, ['10.0.0.1/32'], { keepalive: 9 }), three[0]!], [KEY(2), KEY(3)]), {
    added: 0,
    changed: 1,
    removed: 1,
  });
  assert.deepEqual(
    [...example.table.values()].map(({ config }) => config.name),
    ['m0', 'm1'],
    'in their first order',
  );
  assert.equal(example.table.byKey(KEY(1))!.peer.keepaliveSeconds, 9);
  assert.deepEqual(example.events, ['2 removed']);
});

test('each field of a peer alone is a change, and it arrives at the device', () => {
  const example = new Example();
  example.change([peer(0, ['10.0.0.0/32'])]);
  const { peer: device } = example.table.byKey(KEY(0))!;
  const became = (change: Partial<PeerConfig>) => {
    const { changed } = example.change([{ ...example.table.byKey(KEY(0))!.config, ...change }]);
    assert.equal(changed, 1, JSON.stringify(change));
  };
  became({ name: 'other' });
  became({ presharedKey: KEY(9) });
  assert.deepEqual([device.hasPresharedKey, device.presharedKey[0]], [true, 10]);
  became({ presharedKey: null });
  assert.equal(device.hasPresharedKey, false);
  became({ allowedIps: ['10.0.0.9/32', 'fd00::/64'] });
  assert.deepEqual(example.owned(), { other: ['10.0.0.9/32', 'fd00::/64'] });
  became({ exitFor: ['10.0.0.7/32', 'fd00::7/128'] });
  assert.deepEqual(example.device.exits.usersOf(device.id).map(formatPrefix).sort(), ['10.0.0.7/32', 'fd00::7/128']);
  became({ exitFor: ['fd00::7/128'] });
  assert.deepEqual(example.device.exits.usersOf(device.id).map(formatPrefix), ['fd00::7/128']);
  became({ keepalive: 25 });
  assert.equal(device.keepaliveSeconds, 25);
  became({ mtu: 1412 });
  assert.equal(device.mtuBytes, 1412);
  became({ expires: -1 });
  assert.equal(device.isExpired, true);
  became({ expires: null });
  assert.equal(device.isExpired, false);
  became({ endpoint: 'x.example.net:7' });
  became({ endpoint: null });
  assert.deepEqual(example.events, ['0 at x.example.net:7', '0 at nowhere']);
  assert.equal(example.table.byKey(KEY(0))!.peer, device, 'it was the same peer all the time');
});

test('an exit belongs to one peer, and moves within a change', () => {
  const example = new Example();
  const [a, b] = [peer(0, [], { exitFor: ['10.0.0.9/32'] }), peer(1, ['10.0.0.9/32'])];
  example.change([a, b]);
  const both = { ...b, exitFor: ['10.0.0.9/32'] };
  assert.throws(
    () => example.change([both]),
    (error: Error) => error instanceof ChangeMistake && error.code === 'prefix-taken' && /exit for/.test(error.message),
  );
  example.change([both, { ...a, exitFor: [] }]);
  const { id } = example.table.byKey(KEY(1))!.peer;
  assert.deepEqual(example.device.exits.usersOf(id).map(formatPrefix), ['10.0.0.9/32']);
  example.change([], [KEY(1)]);
  assert.deepEqual(example.device.exits.usersOf(id), []);
});

test('a peer that is set to what it is stays where it was heard from', () => {
  const example = new Example();
  example.change([peer(0, [], { endpoint: '203.0.113.1:1' })]);
  const { peer: device } = example.table.byKey(KEY(0))!;
  device.endpoint = { family: 4, address: '198.51.100.9', port: 9 };
  example.change([peer(0, ['10.0.0.1/32'], { endpoint: '203.0.113.1:1' })]);
  assert.equal(device.endpoint.port, 9);
  assert.deepEqual(example.events, ['0 at 203.0.113.1:1']);
});

test('a new peer without a configured endpoint is where it was last seen', () => {
  const example = new Example();
  example.change([peer(7, []), peer(8, []), { ...peer(6, []), endpoint: '203.0.113.6:6' }]);
  assert.deepEqual(
    [6, 7, 8].map((i) => example.table.byKey(KEY(i))!.peer.endpoint?.port ?? null),
    [null, 7, null],
  );
});

test('two peers may exchange their prefixes in one change', () => {
  const example = new Example();
  example.change([peer(0, ['10.0.0.0/24', '10.0.1.0/24']), peer(1, ['10.0.2.0/24'])]);
  example.change([peer(0, ['10.0.2.0/24', '10.0.1.0/24']), peer(1, ['10.0.0.0/24'])]);
  assert.deepEqual(example.owned(), { m0: ['10.0.1.0/24', '10.0.2.0/24'], m1: ['10.0.0.0/24'] });
  // And the table knows it: giving one back to its first owner alone is a clash.
  assert.throws(() => example.change([peer(0, ['10.0.0.0/24'])]), ChangeMistake);
});

test('a prefix of a removed peer is free for another in the same change', () => {
  const example = new Example();
  example.change([peer(0, ['10.0.0.0/24'])]);
  assert.deepEqual(example.change([peer(1, ['10.0.0.0/24'])], [KEY(0)]), { added: 1, changed: 0, removed: 1 });
  assert.deepEqual(example.owned(), { m1: ['10.0.0.0/24'] });
});

test('a nested prefix is no clash', () => {
  const example = new Example();
  example.change([peer(0, ['10.0.0.0/8']), peer(1, ['10.0.0.0/24', '::/0']), peer(2, ['::/0'].slice(1))]);
  assert.deepEqual(example.owned(), { m0: ['10.0.0.0/8'], m1: ['10.0.0.0/24', '::/0'], m2: [] });
});

test(`after any changes each prefix is owned by who was told last, or the change was refused (SEED=${seed})`, () => {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const example = new Example();
  /** The obvious way: peers by number, prefixes as sets. */
  let model = new Map<number, Set<string>>();
  let refusals = 0;
  for (let round = 0; round < 2_000; round++) {
    const remove = Array.from({ length: random(2) }, () => random(8));
    const numbers = [...new Set(Array.from({ length: random(4) }, () => random(8)))];
    const set = numbers.map((i) =>
      peer(i, [...new Set(Array.from({ length: random(4) }, () => `10.${random(12)}.0.0/16`))]),
    );
    const next = new Map(model);
    for (const i of remove) next.delete(i);
    for (const each of set) next.set(numberOf(each.publicKey), new Set(each.allowedIps));
    const all = [...next.values()].flatMap((prefixes) => [...prefixes]);
    const isClash = new Set(all).size < all.length;
    const change = () => example.change(set, remove.map(KEY));
    if (isClash) {
      assert.throws(change, ChangeMistake, `round ${round}`);
      refusals++;
    } else {
      change();
      model = next;
    }
    const expected = Object.fromEntries([...model].map(([i, prefixes]) => [`m${i}`, [...prefixes].sort()]));
    assert.deepEqual(example.owned(), expected, `round ${round}`);
  }
  assert.ok(refusals > 100 && refusals < 1_900, `${refusals}`);
});
