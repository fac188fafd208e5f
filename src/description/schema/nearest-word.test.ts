import assert from 'node:assert/strict';
import test from 'node:test';
import { alignmentDistance, nearestWord } from './nearest-word.ts';

test('inserting, deleting, replacing and swapping cost one each', () => {
  assert.equal(alignmentDistance('lan', 'lan'), 0);
  assert.equal(alignmentDistance('lan', 'lans'), 1);
  assert.equal(alignmentDistance('lnas', 'lans'), 1);
  assert.equal(alignmentDistance('tap', 'tip'), 1);
  assert.equal(alignmentDistance('', 'abc'), 3);
  assert.equal(alignmentDistance('ca', 'abc'), 3);
});

test('the nearest word is offered when it is near, the first of two equally near ones', () => {
  assert.equal(nearestWord('adress', ['address', 'lan-address']), 'address');
  assert.equal(nearestWord('PLATFORM', ['platform']), 'platform');
  assert.equal(nearestWord('lax', ['lap', 'lan']), 'lap');
  assert.equal(nearestWord('printer', ['phone', 'laptop']), null);
  assert.equal(nearestWord('x', []), null);
});

test('a beginning that only one word has is enough', () => {
  assert.equal(nearestWord('static', ['static-route', 'default-gateway']), 'static-route');
  assert.equal(nearestWord('pi-', ['pi-north', 'pi-south']), null);
  assert.equal(nearestWord('de', ['default-gateway']), null);
});
