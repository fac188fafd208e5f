/**
 * `node bench/aead.ts`: the functions that packets and handshakes spend their time in, one by one.
 */

import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { blake2s as nobleBlake2s } from '@noble/hashes/blake2.js';
import type { Aead } from '../src/wireguard/crypto/aead.ts';
import { openOnce, sealOnce, xSeal } from '../src/wireguard/crypto/aead-once.ts';
import { hash, hmac, isMac, mac } from '../src/wireguard/crypto/blake2s.ts';
import { blake2sPortable } from '../src/wireguard/crypto/blake2s-portable.ts';
import { kdf2 } from '../src/wireguard/crypto/hkdf.ts';
import { NodeCryptoAead } from '../src/wireguard/crypto/node-crypto.ts';
import { systemEntropy } from '../src/wireguard/crypto/system-entropy.ts';
import { WebAssemblyAead } from '../src/wireguard/crypto/webassembly.ts';
import { PrivateKey } from '../src/wireguard/crypto/x25519.ts';
import {
  createInitiation,
  createResponse,
  openInitiation,
  openInitiationPayload,
  SymmetricState,
} from '../src/wireguard/handshake/noise.ts';
import { machineLine, median, table } from './report.ts';

const ROUNDS = 9;
const ROUND_MS = 60;

/** CPU µs of one call: the median of rounds, after warming up. */
function cost(call: (i: number) => void): number {
  let calls = 16;
  for (;;) {
    const started = process.cpuUsage();
    for (let i = 0; i < calls; i++) call(i);
    const used = process.cpuUsage(started);
    if ((used.user + used.system) / 1000 > ROUND_MS) break;
    calls *= 2;
  }
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = process.cpuUsage();
    for (let i = 0; i < calls; i++) call(i);
    const used = process.cpuUsage(started);
    rounds.push((used.user + used.system) / calls);
  }
  return median(rounds);
}

const SIZES = [64, 560, 1424];
const key = systemEntropy.bytes(32);

function aeadRow(aead: Aead): string[] {
  const slot = aead.addKey(key);
  return SIZES.flatMap((bytes) => {
    const seal = cost((i) => aead.seal(slot, i, 0, bytes));
    // What was opened is plaintext, so the two take turns.
    const both = cost((i) => {
      aead.seal(slot, i, 0, bytes);
      if (!aead.open(slot, i, 0, bytes + 16)) throw new Error('the tag is wrong');
    });
    return [`${seal.toFixed(2)} / ${(both - seal).toFixed(2)}`];
  });
}

function nobleRow(): string[] {
  const nonce = new Uint8Array(12);
  return SIZES.map((bytes) => {
    const text = new Uint8Array(bytes);
    const sealed = chacha20poly1305(key, nonce).encrypt(text);
    const seal = cost(() => chacha20poly1305(key, nonce).encrypt(text));
    const open = cost(() => chacha20poly1305(key, nonce).decrypt(sealed));
    return `${seal.toFixed(2)} / ${open.toFixed(2)}`;
  });
}

function functionRows(): string[][] {
  const none = new Uint8Array(0);
  const message = systemEntropy.bytes(116);
  const right = mac(key, message);
  const nonce = systemEntropy.bytes(24);
  const sealed = sealOnce(key, 0, key, key);
  const [own, other] = [PrivateKey.generate(), PrivateKey.generate()];
  const rows: [string, (i: number) => void][] = [
    ['mac1 of an initiation checked (BLAKE2s, keyed, 116 bytes)', () => isMac(right, key, message)],
    ['the same in TypeScript', () => blake2sPortable(16, key, message)],
    ['the same by @noble/hashes', () => nobleBlake2s(message, { key, dkLen: 16 })],
    ['hash of 64 bytes', () => hash(key, key)],
    ['HMAC of 32 bytes', () => hmac(key, key)],
    ['KDF2', () => kdf2(key, key)],
    ['32 bytes sealed with additional data', () => sealOnce(key, 0, key, key)],
    ['and opened', () => openOnce(key, 0, sealed, key)],
    ['cookie sealed (XChaCha20-Poly1305, 16 bytes)', () => xSeal(key, nonce, right, right)],
    ['X25519 shared secret, both keys imported', () => own.sharedSecret(other.publicKey)],
    ['the same with a public key seen for the first time', (i) => own.sharedSecret(freshPoint(i))],
    ['X25519 key pair', () => PrivateKey.generate()],
    ['X25519 private key imported', () => PrivateKey.from(key)],
    ['a responder’s whole handshake', responder(none)],
  ];
  return rows.map(([name, call]) => [name, cost(call).toFixed(2)]);
}

const point = systemEntropy.bytes(32);
let points = 0;
function freshPoint(_: number): Uint8Array {
  new DataView(point.buffer, point.byteOffset).setUint32(0, points++);
  return point;
}

/** From a valid initiation to the response and both transport keys; every call with another initiation. */
function responder(payload: Uint8Array): (i: number) => void {
  const [router, machine] = [PrivateKey.generate(), PrivateKey.generate()];
  const secret = router.sharedSecret(machine.publicKey)!;
  const start = SymmetricState.towards(router.publicKey);
  const timestamp = new Uint8Array(12);
  const initiations = Array.from({ length: 2048 }, () => {
    const pair = systemEntropy.keyPair();
    return createInitiation(start.copy(), pair, machine.publicKey, router.publicKey, secret, timestamp)!.message;
  });
  const preshared = systemEntropy.bytes(32);
  const macKey = hash(new TextEncoder().encode('mac1----'), router.publicKey);
  let next = 0;
  return () => {
    const message = initiations[next++ % initiations.length]!;
    mac(macKey, message);
    const opened = openInitiation(start, router, message)!;
    if (openInitiationPayload(opened, secret) === null) throw new Error('the initiation is not right');
    mac(macKey, createResponse(opened, systemEntropy.keyPair(), preshared, payload)!);
    opened.state.split();
  };
}

process.stdout.write(`${machineLine()}\n\nCPU µs, seal / open:\n\n`);
process.stdout.write(
  table(
    ['ChaCha20-Poly1305', ...SIZES.map((bytes) => `${bytes} bytes`)],
    [
      ['WebAssembly SIMD', ...aeadRow(WebAssemblyAead.create(4096, 1)!)],
      ['node:crypto', ...aeadRow(new NodeCryptoAead(4096, 1))],
      ['@noble/ciphers', ...nobleRow()],
    ],
  ),
);
process.stdout.write(`\n${table(['', 'CPU µs'], functionRows())}`);
