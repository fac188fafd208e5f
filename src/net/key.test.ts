import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatKey, KEY_BYTES, parseKey, sameKey } from './key.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const key = fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES });

test('a key is printed as Node prints base64, and reads as itself', () => {
  fc.assert(
    fc.property(key, (bytes) => {
      const text = formatKey(bytes);
      assert.equal(text, Buffer.from(bytes).toString('base64'));
      assert.deepEqual(parseKey(text), bytes);
    }),
  );
});

test('text is a key exactly when it is the one spelling of 32 bytes', () => {
  const spelling = fc
    .tuple(key, fc.nat(43), fc.string({ unit: 'grapheme-ascii', minLength: 0, maxLength: 2 }))
    .map(([bytes, at, replacement]) => {
      const text = formatKey(bytes);
      return text.slice(0, at) + replacement + text.slice(at + 1);
    });
  fc.assert(
    fc.property(spelling, (text) => {
      const decoded = Buffer.from(text, 'base64');
      const canonical = decoded.length === KEY_BYTES && decoded.toString('base64') === text;
      assert.equal(parseKey(text) !== null, canonical, JSON.stringify(text));
    }),
    { numRuns: 2000 },
  );
});

test('what other decoders accept and wg refuses is no key', () => {
  const text = formatKey(new Uint8Array(KEY_BYTES).fill(0xff));
  assert.equal(text, '//////////////////////////////////////////8=');
  const refused = [
    text.slice(0, -1),
    `${text} `,
    ` ${text}`,
    `${text}\n`,
    text.replaceAll('/', '_'),
    text.replace('8=', '9='),
    `${text.slice(0, 42)}==`,
    `${text}=`,
    Buffer.alloc(KEY_BYTES, 0xff).toString('hex'),
    '',
  ];
  for (const each of refused) assert.equal(parseKey(each), null, JSON.stringify(each));
});

test('keys of another length cannot be printed', () => {
  assert.throws(() => formatKey(new Uint8Array(31)), RangeError);
});

test('two keys are the same when all their bytes are', () => {
  fc.assert(
    fc.property(key, fc.nat(KEY_BYTES - 1), fc.integer({ min: 1, max: 255 }), (bytes, at, change) => {
      const other = bytes.slice();
      assert.equal(sameKey(bytes, other), true);
      other[at] = other[at]! ^ change;
      assert.equal(sameKey(bytes, other), false);
    }),
  );
  assert.equal(sameKey(new Uint8Array(32), new Uint8Array(31)), false);
});
