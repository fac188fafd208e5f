import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REJECT_AFTER_MESSAGES } from './constants.ts';
import { Keypair, Keypairs } from './keypair.ts';

let lastIndex = 0;
function made(isInitiator: boolean): Keypair {
  return new Keypair(isInitiator, { local: ++lastIndex, remote: 0 }, { send: 0, receive: 1 }, 1000);
}

test('a keypair of the initiator is current at once, and the one before it previous', () => {
  const keypairs = new Keypairs();
  const [first, second, third] = [made(true), made(true), made(true)];
  assert.deepEqual(keypairs.add(first), []);
  assert.deepEqual(keypairs.add(second), []);
  assert.equal(keypairs.current, second);
  assert.equal(keypairs.previous, first);
  assert.deepEqual(keypairs.add(third), [first]);
});

test('a keypair of the responder waits as next until it is confirmed', () => {
  const keypairs = new Keypairs();
  const [current, next, later] = [made(true), made(false), made(false)];
  keypairs.add(current);
  assert.deepEqual(keypairs.add(next), []);
  assert.equal(keypairs.current, current);
  assert.deepEqual(keypairs.add(later), [next], 'a second one takes its place');
  assert.equal(keypairs.previous, null);
  keypairs.confirm();
  assert.equal(keypairs.current, later);
  assert.equal(keypairs.previous, current);
  assert.equal(keypairs.next, null);
});

test('an unconfirmed next becomes previous when our own handshake is done first', () => {
  const keypairs = new Keypairs();
  const [current, next, own] = [made(true), made(false), made(true)];
  keypairs.add(current);
  keypairs.add(next);
  assert.deepEqual(keypairs.add(own), [current]);
  assert.equal(keypairs.current, own);
  assert.equal(keypairs.previous, next);
});

test('a keypair is found by its index in all three places, and nothing is after clear', () => {
  const keypairs = new Keypairs();
  const [previous, current, next] = [made(true), made(true), made(false)];
  keypairs.previous = previous;
  keypairs.current = current;
  keypairs.next = next;
  for (const one of [previous, current, next]) assert.equal(keypairs.byIndex(one.localIndex), one);
  assert.equal(keypairs.byIndex(0), null);
  assert.deepEqual(keypairs.clear(), [previous, current, next]);
  assert.equal(keypairs.byIndex(current.localIndex), null);
});

test('a keypair ends with its 180th second, and with the last counter', () => {
  const keypair = made(true);
  assert.equal(keypair.canSend(1000 + 179_999), true);
  assert.equal(keypair.canSend(1000 + 180_000), false);
  assert.equal(keypair.isTooOld(1000 + 180_000), true);
  keypair.sendCounter = REJECT_AFTER_MESSAGES - 1;
  assert.equal(keypair.canSend(1000), true);
  keypair.sendCounter++;
  assert.equal(keypair.canSend(1000), false);
});
