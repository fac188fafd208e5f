/**
 * MACs and cookies from both sides: what wireguard-go's TestCookieMAC1 holds, and what others got wrong.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointOf } from '../../../test/simulated/machine.ts';
import { Random } from '../../../test/simulated/random.ts';
import { addMacs, CookieChecker, type CookieMemory, consumeCookieReply, sourceBytes } from './cookie.ts';

const NOW = 5_000_000;
const HERE = sourceBytes(endpointOf('192.168.13.37', 2570));

function sides(): { random: Random; checker: CookieChecker; memory: CookieMemory } {
  const random = new Random(7);
  const publicKey = random.bytes(32);
  const memory: CookieMemory = {
    publicKey,
    lastMac1: new Uint8Array(16),
    cookie: new Uint8Array(16),
    cookieAt: Number.NEGATIVE_INFINITY,
    awaitsCookieReply: false,
  };
  return { random, checker: new CookieChecker(publicKey, random), memory };
}

/** Both sides, after a cookie went from one to the other for the source `HERE`. */
function withCookie(): ReturnType<typeof sides> {
  const both = sides();
  const message = both.random.bytes(148);
  addMacs(message, both.memory, NOW);
  assert.equal(consumeCookieReply(both.checker.reply(message, 1377, HERE, NOW), both.memory, NOW), true);
  return both;
}

test('a message has mac1 always, and mac2 only after a cookie came', () => {
  const { random, checker, memory } = sides();
  for (const length of [148, 92, 64]) {
    const message = random.bytes(length);
    addMacs(message, memory, NOW);
    assert.equal(checker.hasMac1(message), true);
    assert.equal(checker.hasMac2(message, HERE, NOW), false);
    assert.deepEqual(message.subarray(length - 16), new Uint8Array(16));
  }
});

test('mac2 proves the source, and a change anywhere in the message breaks both macs', () => {
  const { random, checker, memory } = withCookie();
  const message = random.bytes(148);
  addMacs(message, memory, NOW);
  assert.equal(checker.hasMac1(message), true);
  assert.equal(checker.hasMac2(message, HERE, NOW), true);
  message[5]! ^= 0x20;
  assert.equal(checker.hasMac1(message), false);
  assert.equal(checker.hasMac2(message, HERE, NOW), false);
});

test('a cookie includes the port: nobody else behind the same NAT can use it', () => {
  const { random, checker, memory } = withCookie();
  const message = random.bytes(148);
  addMacs(message, memory, NOW);
  assert.equal(checker.hasMac2(message, sourceBytes(endpointOf('192.168.13.37', 2571)), NOW), false);
  assert.equal(checker.hasMac2(message, sourceBytes(endpointOf('192.168.13.38', 2570)), NOW), false);
});

test('a source is 4 or 16 address bytes and the port in network order, without a zone', () => {
  assert.deepEqual(sourceBytes(endpointOf('10.1.2.3', 0x1234)), Uint8Array.of(10, 1, 2, 3, 0x12, 0x34));
  const linkLocal = sourceBytes(endpointOf('fe80::1%eth0', 1));
  assert.equal(linkLocal.length, 18);
  assert.deepEqual(linkLocal, sourceBytes(endpointOf('fe80::1', 1)));
});

test('one reply is taken for each message sent, and a reply to an older message is refused', () => {
  const { random, checker, memory } = sides();
  const message = random.bytes(148);
  addMacs(message, memory, NOW);
  const reply = checker.reply(message, 1, HERE, NOW);
  const wrong = Uint8Array.from(reply);
  wrong[63]! ^= 1;
  assert.equal(consumeCookieReply(wrong, memory, NOW), false);
  assert.equal(consumeCookieReply(reply, memory, NOW), true);
  assert.equal(consumeCookieReply(reply, memory, NOW), false, 'the same again');
  addMacs(random.bytes(148), memory, NOW);
  assert.equal(consumeCookieReply(reply, memory, NOW), false, 'bound to the mac1 of another message');
});

test('a cookie is used for 115 s, and the secret behind it lives for 120', () => {
  const { random, checker, memory } = withCookie();
  const message = random.bytes(148);
  addMacs(message, memory, NOW + 114_999);
  assert.equal(checker.hasMac2(message, HERE, NOW + 119_999), true);
  assert.equal(checker.hasMac2(message, HERE, NOW + 120_000), false);
  addMacs(message, memory, NOW + 115_000);
  assert.deepEqual(message.subarray(132), new Uint8Array(16));
});

test('cookies still come after a hundred replies', () => {
  const { random, checker, memory } = sides();
  for (let i = 0; i < 200; i++) {
    const message = random.bytes(148);
    addMacs(message, memory, NOW + i);
    assert.equal(consumeCookieReply(checker.reply(message, i, HERE, NOW + i), memory, NOW + i), true);
    addMacs(message, memory, NOW + i);
    assert.equal(checker.hasMac2(message, HERE, NOW + i), true);
  }
});
