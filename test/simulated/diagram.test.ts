import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sequenceDiagram } from './diagram.ts';

test('packets are drawn between the columns of those who sent and received them, with what became of them', () => {
  const drawn = sequenceDiagram(
    [
      { at: 1_000_010, from: 'a', to: 'router', type: 1, length: 148, fate: '' },
      { at: 1_000_020, from: 'router', to: 'a', type: 2, length: 92, fate: ' lost' },
      { at: 1_000_030, from: 'a', to: 'b', type: 4, length: 32, fate: '' },
      { at: 1_000_040, from: '203.0.113.66:9', to: 'b', type: 7, length: 3, fate: 'hostile' },
    ],
    ['a', 'router', 'b'],
  );
  assert.deepEqual(drawn.split('\n'), [
    '   seconds  a                     router                b                     ',
    '  1000.010  ├ initiation 148 ────▶',
    '  1000.020  ◀── response 92 lost ┤',
    '  1000.030  ├ keepalive ───────────────────────────────▶',
    '  1000.040  203.0.113.66:9 -> b: junk 3 hostile',
  ]);
});
