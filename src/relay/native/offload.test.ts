import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offloadOf } from './offload.ts';

test('trains are used where the kernel does them, and does them right', () => {
  const both = { receive: true, send: true };
  const table: [release: string, expected: { receive: boolean; send: boolean }][] = [
    ['4.17.19', { receive: false, send: false }],
    ['4.18.0', { receive: false, send: true }],
    ['5.11.22-generic', { receive: false, send: true }],
    ['5.12.0', both],
    ['6.1.0-28-amd64', both],
    ['6.18.44-fc-v657', both],
    ['7.0', { receive: true, send: false }],
    ['7.0.0-rc1', { receive: true, send: false }],
    ['7.1.4', { receive: true, send: false }],
    ['7.1.5', both],
    ['7.2.0', both],
    ['something else', { receive: false, send: false }],
  ];
  for (const [release, expected] of table) assert.deepEqual(offloadOf(release, null), expected, release);
});

test('what a person asks for counts, also against what the kernel is known for', () => {
  assert.deepEqual(offloadOf('6.1.0', 'none'), { receive: false, send: false });
  assert.deepEqual(offloadOf('6.1.0', 'receive'), { receive: true, send: false });
  assert.deepEqual(offloadOf('7.1.0', 'send'), { receive: false, send: true });
  assert.deepEqual(offloadOf('7.1.0', 'both'), { receive: true, send: true });
});
