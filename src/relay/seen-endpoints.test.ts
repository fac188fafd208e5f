import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Endpoint } from '../net/endpoint.ts';
import { REMEMBERED_MS, type Seen, SeenEndpoints } from './seen-endpoints.ts';

const NOW = 1_800_000_000_000;
const KEY = (i: number) => Buffer.alloc(32, i).toString('base64');

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'seen-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function seen(
  i: number,
  endpoint: Endpoint = { family: 4, address: `203.0.113.${i}`, port: 1000 + i },
  heardAt = NOW,
): Seen {
  return { publicKey: KEY(i), endpoint, heardAt };
}

test('what was written is read again, zones and all', async (t) => {
  const folder = folderOf(t);
  const some = [
    seen(1),
    seen(2, { family: 6, address: '2001:db8::5', port: 65_535 }),
    seen(3, { family: 6, address: 'fe80::1%eth0.100', port: 1 }),
  ];
  await SeenEndpoints.read(folder, NOW).update(some);
  assert.equal(statSync(join(folder, 'endpoints')).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['endpoints']);
  const again = SeenEndpoints.read(folder, NOW);
  assert.equal(again.note, null);
  for (const { publicKey, endpoint, heardAt } of some) {
    assert.deepEqual(again.endpointOf(publicKey), endpoint);
    assert.equal(again.heardAt(publicKey), heardAt);
  }
  assert.equal(again.endpointOf(KEY(9)), null);
});

test('more peers than a slice are all written', async (t) => {
  const folder = folderOf(t);
  const many = Array.from({ length: 5_001 }, (_, i) => {
    const key = Buffer.alloc(32);
    key.writeUInt32BE(i);
    return { ...seen(1), publicKey: key.toString('base64') };
  });
  await SeenEndpoints.read(folder, NOW).update(many);
  const again = SeenEndpoints.read(folder, NOW);
  assert.equal(many.filter(({ publicKey }) => again.endpointOf(publicKey) !== null).length, 5_001);
});

test('nothing is written while nothing moved, until an hour went by', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'endpoints');
  const endpoints = SeenEndpoints.read(folder, NOW);
  await endpoints.update([]);
  assert.equal(existsSync(file), false);
  await endpoints.update([seen(1)]);
  const text = readFileSync(file, 'utf8');
  await endpoints.update([seen(1, undefined, NOW + 3_599_000)]);
  assert.equal(readFileSync(file, 'utf8'), text);
  await endpoints.update([seen(1, undefined, NOW + 3_601_000)]);
  assert.notEqual(readFileSync(file, 'utf8'), text);
  await endpoints.update([seen(1, { family: 4, address: '203.0.113.1', port: 9 }, NOW + 3_601_000)]);
  assert.match(readFileSync(file, 'utf8'), /203\.0\.113\.1:9 /);
  await endpoints.update([]);
  assert.equal(SeenEndpoints.read(folder, NOW).endpointOf(KEY(1)), null);
});

test('who was silent for a week is forgotten', async (t) => {
  const folder = folderOf(t);
  await SeenEndpoints.read(folder, NOW).update([seen(1), seen(2, undefined, NOW - REMEMBERED_MS)]);
  const again = SeenEndpoints.read(folder, NOW);
  assert.deepEqual([again.endpointOf(KEY(1)) !== null, again.endpointOf(KEY(2))], [true, null]);
});

test('a file that is damaged anywhere is left out whole, with a note, and is replaced', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'endpoints');
  await SeenEndpoints.read(folder, NOW).update([seen(1), seen(2)]);
  const good = readFileSync(file, 'utf8');
  const damaged = [
    '',
    good.slice(0, -1),
    good.slice(0, good.length / 2),
    good.replace('wg-router endpoints 1', 'wg-router endpoints 2'),
    good.replace('203.0.113.2', '203.0.113.256'),
    good.replace('203.0.113.2', '203.0.113.02'),
    good.replace(':1002', ':0'),
    good.replace(':1002', ':65536'),
    good.replace(KEY(2), KEY(2).slice(1)),
    good.replace(' 1800000000', ' 1800000000 more'),
    good.replace(' 1800000000', ' -1'),
    `${good}\n`,
    '\0'.repeat(100),
  ];
  for (const text of damaged) {
    writeFileSync(file, text);
    const read = SeenEndpoints.read(folder, NOW);
    assert.match(read.note ?? '', /forgotten.*damaged/, JSON.stringify(text));
    assert.equal(read.endpointOf(KEY(1)), null);
  }
  const read = SeenEndpoints.read(folder, NOW);
  await read.update([seen(3)]);
  assert.equal(read.note, null);
  assert.notEqual(SeenEndpoints.read(folder, NOW).endpointOf(KEY(3)), null);
});

test('a folder that cannot be written is worth a note and no more', async () => {
  const endpoints = SeenEndpoints.read('/nowhere/at/all', NOW);
  assert.equal(endpoints.note, null);
  await endpoints.update([seen(1)]);
  assert.match(endpoints.note ?? '', /cannot be written/);
});
