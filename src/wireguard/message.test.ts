import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWord, writeDataHeader, writeWord } from './message.ts';

test('words are little-endian and unsigned', () => {
  const bytes = new Uint8Array(6);
  writeWord(bytes, 1, 0xfedcba98);
  assert.deepEqual(bytes, Uint8Array.of(0, 0x98, 0xba, 0xdc, 0xfe, 0));
  assert.equal(readWord(bytes, 1), 0xfedcba98);
});

test('the counter of a data header has 64 bits, also beyond 2^32', () => {
  const bytes = new Uint8Array(16);
  writeDataHeader(bytes, 0, 0x80000001, 2 ** 52 + 2 ** 32 + 5);
  assert.equal(Buffer.from(bytes).toString('hex'), '040000000100008005000000' + '01001000');
});
