import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineReader } from './line-reader.ts';

const bytes = (text: string) => Buffer.from(text);

test('lines come out whole, however the bytes are cut', () => {
  const text = 'one\n\ntwo zwölf\nthree';
  for (let size = 1; size <= 30; size++) {
    const reader = new LineReader(100);
    const lines: string[] = [];
    for (let at = 0; at < bytes(text).length; at += size)
      lines.push(...reader.take(bytes(text).subarray(at, at + size))!);
    assert.deepEqual(lines, ['one', '', 'two zwölf']);
    assert.deepEqual(reader.take(bytes('!\n')), ['three!']);
  }
});

test('a line may have as many bytes as the bound, and no more', () => {
  assert.deepEqual(new LineReader(4).take(bytes('abcd\nabcd\n')), ['abcd', 'abcd']);
  assert.equal(new LineReader(4).take(bytes('abcde\n')), null);
  assert.equal(new LineReader(4).take(bytes('abcde')), null);
  const reader = new LineReader(4);
  assert.deepEqual(reader.take(bytes('abc')), []);
  assert.equal(reader.take(bytes('de')), null);
});
