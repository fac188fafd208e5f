import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random, seedOfRun } from '../../../test/simulated/random.ts';
import { HostTable } from './hosttable.ts';

test('a table is a map from address to owner, for addresses in a row and at random, that come, move and go', (t) => {
  const random = new Random(seedOfRun(t));
  for (const words of [1, 4] as const) {
    const table = new HostTable(words);
    const twin = new Map<string, { address: Int32Array; owner: number }>();
    const lookup = (address: Int32Array): number =>
      words === 1 ? table.lookup1(address[0]!) : table.lookup4(address[0]!, address[1]!, address[2]!, address[3]!);
    const any = (): Int32Array => {
      const address = new Int32Array(words).fill(0x0a000000);
      address[words - 1] = random.chance(0.7) ? random.below(3000) : random.u32();
      if (random.chance(0.1)) address[0] = random.u32();
      return address;
    };
    for (let i = 0; i < 30_000; i++) {
      const address = any();
      const key = address.join(' ');
      assert.equal(lookup(address), twin.get(key)?.owner ?? -1);
      // The words may lie anywhere.
      const from = new Int32Array(words + 3);
      from.set(address, 3);
      if (random.chance(i < 15_000 ? 0.6 : 0.3)) {
        const owner = random.below(1000);
        table.set(from, 3, owner);
        twin.set(key, { address, owner });
      } else {
        table.remove(from, 3);
        twin.delete(key);
      }
      if (i % 3000 === 0) for (const entry of twin.values()) assert.equal(lookup(entry.address), entry.owner);
    }
  }
});
