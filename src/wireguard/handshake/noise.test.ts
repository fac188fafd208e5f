/**
 * The handshake against a recorded conversation of another implementation (test/vectors/README.md), and what it refuses.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Random } from '../../../test/simulated/random.ts';
import { openOnce, sealOnce } from '../crypto/aead-once.ts';
import { kdf1, kdf2, kdf3 } from '../crypto/hkdf.ts';
import { PrivateKey } from '../crypto/x25519.ts';
import {
  createInitiation,
  createResponse,
  type KeyPair,
  openInitiation,
  openInitiationPayload,
  openResponse,
  SymmetricState,
} from './noise.ts';

interface Vector {
  readonly init_prologue: string;
  readonly init_psks: readonly string[];
  readonly init_static: string;
  readonly init_ephemeral: string;
  readonly init_remote_static: string;
  readonly resp_static: string;
  readonly resp_ephemeral: string;
  readonly handshake_hash: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../../test/vectors/noise-ikpsk2.json', import.meta.url), 'utf8'),
).vectors;

const NOTHING = new Uint8Array(0);

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function pairOf(privateKey: Uint8Array): KeyPair {
  const key = PrivateKey.from(privateKey);
  return { privateKey: key, publicKey: key.publicKey };
}

test('every message of the recorded conversation comes out byte for byte, and is read back', () => {
  assert.ok(VECTORS.length > 0);
  for (const vector of VECTORS) {
    const initiator = pairOf(bytes(vector.init_static));
    const responder = pairOf(bytes(vector.resp_static));
    assert.equal(hex(responder.publicKey), vector.init_remote_static);
    const prologue = bytes(vector.init_prologue);
    const psk = bytes(vector.init_psks[0]!);
    const staticStatic = initiator.privateKey.sharedSecret(responder.publicKey)!;
    const [one, two, ...transport] = vector.messages as [Vector['messages'][0], Vector['messages'][0]];

    const ephemeral = pairOf(bytes(vector.init_ephemeral));
    const initiation = createInitiation(
      SymmetricState.towards(responder.publicKey, prologue),
      ephemeral,
      initiator.publicKey,
      responder.publicKey,
      staticStatic,
      bytes(one.payload),
    )!;
    assert.equal(hex(initiation.message), one.ciphertext);

    const start = SymmetricState.towards(responder.publicKey, prologue);
    const opened = openInitiation(start, responder.privateKey, initiation.message)!;
    assert.equal(hex(opened.initiator), hex(initiator.publicKey));
    assert.equal(hex(openInitiationPayload(opened, staticStatic)!), one.payload);

    const response = createResponse(opened, pairOf(bytes(vector.resp_ephemeral)), psk, bytes(two.payload))!;
    assert.equal(hex(response), two.ciphertext);
    assert.equal(hex(opened.state.transcript), vector.handshake_hash);

    const pending = { state: initiation.state, ephemeral: ephemeral.privateKey };
    const done = openResponse(pending, initiator.privateKey, psk, response)!;
    assert.equal(hex(done.payload), two.payload);
    const ours = done.state.split();
    const theirs = opened.state.split();
    assert.deepEqual(ours, theirs);

    for (const [i, { payload, ciphertext }] of transport.entries()) {
      const key = ours[i % 2]!;
      assert.equal(hex(sealOnce(key, Math.floor(i / 2), bytes(payload), NOTHING)), ciphertext);
      assert.equal(hex(openOnce(key, Math.floor(i / 2), bytes(ciphertext), NOTHING)!), payload);
    }
  }
});

test('KDF1, KDF2 and KDF3 give the values that wireguard-go tests', () => {
  // Chaining key, input, and the three outputs of its TestKDF.
  const cases = [
    [
      '746573742d6b6579',
      '746573742d696e707574',
      '6f0e5ad38daba1bea8a0d213688736f19763239305e0f58aba697f9ffc41c633',
      'df1194df20802a4fe594cde27e92991c8cae66c366e8106aaa937a55fa371e8a',
      'fac6e2745a325f5dc5d11a5b165aad08b0ada28e7b4e666b7c077934a4d76c24',
    ],
    [
      '776972656775617264',
      '776972656775617264',
      '491d43bbfdaa8750aaf535e334ecbfe5129967cd64635101c566d4caefda96e8',
      '1e71a379baefd8a79aa4662212fcafe19a23e2b609a3db7d6bcba8f560e3d25f',
      '31e1ae48bddfbe5de38f295e5452b1909a1b4e38e183926af3780b0c1e1f0160',
    ],
    [
      '',
      '',
      '8387b46bf43eccfcf349552a095d8315c4055beb90208fb1be23b894bc2ed5d0',
      '58a0e5f6faefccf4807bff1f05fa8a9217945762040bcec2f4b4a62bdfe0e86e',
      '0ce6ea98ec548f8e281e93e32db65621c45eb18dc6f0a7ad94178610a2f7338e',
    ],
  ] as const;
  for (const [key, input, ...outputs] of cases) {
    assert.deepEqual(kdf3(bytes(key), bytes(input)).map(hex), outputs);
    assert.deepEqual(kdf2(bytes(key), bytes(input)).map(hex), outputs.slice(0, 2));
    assert.equal(hex(kdf1(bytes(key), bytes(input))), outputs[0]);
  }
});

interface Handshake {
  readonly initiator: KeyPair;
  readonly responder: KeyPair;
  readonly ephemeral: KeyPair;
  readonly staticStatic: Uint8Array;
  readonly start: SymmetricState;
  readonly message: Uint8Array;
  readonly state: SymmetricState;
}

function begun(random: Random): Handshake {
  const [initiator, responder, ephemeral] = [random.keyPair(), random.keyPair(), random.keyPair()];
  const staticStatic = initiator.privateKey.sharedSecret(responder.publicKey)!;
  const created = createInitiation(
    SymmetricState.towards(responder.publicKey),
    ephemeral,
    initiator.publicKey,
    responder.publicKey,
    staticStatic,
    new Uint8Array(12),
  )!;
  const start = SymmetricState.towards(responder.publicKey);
  return { initiator, responder, ephemeral, staticStatic, start, ...created };
}

test('an initiation with any bit flipped is refused', () => {
  const { responder, staticStatic, start, message } = begun(new Random(1));
  for (let at = 0; at < message.length; at++) {
    const changed = Uint8Array.from(message);
    changed[at]! ^= 1 << (at % 8);
    // The top bit of a u-coordinate is masked (RFC 7748 section 5); here it is hashed as it came, so it counts too.
    const opened = openInitiation(start, responder.privateKey, changed);
    assert.equal(opened === null || openInitiationPayload(opened, staticStatic) === null, true, `byte ${at}`);
  }
  assert.notEqual(openInitiation(start, responder.privateKey, message), null, 'and the true one still is not');
});

test('a wrong response leaves the pending initiation as it was: the right one is still welcome', () => {
  const random = new Random(2);
  const { initiator, responder, ephemeral, staticStatic, start, message, state } = begun(random);
  const opened = openInitiation(start, responder.privateKey, message)!;
  openInitiationPayload(opened, staticStatic);
  const psk = random.bytes(32);
  const response = createResponse(opened, random.keyPair(), psk)!;
  const pending = { state, ephemeral: ephemeral.privateKey };
  for (let at = 0; at < response.length; at++) {
    const changed = Uint8Array.from(response);
    changed[at]! ^= 1;
    assert.equal(openResponse(pending, initiator.privateKey, psk, changed), null, `byte ${at}`);
  }
  assert.equal(openResponse(pending, initiator.privateKey, random.bytes(32), response), null, 'another preshared key');
  const done = openResponse(pending, initiator.privateKey, psk, response)!;
  assert.deepEqual(done.state.split(), opened.state.split());
});

/** The points of small order in the list of cr.yp.to/ecdh.html, of those below 2^255. */
const LOW_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
].map(bytes);

test('a low-order point is refused wherever it stands: as peer, as ephemeral of an initiation, of a response', () => {
  const random = new Random(3);
  const { initiator, responder, ephemeral, staticStatic, start, message, state } = begun(random);
  for (const point of LOW_ORDER) {
    const towards = SymmetricState.towards(point);
    assert.equal(createInitiation(towards, random.keyPair(), initiator.publicKey, point, staticStatic, NOTHING), null);
    const changed = Uint8Array.from(message);
    changed.set(point);
    assert.equal(openInitiation(start, responder.privateKey, changed), null);
    const response = new Uint8Array(48);
    response.set(point);
    const pending = { state, ephemeral: ephemeral.privateKey };
    assert.equal(openResponse(pending, initiator.privateKey, new Uint8Array(32), response), null);
    const opened = openInitiation(start, responder.privateKey, message)!;
    openInitiationPayload(opened, staticStatic);
    assert.equal(createResponse({ ...opened, ephemeral: point }, random.keyPair(), new Uint8Array(32)), null);
  }
});
