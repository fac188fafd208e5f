import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Prefix, parsePrefix, prefixContains } from '../../net/prefix.ts';
import { drawInside } from './inside.ts';

/** Draws these bytes one after the other. */
function drawing(...draws: readonly (readonly number[])[]) {
  let at = 0;
  return (length: number): Uint8Array => {
    const bytes = draws[at++]!;
    assert.equal(bytes.length, length);
    return new Uint8Array(bytes);
  };
}

describe('first inside prefixes', () => {
  test('are a /24 of 10.0.0.0/8 and subnet 0 of a ULA /48, the router first in both', () => {
    const [inside4, inside6] = drawInside(drawing([77, 33], [0x4c, 0x91, 0xb7, 0x2a, 0xe0]), []);
    assert.deepEqual(inside4, { text: '10.77.33.0/24', first: '10.77.33.1' });
    assert.deepEqual(inside6, { text: 'fd4c:91b7:2ae0::/64', first: 'fd4c:91b7:2ae0::1' });
  });

  test('are none that others commonly have', () => {
    const draw = drawing([0, 5], [8, 9], [10, 10], [100, 7], [96, 4], [66, 1], [66, 0], [66, 4], [1, 2, 3, 4, 5]);
    assert.equal(drawInside(draw, [])[0].text, '10.66.4.0/24');
  });

  test('are none of the machine’s own', () => {
    const own = ['10.66.0.0/16', 'fd01:203:405::/48'].map((text) => parsePrefix(text) as Prefix);
    const draw = drawing([66, 4], [67, 4], [1, 2, 3, 4, 5], [1, 2, 3, 4, 6]);
    const [inside4, inside6] = drawInside(draw, own);
    assert.equal(inside4.text, '10.67.4.0/24');
    assert.equal(inside6.text, 'fd01:203:406::/64');
  });

  test('are found on a machine that has all of 10.0.0.0/8 itself', () => {
    const drawn = drawInside((length) => randomBytes(length), [parsePrefix('10.0.0.0/8') as Prefix]);
    assert.ok(prefixContains(parsePrefix('10.0.0.0/8') as Prefix, parsePrefix(drawn[0].text) as Prefix));
  });
});
