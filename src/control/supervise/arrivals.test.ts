import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PeerStatus } from '../../relay/messages.ts';
import { Arrivals, AWAY_MS } from './arrivals.ts';

const START = Date.UTC(2027, 0, 1);

function peer(name: string, heardAt: number | null, endpoint: string | null = '198.51.100.7:4000'): PeerStatus {
  return {
    name,
    publicKey: `key of ${name}`,
    allowedIps: [],
    exitFor: [],
    endpoint,
    keepalive: 0,
    mtu: 1420,
    expires: null,
    hasPresharedKey: false,
    lastHandshakeAt: heardAt,
    lastReceivedAt: heardAt,
    receivedBytes: 0,
    sentBytes: 0,
    drops: {},
  };
}

function names(arrivals: Arrivals, peers: readonly PeerStatus[], now: number): string[] {
  return arrivals.news(peers, now).arrivals.map(({ name, endpoint }) => `${name} ${endpoint}`);
}

test('a machine is news when it comes, not at every handshake', () => {
  const arrivals = new Arrivals();
  assert.deepEqual(names(arrivals, [peer('phone', null, null)], START), []);
  assert.deepEqual(names(arrivals, [peer('phone', START + 1)], START + 2), ['phone 198.51.100.7:4000']);
  assert.deepEqual(names(arrivals, [peer('phone', START + 120_000)], START + 120_001), []);
});

test('it is news again after it was silent for long', () => {
  const arrivals = new Arrivals();
  names(arrivals, [peer('phone', START)], START);
  const soon = START + AWAY_MS - 1;
  assert.deepEqual(names(arrivals, [peer('phone', soon)], soon), []);
  assert.deepEqual(names(arrivals, [peer('phone', soon + AWAY_MS)], soon + AWAY_MS), ['phone 198.51.100.7:4000']);
});

test('another address is news, another port is not, and to and fro is said once a minute', () => {
  const arrivals = new Arrivals();
  names(arrivals, [peer('phone', START)], START);
  const later = START + 61_000;
  assert.deepEqual(names(arrivals, [peer('phone', START, '198.51.100.7:4001')], later), []);
  assert.deepEqual(names(arrivals, [peer('phone', START, '203.0.113.9:1')], later + 1), ['phone 203.0.113.9:1']);
  assert.deepEqual(names(arrivals, [peer('phone', START, '198.51.100.7:4001')], later + 2), []);
});

test('where a machine is expected is no arrival, and coming from elsewhere is one', () => {
  const arrivals = new Arrivals();
  assert.deepEqual(names(arrivals, [peer('pi', null, '192.0.2.1:51820')], START), []);
  assert.deepEqual(names(arrivals, [peer('pi', START, '192.0.2.1:51820')], START), ['pi 192.0.2.1:51820']);
});

test('those who were there before are no news, and those who were not are', () => {
  const arrivals = new Arrivals();
  const there = [peer('phone', START), peer('pi', null)];
  arrivals.prime(there);
  assert.deepEqual(names(arrivals, there, START + 1), []);
  assert.deepEqual(names(arrivals, [there[0]!, peer('pi', START + 5)], START + 6), ['pi 198.51.100.7:4000']);
});

test('a relay that began anew does not make everybody news', () => {
  const arrivals = new Arrivals();
  names(arrivals, [peer('phone', START)], START);
  assert.deepEqual(names(arrivals, [peer('phone', null)], START + 1_000), []);
  assert.deepEqual(names(arrivals, [peer('phone', START + 5_000)], START + 6_000), []);
});

test('a crowd is counted, not listed', () => {
  const crowd = Array.from({ length: 100 }, (_, n) => peer(`m${n}`, START));
  const { arrivals, more } = new Arrivals().news(crowd, START);
  assert.deepEqual([arrivals.length, more], [8, 92]);
});
