/**
 * The history on a clock that jumps, fed with what a relay says.
 */

import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { statusOf } from '../../../test/history/relay-status.ts';
import type { PeerStatus, Status } from '../../relay/messages.ts';
import { MachineError } from '../machine-error.ts';
import { openDatabase } from './database.ts';
import { History, type HistoryOptions } from './history.ts';
import { MIGRATIONS } from './schema.ts';

const START = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

class Place {
  readonly path: string;
  now = START;
  #history: History | null = null;
  readonly #options: HistoryOptions;

  constructor(t: TestContext, options: HistoryOptions = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'wgr-history-'));
    this.path = join(folder, 'history.sqlite');
    this.#options = options;
    t.after(() => {
      this.#history?.close();
      rmSync(folder, { recursive: true });
    });
  }

  get history(): History {
    this.#history ??= new History(this.path, { ...this.#options, now: () => this.now });
    return this.#history;
  }

  /** As a control that ended and began again. */
  reopen(): History {
    this.#history?.close();
    this.#history = null;
    return this.history;
  }

  look(received: number, more: Partial<Status> = {}, peer: Partial<PeerStatus> = {}): void {
    this.history.observe(
      statusOf([{ endpoint: '192.0.2.1:5000', receivedBytes: received, sentBytes: received / 2, ...peer }], {
        startedAt: START - 1_000,
        ...more,
      }),
    );
  }

  received(step: 10 | 60 | 3600, from = 0, to = this.now + 1): number {
    const points = this.history.traffic.of(this.history.machines.idsOf('phone'), { from, to, step });
    return points.reduce((sum, each) => sum + each.received, 0);
  }
}

/** Fills the first page of a table with rubbish. */
function damage(path: string, table: string): void {
  const { database } = openDatabase(path, 0);
  const row = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table);
  database.close();
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, ((row!.rootpage as number) - 1) * 4096);
  closeSync(file);
}

describe('traffic', () => {
  test('is counted in every step, once', (t) => {
    const place = new Place(t);
    for (const received of [100, 350, 350, 1_000]) {
      place.look(received);
      place.now += 10_000;
    }
    assert.deepEqual([place.received(10), place.received(60), place.received(3600)], [1_000, 1_000, 1_000]);
    const router = place.history.traffic.of([0], { from: 0, to: place.now, step: 3600 });
    assert.deepEqual(router, [
      { at: START - HOUR, received: 100, sent: 50 },
      { at: START, received: 900, sent: 450 },
    ]);
  });

  test('that flowed while no control looked is spread over that time', (t) => {
    const place = new Place(t);
    place.look(0);
    place.now += 2 * HOUR;
    place.reopen();
    place.look(7_200);
    const points = place.history.traffic.of(place.history.machines.idsOf('phone'), {
      from: 0,
      to: place.now,
      step: 60,
    });
    assert.equal(points.length, 120);
    assert.ok(points.every(({ received }) => received === 60));
  });

  test('begins anew with a relay that began anew', (t) => {
    const place = new Place(t);
    place.look(5_000);
    place.now += 60_000;
    place.look(300, { startedAt: place.now - 30_000 });
    assert.equal(place.received(3600), 5_300);
    assert.equal(place.received(10, place.now - 30_000), 300);
  });

  test('that a relay counted long before anybody looked belongs to no time', (t) => {
    const place = new Place(t);
    const startedAt = START - DAY;
    place.look(9_000, { startedAt });
    assert.equal(place.received(3600), 0);
    place.now += 10_000;
    place.look(9_500, { startedAt });
    assert.deepEqual([place.received(10), place.received(3600)], [500, 500]);
  });

  test('of a crowd is spread in detail only where that takes few rows', (t) => {
    const place = new Place(t);
    const look = (received: number) =>
      place.history.observe(
        statusOf(
          Array.from({ length: 2_000 }, (_, i) => ({
            name: i === 0 ? 'phone' : `m${i}`,
            publicKey: `key ${i}`,
            receivedBytes: i === 0 ? received : 0,
          })),
          { startedAt: START - 1_000 },
        ),
      );
    look(0);
    place.now += 2 * HOUR;
    look(7_200);
    assert.deepEqual([place.received(10), place.received(60), place.received(3600)], [0, 0, 7_200]);
  });

  test('of a peer that was taken out and put in again is not negative', (t) => {
    const place = new Place(t);
    place.look(5_000);
    place.now += 10_000;
    place.look(200);
    assert.equal(place.received(10), 5_200);
  });

  test('is kept as long as its step says', (t) => {
    const place = new Place(t);
    place.look(1_000);
    const after = (ms: number) => {
      place.now = START + ms;
      place.history.forget();
      return [place.received(10), place.received(60), place.received(3600)];
    };
    assert.deepEqual(after(DAY - 60_000), [1_000, 1_000, 1_000]);
    assert.deepEqual(after(DAY + 60_000), [0, 1_000, 1_000]);
    assert.deepEqual(after(31 * DAY + 60_000), [0, 0, 1_000]);
    assert.deepEqual(after(731 * DAY), [0, 0, 1_000]);
    assert.deepEqual(after(734 * DAY), [0, 0, 0]);
  });

  test('stays with its machine when that is renamed, and not with its name when that is given away', (t) => {
    const place = new Place(t);
    place.look(1_000);
    place.now += 10_000;
    place.look(1_000, {}, { name: 'tel' });
    const idsOf = (name: string) => place.history.machines.idsOf(name).length;
    assert.deepEqual([idsOf('phone'), idsOf('tel')], [0, 1]);
    place.history.machines.keep(new Set(['laptop']), new Set(), place.now);
    assert.equal(idsOf('tel'), 0);
  });
});

describe('drops', () => {
  test('are counted by reason, of a machine and of the router', (t) => {
    const place = new Place(t);
    place.look(0, { drops: { 'mac1-wrong': 3 } }, { drops: { replayed: 2 } });
    place.now += 10_000;
    place.look(0, { drops: { 'mac1-wrong': 3, malformed: 1 } }, { drops: { replayed: 5 } });
    const sums = (ids: readonly number[]) => {
      const found: Record<string, number> = {};
      for (const { reason, packets } of place.history.traffic.drops(ids, { from: 0, to: place.now + 1, step: 60 })) {
        found[reason] = (found[reason] ?? 0) + packets;
      }
      return found;
    };
    assert.deepEqual(sums([0]), { 'mac1-wrong': 3, malformed: 1 });
    assert.deepEqual(sums(place.history.machines.idsOf('phone')), { replayed: 5 });
  });
});

describe('stays', () => {
  test('last while the machine is heard, and end with another endpoint or a long silence', (t) => {
    const place = new Place(t);
    const look = (endpoint: string) =>
      place.look(0, {}, { endpoint, lastHandshakeAt: place.now, lastReceivedAt: place.now });
    look('192.0.2.1:5000');
    place.now += 120_000;
    look('192.0.2.1:5000');
    place.now += 120_000;
    look('192.0.2.9:6000');
    place.now += HOUR;
    look('192.0.2.9:6000');
    const stays = place.history.stays.of(place.history.machines.idsOf('phone'), 0, place.now + 1, 10);
    assert.deepEqual(
      stays.map(({ endpoint, beganAt, lastAt, handshakes }) => [endpoint, beganAt - START, lastAt - START, handshakes]),
      [
        ['192.0.2.9:6000', 240_000 + HOUR, 240_000 + HOUR, 1],
        ['192.0.2.9:6000', 240_000, 240_000, 1],
        ['192.0.2.1:5000', 0, 120_000, 2],
      ],
    );
  });

  test('are not told twice by a control that began anew', (t) => {
    const place = new Place(t);
    const heard = { lastHandshakeAt: START, lastReceivedAt: START };
    place.look(0, {}, heard);
    place.reopen();
    place.now += 10_000;
    place.look(0, {}, { lastHandshakeAt: START + 1, lastReceivedAt: START + 1 });
    assert.equal(place.history.stays.of(place.history.machines.idsOf('phone'), 0, place.now + 1, 10).length, 1);
  });

  test('do not begin where a machine is only expected', (t) => {
    const place = new Place(t);
    place.look(0, {}, { lastHandshakeAt: null });
    assert.deepEqual(place.history.stays.of(place.history.machines.idsOf('phone'), 0, place.now + 1, 10), []);
  });
});

describe('changes', () => {
  test('keep what the file was, the newest editions for longest', (t) => {
    const place = new Place(t);
    const { changes } = place.history;
    const first = changes.keep('name: home # ü\n', place.now);
    assert.equal(changes.text(first), 'name: home # ü\n');
    for (let i = 0; i < 600; i++) changes.keep(`name: n${i}\n`, place.now + i + 1);
    assert.equal(changes.text(first), null);
    assert.notEqual(changes.text(changes.keep('name: n599\n', place.now)), null);
  });
});

describe('the file', () => {
  test('is bounded: the oldest goes first, and the newest stays', (t) => {
    const place = new Place(t, { mostBytes: 400_000 });
    for (let i = 1; i <= 3_000; i++) {
      place.history.observe(
        statusOf(
          ['phone', 'b', 'c', 'd'].map((name) => ({
            name,
            publicKey: name.padEnd(43),
            receivedBytes: i * 100,
          })),
        ),
      );
      place.now += 10_000;
    }
    assert.ok(place.history.bytes() <= 500_000, `${place.history.bytes()}`);
    const isThere = (from: number) => place.received(10, from, from + 60_000) > 0;
    assert.ok(isThere(place.now - 120_000));
    assert.ok(!isThere(START + 60_000));
  });

  test('that is damaged is moved aside, told, and another begun', (t) => {
    const place = new Place(t);
    place.look(1_000);
    place.history.close();
    writeFileSync(place.path, 'no database '.repeat(1_000));
    const history = place.reopen();
    assert.match(history.notes.join(), /damaged.*history\.sqlite\.damaged-/);
    place.look(10);
    assert.equal(place.received(10), 10);
    assert.equal(readdirSync(join(place.path, '..')).filter((name) => name.includes('damaged')).length, 1);
  });

  for (const table of ['traffic', 'machine']) {
    test(`whose table ${table} is damaged is moved aside, and another begun`, (t) => {
      const place = new Place(t);
      place.look(1_000);
      place.history.close();
      damage(place.path, table);
      place.now += 10_000;
      try {
        place.reopen();
        place.look(2_000);
      } catch (error) {
        assert.ok(error instanceof MachineError && error.code === 'history-unusable', String(error));
      }
      place.now += 20_000;
      place.look(9_000);
      assert.equal(place.received(10), 9_000);
      assert.equal(readdirSync(join(place.path, '..')).filter((name) => name.includes('damaged')).length, 1);
    });
  }

  test('of a later program is refused, and stays', (t) => {
    const place = new Place(t);
    place.history.close();
    const later = openDatabase(place.path, 0, [...MIGRATIONS, 'CREATE TABLE of_tomorrow (a INTEGER) STRICT']);
    later.database.close();
    assert.throws(
      () => place.reopen(),
      (error) => error instanceof MachineError && error.code === 'history-newer',
    );
    assert.ok(existsSync(place.path));
  });

  for (const name of readdirSync(`${import.meta.dirname}/../../../test/history`).filter((each) =>
    each.endsWith('.sqlite'),
  )) {
    test(`of released ${name} opens with all that it held`, (t) => {
      const place = new Place(t);
      copyFileSync(`${import.meta.dirname}/../../../test/history/${name}`, place.path);
      const { history } = place;
      assert.deepEqual(history.notes, []);
      assert.equal(place.received(3600), 61_440);
      assert.equal(history.stays.of(history.machines.idsOf('phone'), 0, place.now, 10).length, 1);
      assert.equal(history.changes.list(Number.MAX_SAFE_INTEGER, 10).length, 1);
      assert.match(history.changes.text(history.changes.latest()!)!, /^name: home/);
      assert.equal(history.journal.entries(Number.MAX_SAFE_INTEGER, 10).length, 1);
      assert.equal(history.journal.signIns(Number.MAX_SAFE_INTEGER, 10).length, 1);
      place.look(100);
    });
  }
});
