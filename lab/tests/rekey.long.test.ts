/**
 * Five real minutes, across real changes of keys: no packet of a steady stream is missing.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { makeHub } from '../hub.ts';
import type { Machine } from '../machine.ts';
import { Lab } from '../namespace.ts';
import { PingStream } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { ENDPOINT, twoMachines } from '../two-machines.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

const MINUTES = 5;
/** REKEY_AFTER_TIME: whoever began the last handshake begins another when it sends after this time. */
const REKEY_AFTER_SECONDS = 120;

describe('a stream of five minutes', { skip }, () => {
  const lab = new Lab();
  let phone: Machine;
  let laptop: Machine;

  before(async () => {
    ({ phone, laptop } = await twoMachines(lab, (cloud) => makeHub(cloud, { endpoint: ENDPOINT })));
  });
  after(() => lab.close());

  test('goes through new keys twice without losing a packet', async (t) => {
    const streams = [
      new PingStream(phone.device, laptop.address(4), 200),
      new PingStream(laptop.device, phone.address(6), 200),
    ];
    const handshakes = new Map<Machine, Set<number>>([phone, laptop].map((machine) => [machine, new Set()]));
    for (let second = 0; second < MINUTES * 60; second += 10) {
      await pause(10_000);
      for (const [machine, seen] of handshakes) seen.add(await machine.lastHandshake());
    }
    for (const stream of streams) {
      const { answered, lost, longestGapMs } = await stream.end();
      t.diagnostic(`${answered} answered, ${lost} lost, longest gap ${longestGapMs} ms`);
      // The first may have waited for the first handshake of the other side.
      assert.ok(lost <= 1, `${lost} lost`);
      assert.ok(answered > MINUTES * 60 * 4, `${answered} answered`);
    }
    for (const seen of handshakes.values()) {
      const times = [...seen].sort();
      assert.equal(times.length, 1 + Math.floor((MINUTES * 60) / REKEY_AFTER_SECONDS), times.join(' '));
    }
  });
});
