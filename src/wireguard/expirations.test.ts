/**
 * The timers, one behaviour each; most names are of mistakes that implementations of WireGuard have shipped.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captured, connectedPair, countOf, pair } from '../../test/simulated/pair.ts';
import { MAX_TIMER_HANDSHAKES, REKEY_TIMEOUT_JITTER_MS, REKEY_TIMEOUT_MS } from './constants.ts';

/** When `name` sent messages of `type`, in ms since the first of them. */
function moments(
  network: { trace: readonly { at: number; from: string; type: number }[] },
  name: string,
  type: number,
): number[] {
  const all = network.trace.filter((entry) => entry.from === name && entry.type === type).map(({ at }) => at);
  return all.map((at) => at - all[0]!);
}

test('an initiation without answer is sent 20 times, 5 s and a jitter apart, and then what waited is dropped', () => {
  const { network, a, b } = pair();
  a.send(b, 1);
  a.send(b, 2);
  b.endpoint = { ...b.endpoint, port: 1 };
  network.run(300_000);
  const sent = moments(network, 'a', 1);
  assert.equal(sent.length, MAX_TIMER_HANDSHAKES + 2);
  const gaps = sent.slice(1).map((at, i) => at - sent[i]!);
  for (const gap of gaps) assert.ok(gap >= REKEY_TIMEOUT_MS && gap < REKEY_TIMEOUT_MS + REKEY_TIMEOUT_JITTER_MS + 1);
  assert.ok(new Set(gaps).size > 10, `jitter is applied: ${gaps}`);
  assert.equal(a.drops('handshake-gave-up'), 2);
  assert.equal(a.peer(b).staged, null);
  assert.equal(a.peer(b).handshakeAttempts, MAX_TIMER_HANDSHAKES + 2);
  network.run(500_000);
  assert.equal(a.peer(b).pending, null, 'what is left of the last initiation is wiped');
  // The next packet begins anew.
  a.send(b, 3);
  network.run(1000);
  assert.equal(moments(network, 'a', 1).length, MAX_TIMER_HANDSHAKES + 3);
});

test('after giving up nothing more is sent, not even a keepalive that was due', () => {
  const { network, a, b } = connectedPair();
  network.run(6000);
  let sent = 0;
  network.tap = (bytes, from) => {
    if (from === a && bytes[0] === 1) sent++;
    return from === b && bytes[0] === 4;
  };
  a.device.initiate(a.peer(b), network.clock.now);
  network.every(1000, 101_000, (run) => b.send(a, run));
  network.run(108_000);
  assert.ok(a.peer(b).lastReceivedAt! > network.clock.now - 9000);
  const initiations = sent;
  let more = 0;
  network.tap = (bytes, from) => {
    if (from === a) more++;
    return from === b && bytes[0] === 4;
  };
  network.run(40_000);
  assert.deepEqual([initiations >= 19, more], [true, 0], `${initiations} initiations, ${more} messages after them`);
});

test('a retry that falls into the 5 s after a response is put off, so that what waits is not forgotten', () => {
  const { network, a, b } = pair();
  b.device.changePeer(b.peer(a), { endpoint: a.endpoint }, network.clock.now);
  // The initiation of a is lost; b's own, 2 s later, is answered, and its confirmation is lost.
  network.tap = () => false;
  a.send(b, 1);
  network.run(2000);
  network.tap = (bytes, from) => !(from === b && bytes[0] === 4);
  b.device.initiate(b.peer(a), network.clock.now);
  network.run(100);
  assert.notEqual(a.peer(b).keypairs.next, null);
  network.tap = null;
  network.run(8000);
  assert.equal(b.delivered.length, 1);
});

test('a handshake that gave up leaves no stuck state: it is made as soon as the way is open and somebody sends', () => {
  const { network, a, b } = connectedPair();
  network.faults = { ...network.faults, loss: 1 };
  network.every(1000, 400_000, (run) => a.send(b, run));
  network.run(300_000);
  assert.equal(b.delivered.length, 0);
  network.faults = { ...network.faults, loss: 0 };
  network.run(6000);
  assert.ok(b.delivered.length > 0, network.diagram());
});

test('a keepalive is not answered with a keepalive: two idle peers are silent', () => {
  const { network, a, b } = connectedPair();
  a.send(b, 1);
  network.run(60_000);
  // b answers the packet once, after ten seconds.
  assert.deepEqual(
    network.trace.map(({ from, length }) => `${from} ${length}`),
    ['a 96', 'b 32'],
  );
  const [data, keepalive] = network.trace;
  assert.ok(Math.abs(keepalive!.at - data!.at - 10_010) < 2, `${keepalive!.at - data!.at}`);
  network.run(3_600_000);
  assert.equal(network.trace.length, 2);
});

test('packets that come in while a keepalive is due get one more after it', () => {
  const { network, a, b } = connectedPair();
  a.send(b, 1);
  network.run(5000);
  a.send(b, 2);
  network.run(30_000);
  assert.deepEqual(
    network.trace.filter(({ from }) => from === 'b').map(({ length }) => length),
    [32, 32],
  );
});

test('no keepalive is due for what was answered with data', () => {
  const { network, a, b } = connectedPair();
  a.send(b, 1);
  network.run(5000);
  b.send(a, 2);
  // a owes an answer now, b does not.
  network.run(30_000);
  assert.deepEqual(
    network.trace.map(({ from, length }) => `${from} ${length}`),
    ['a 96', 'b 96', 'a 32'],
  );
});

test('data that is refused for its source is still answered with a keepalive: the peer is there', () => {
  const { network, a, b } = connectedPair();
  b.device.allowedIps.removePeer(b.peer(a).id);
  a.send(b, 1);
  network.run(11_000);
  assert.equal(b.drops('source-not-allowed'), 1);
  assert.equal(countOf({ network }, 'b', 4), 1);
});

test('data sent and nothing heard for 15 s and a jitter begins a handshake', () => {
  const { network, a, b } = connectedPair();
  network.tap = (_, from) => from === a;
  // More data does not put it off.
  network.every(1000, 15_000, (run) => a.send(b, run));
  network.run(14_990);
  assert.equal(countOf({ network }, 'a', 1), 0);
  network.run(400);
  assert.equal(countOf({ network }, 'a', 1), 1);
});

test('new-handshake jitter is applied: peers that lost the same router do not all come back in one moment', () => {
  const gaps = new Set<number>();
  const { network, a, b } = connectedPair();
  for (let round = 0; round < 10; round++) {
    network.trace.length = 0;
    network.tap = (_, from) => from === a;
    a.send(b, round);
    const start = network.clock.now;
    network.run(16_000);
    gaps.add(network.trace.find(({ type }) => type === 1)!.at - start);
    network.tap = null;
    network.run(8000);
  }
  assert.ok(gaps.size > 5, [...gaps].join(' '));
});

test('all keys are wiped 540 s after the last keypair was made, and none before', () => {
  const { network, a, b } = connectedPair();
  network.run(539_000);
  assert.deepEqual([a.liveKeys, b.liveKeys], [2, 2]);
  network.run(1500);
  assert.deepEqual([a.liveKeys, b.liveKeys], [0, 0]);
  assert.equal(a.peer(b).keypairs.current, null);
});

test('a persistent keepalive goes out at once and every N seconds without traffic, and traffic puts it off', () => {
  const { network, a, b } = pair();
  a.device.changePeer(a.peer(b), { keepaliveSeconds: 25 }, network.clock.now);
  network.run(60);
  assert.deepEqual(
    network.trace.map(({ from, length }) => `${from} ${length}`),
    ['a 148', 'b 92', 'a 32'],
  );
  network.trace.length = 0;
  network.run(76_000);
  assert.deepEqual(
    network.trace.map(({ from, length }) => `${from} ${length}`),
    ['a 32', 'a 32', 'a 32'],
  );
  network.trace.length = 0;
  network.every(10_000, 100_000, (run) => a.send(b, run));
  network.run(100_000);
  const ofA = network.trace.filter(({ from, type }) => from === 'a' && type === 4);
  // One confirms a rekey that fell into this time.
  assert.ok(ofA.filter(({ length }) => length !== 96).length <= 1);
  a.device.changePeer(a.peer(b), { keepaliveSeconds: 0 }, network.clock.now);
  network.run(11_000);
  network.trace.length = 0;
  network.run(600_000);
  assert.equal(network.trace.length, 0, 'off is off');
});

test('two peers with keepalives do not fight over who is the initiator', () => {
  const { network, a, b } = pair();
  b.device.changePeer(b.peer(a), { endpoint: a.endpoint, keepaliveSeconds: 5 }, network.clock.now);
  a.device.changePeer(a.peer(b), { keepaliveSeconds: 5 }, network.clock.now);
  network.run(30 * 60_000);
  const initiations = countOf({ network }, 'a', 1) + countOf({ network }, 'b', 1);
  assert.ok(initiations >= 14 && initiations <= 34, `${initiations} in 30 minutes`);
  network.run(300_000);
  assert.ok(a.peer(b).keypairs.current !== null && b.peer(a).keypairs.current !== null);
});

test('two peers that initiate at one moment, with traffic on both sides and a slow link, do not do it again for ever', () => {
  for (const delayMs of [10, 50, 400, 1500]) {
    const { network, a, b } = pair();
    b.device.changePeer(b.peer(a), { endpoint: a.endpoint }, network.clock.now);
    network.faults = { ...network.faults, delayMs: [delayMs, delayMs] };
    network.every(10, 40_000, (run) => {
      a.send(b, run);
      b.send(a, run);
    });
    network.run(40_000);
    network.expect(() => assert.ok(a.delivered.length > 0 && b.delivered.length > 0, `${delayMs} ms`));
    const initiations = countOf({ network }, 'a', 1) + countOf({ network }, 'b', 1);
    assert.ok(initiations <= 10, `${initiations} initiations with ${delayMs} ms`);
  }
});

test('a keypair with traffic never expires, whichever side talks', () => {
  for (const talker of ['a', 'b'] as const) {
    const { network, a, b } = connectedPair();
    network.every(1000, 20 * 60_000, (run) => (talker === 'a' ? a.send(b, run) : b.send(a, run)));
    network.run(20 * 60_000 + 100);
    assert.equal((talker === 'a' ? b : a).delivered.length, 1200);
    assert.deepEqual(a.allDrops(), {});
    assert.deepEqual(b.allDrops(), {});
  }
});

test('an initiator that only receives makes a new keypair before the old one ends, once', () => {
  const { network, a, b } = connectedPair();
  // a never sends data, and its keepalives are swallowed with the sends that would rekey; only receiving can.
  const created = a.peer(b).keypairs.current!.createdAt;
  network.run(created + 166_000 - network.clock.now);
  for (let i = 0; i < 5; i++) {
    b.send(a, i);
    network.run(20);
  }
  assert.equal(countOf({ network }, 'a', 1), 1);
});

test('a response that comes late is welcome until the next initiation: it does not expire early', () => {
  const both = pair();
  const { network, a, b } = both;
  a.send(b, 1);
  const [response] = captured(both, b, () => network.run(15));
  assert.equal(response![0], 2);
  network.tap = (_, from) => from === a;
  network.run(4900);
  network.inject(response!, b.endpoint, a.endpoint);
  network.run(50);
  assert.equal(b.delivered.length, 1);
});

test('timers stand still while the clock jumps back, and nothing is sent twice', () => {
  const { network, a, b } = pair();
  a.device.advance(network.clock.now + 3000);
  a.send(b, 1);
  assert.equal(a.takeSent().length, 1);
  // The caller's clock is 3 s behind what it already said.
  for (let i = 0; i < 10; i++) {
    a.device.advance(network.clock.now + i);
    a.device.sendTo(a.peer(b), new Uint8Array(20), network.clock.now + i);
  }
  a.device.advance(network.clock.now + 5400);
  assert.equal(a.takeSent().length, 0);
  a.device.advance(network.clock.now + 3000 + 5400);
  assert.equal(a.takeSent().length, 1);
});

test('a device with nothing to do has no deadline', () => {
  const { network, a, b } = connectedPair();
  network.run(2 * 3_600_000);
  assert.equal(a.device.nextDeadline(), Number.POSITIVE_INFINITY);
  assert.equal(b.device.nextDeadline(), Number.POSITIVE_INFINITY);
});
