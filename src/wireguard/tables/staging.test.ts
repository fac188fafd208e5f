import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random, seedOfRun } from '../../../test/simulated/random.ts';
import { STAGED_PACKETS_PER_PEER } from '../constants.ts';
import { StagedQueue, Staging } from './staging.ts';

const out = new Uint8Array(70_000);

function shifted(staging: Staging, queue: StagedQueue): Uint8Array | null {
  const length = staging.shift(queue, out, 100);
  return length < 0 ? null : out.slice(100, 100 + length);
}

test('packets come out as they went in, in order, with the oldest gone beyond 128', () => {
  const staging = new Staging(2 ** 20);
  const queue = new StagedQueue();
  let lost = 0;
  for (let i = 0; i < 200; i++) lost += staging.add(queue, Uint8Array.of(9, i, i, i), 1, 3);
  assert.equal(lost, 200 - STAGED_PACKETS_PER_PEER);
  for (let i = 200 - STAGED_PACKETS_PER_PEER; i < 200; i++)
    assert.deepEqual(shifted(staging, queue), Uint8Array.of(i, i, i));
  assert.equal(shifted(staging, queue), null);
  assert.equal(staging.usedBytes, 0);
});

test('a full pool costs the queue that grows, and never a packet of another', () => {
  const staging = new Staging(100 * 512);
  const patient = new StagedQueue();
  const greedy = new StagedQueue();
  const late = new StagedQueue();
  staging.add(patient, Uint8Array.of(1), 0, 1);
  let lost = 0;
  for (let i = 0; i < 120; i++) lost += staging.add(greedy, new Uint8Array(512), 0, 512);
  assert.equal(lost, 21);
  assert.equal(greedy.count, 99);
  assert.equal(staging.add(late, Uint8Array.of(2), 0, 1), 1, 'nothing of its own to give: the new one is lost');
  assert.equal(late.count, 0);
  assert.deepEqual(shifted(staging, patient), Uint8Array.of(1));
  assert.equal(staging.usedBytes <= 100 * 512, true);
});

test('a pool is a list of packets for each queue, whatever their sizes', (t) => {
  const random = new Random(seedOfRun(t));
  const staging = new Staging(4 * 2 ** 20);
  const queues = Array.from({ length: 8 }, () => ({ queue: new StagedQueue(), twin: [] as Uint8Array[] }));
  for (let i = 0; i < 20_000; i++) {
    const { queue, twin } = random.pick(queues);
    const what = random.below(10);
    if (what < 5) {
      const packet = random.bytes(random.pick([0, 1, 511, 512, 513, 1024, random.below(3000), 20_000]));
      const before = twin.length + 1;
      twin.push(packet);
      const lost = staging.add(queue, packet, 0, packet.length);
      assert.ok(lost <= before);
      // The new packet itself is lost only when nothing of the queue is left.
      twin.splice(0, lost);
    } else if (what < 9) {
      assert.deepEqual(shifted(staging, queue), twin.shift() ?? null);
    } else {
      assert.equal(staging.clear(queue), twin.length);
      twin.length = 0;
    }
    assert.equal(queue.count, twin.length);
  }
  for (const { queue } of queues) staging.clear(queue);
  assert.equal(staging.usedBytes, 0);
});
