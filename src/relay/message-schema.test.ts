import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peerOf } from './loopback/relay-process.ts';
import { MessageMistake, parseBoot, parseRequest } from './message-schema.ts';
import { type Boot, RELAY_PROTOCOL_VERSION } from './messages.ts';

const peer = peerOf('a', 'KEY', ['10.0.0.2/32'], {
  presharedKey: 'PSK',
  endpoint: 'x.example:1',
  keepalive: 25,
  expires: 5.5,
});
const router = {
  name: 'cloud',
  listenPort: 51820,
  addresses: ['10.0.0.1'],
  mtu: 1420,
  described: ['10.0.0.0/24'],
};
const plainBoot: Boot = {
  version: RELAY_PROTOCOL_VERSION,
  privateKey: 'KEY',
  router,
  peers: [],
  controlSocket: '/run/wg-router/x.sock',
  stateFolder: null,
  uapiDescriptor: null,
  become: null,
};

test('what control writes is what the relay reads, and what it does not know is left out', () => {
  const boot: Boot = { ...plainBoot, peers: [peer], stateFolder: '/x', become: { uid: 7, gid: 8 }, uapiDescriptor: 3 };
  assert.deepEqual(parseBoot(JSON.stringify({ ...boot, later: 1 })), boot);
  for (const request of [
    { type: 'hello' },
    { type: 'stop' },
    { type: 'status', from: 0, most: 2000 },
    { type: 'change', router, set: [peer], remove: ['KEY'] },
    { type: 'change', router: null, set: [], remove: [] },
  ]) {
    assert.deepEqual(parseRequest(JSON.stringify({ ...request, later: 1 })), request);
  }
});

test('every field of the wrong kind is named with what it must be', () => {
  const wrong = (change: object, place: string) => {
    const line = JSON.stringify({ type: 'change', router: { ...router }, set: [{ ...peer }], remove: [], ...change });
    assert.throws(
      () => parseRequest(line),
      (error: Error) => error instanceof MessageMistake && error.message.startsWith(`${place} must be `),
      place,
    );
  };
  for (const [field, values] of Object.entries({
    name: [1, null, 'x'.repeat(257), 'a\0b'],
    publicKey: [null, {}, 'x'.repeat(513)],
    presharedKey: [7, undefined],
    endpoint: [7, undefined],
    keepalive: [-1, 65_536, 1.5, '25', null],
    mtu: [575, 65_441, 0, '1420', undefined],
    expires: ['soon', undefined],
  })) {
    for (const value of values) wrong({ set: [{ ...peer, [field]: value }] }, `set[0].${field}`);
  }
  wrong({ set: [{ ...peer, allowedIps: 'all' }] }, 'set[0].allowedIps');
  wrong({ set: [{ ...peer, allowedIps: [1] }] }, 'set[0].allowedIps[0]');
  wrong({ set: [{ ...peer, exitFor: undefined }] }, 'set[0].exitFor');
  wrong({ set: [{ ...peer, exitFor: [null] }] }, 'set[0].exitFor[0]');
  wrong({ set: [null] }, 'set[0]');
  wrong({ set: [[]] }, 'set[0]');
  wrong({ set: {} }, 'set');
  wrong({ set: new Array(2_001).fill(peer) }, 'set');
  wrong({ remove: new Array(2_001).fill('KEY') }, 'remove');
  for (const mtu of [575, 65_441, 0, '1420']) wrong({ router: { ...router, mtu } }, 'router.mtu');
  for (const listenPort of [-1, 65_536]) wrong({ router: { ...router, listenPort } }, 'router.listenPort');
  wrong({ router: { ...router, described: '10.0.0.0/24' } }, 'router.described');
  wrong({ router: { ...router, described: new Array(65_537).fill('::/0') } }, 'router.described');
  wrong({ router: undefined }, 'router');
  wrong({ type: 'set' }, 'type');
});

test('a boot message that becomes root, or of another version, is refused', () => {
  for (const change of [
    { version: RELAY_PROTOCOL_VERSION + 1 },
    { become: { uid: 0, gid: 5 } },
    { become: { uid: 5, gid: 0 } },
    { uapiDescriptor: 1 },
  ]) {
    assert.throws(() => parseBoot(JSON.stringify({ ...plainBoot, ...change })), MessageMistake);
  }
});

test('a mistake never repeats what was said', () => {
  const secret = 'SECRETKEY';
  for (const line of [`{"privateKey":"${secret}"`, secret, JSON.stringify({ type: secret, privateKey: secret })]) {
    assert.throws(
      () => parseRequest(line),
      (error: Error) => !error.message.includes('SECRET'),
    );
  }
});

test('brackets that nest without end are refused before they are parsed, those in strings are not counted', () => {
  assert.throws(() => parseRequest(`${'['.repeat(9)}${']'.repeat(9)}`), /levels deep/);
  const name = '[{"\\['.repeat(20);
  const request = { type: 'change', router: { ...router, name }, set: [], remove: [] };
  assert.deepEqual(parseRequest(JSON.stringify(request)), request);
});
