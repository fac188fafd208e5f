import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random, seedOfRun } from '../../../test/simulated/random.ts';
import { IndexTable } from './indextable.ts';

test('the table is a map from index to peer, also when entries come and go', (t) => {
  const random = new Random(seedOfRun(t));
  const table = new IndexTable(random);
  const twin = new Map<number, number>();
  for (let i = 0; i < 60_000; i++) {
    if (random.chance(i < 30_000 ? 0.6 : 0.3) || twin.size === 0) {
      const peer = random.below(1000);
      const index = table.insert(peer);
      assert.ok(!twin.has(index));
      twin.set(index, peer);
    } else {
      const index = random.chance(0.9) ? [...twin.keys()][random.below(Math.min(50, twin.size))]! : random.u32();
      table.remove(index);
      twin.delete(index);
    }
    assert.equal(table.size, twin.size);
    if (i % 1000 === 0) for (const [index, peer] of twin) assert.equal(table.lookup(index), peer);
    const anything = random.u32();
    assert.equal(table.lookup(anything), twin.get(anything) ?? -1);
  }
});

test('indices that fall on one place, and wrap round the end, stay apart', () => {
  const indices = [63, 63 + 64, 63 + 128, 0, 64, 63 + 192, 1];
  let drawn = 0;
  const table = new IndexTable({ ...new Random(1), u32: () => indices[drawn++]! } as unknown as Random);
  for (let peer = 0; peer < indices.length; peer++) table.insert(peer);
  for (const gone of [0, 3, 5, 1]) {
    table.remove(indices[gone]!);
    assert.equal(table.lookup(indices[gone]!), -1);
  }
  for (const left of [2, 4, 6]) assert.equal(table.lookup(indices[left]!), left);
});

test('an index is random and never one that is in use', () => {
  const drawn = [7, 7, 7, 9];
  const table = new IndexTable({ u32: () => drawn.shift()! } as unknown as Random);
  assert.equal(table.insert(1), 7);
  assert.equal(table.insert(2), 9);
  assert.equal(table.lookup(7), 1);
});
