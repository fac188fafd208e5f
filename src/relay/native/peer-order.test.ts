import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ROW_INTS, STATUS, STATUS_CONSUMED, STATUS_READY, TO_PEER } from '../../wireguard/batch.ts';
import { PeerOrder } from './peer-order.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

test('rows are sorted by peer, peers by their first row, and each peer keeps its order; others are left out', () => {
  const order = new PeerOrder();
  const row = fc.record({ peer: fc.oneof(fc.nat(5), fc.nat(20_000)), isReady: fc.boolean() });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 200 }), (described) => {
      const rows = new Int32Array(described.length * ROW_INTS);
      for (const [i, { peer, isReady }] of described.entries()) {
        rows[i * ROW_INTS + TO_PEER] = peer;
        rows[i * ROW_INTS + STATUS] = isReady ? STATUS_READY : STATUS_CONSUMED;
      }
      const byPeer = new Map<number, number[]>();
      for (const [i, { peer, isReady }] of described.entries()) {
        if (isReady) byPeer.set(peer, [...(byPeer.get(peer) ?? []), i]);
      }
      const written = new Int32Array(described.length);
      const count = order.write(rows, described.length, written);
      assert.deepEqual([...written.subarray(0, count)], [...byPeer.values()].flat());
    }),
  );
});
