/**
 * A program that runs in a lab device: throws datagrams at a WireGuard port at a steady pace, and says how many.
 *
 *   flood.ts ADDRESS PORT PUBLIC-KEY KIND PER-SECOND SECONDS
 *
 * KIND is `initiations` (well-formed, with a valid MAC1, from nobody), `rubbish` (random bytes of every length and type),
 * or `scan` (random bytes to every port in turn).
 */

import { createHash, randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { blake2s } from '@noble/hashes/blake2.js';

const [address, port, publicKey, kind, perSecond, seconds] = process.argv.slice(2) as string[];

/** Key of MAC1 (whitepaper section 5.4.4): HASH("mac1----" || the responder's public key). */
const MAC1_KEY = createHash('blake2s256')
  .update(Buffer.concat([Buffer.from('mac1----'), Buffer.from(publicKey!, 'base64')]))
  .digest();

const makers: Readonly<Record<string, () => Buffer>> = { initiations: initiation, rubbish, scan: rubbish };
const make = makers[kind!]!;
const datagrams = Array.from({ length: 2_000 }, make);
const socket = createSocket(isIPv6(address!) ? 'udp6' : 'udp4');
const total = Number(perSecond) * Number(seconds);
const started = performance.now();
for (let sent = 0; sent < total; ) {
  const due = Math.min(total, Math.ceil(((performance.now() - started) / 1000) * Number(perSecond)));
  for (; sent < due; sent++) {
    const to = kind === 'scan' ? 1 + (sent % 65_535) : Number(port);
    socket.send(datagrams[sent % datagrams.length]!, to, address, () => {});
  }
  await pause(5);
}
console.log(`sent ${total}`);
socket.close();

function initiation(): Buffer {
  const message = randomBytes(148);
  message.writeUInt32LE(1, 0);
  message.set(blake2s(message.subarray(0, 116), { key: MAC1_KEY, dkLen: 16 }), 116);
  message.fill(0, 132);
  return message;
}

/** Half of it passes the first look at type and length. */
function rubbish(): Buffer {
  const type = randomInt(0, 6);
  const sizes: Readonly<Record<number, number>> = { 1: 148, 2: 92, 3: 64, 4: 32 + randomInt(0, 1400) };
  const datagram = randomBytes(Math.random() < 0.5 ? (sizes[type] ?? randomInt(0, 1500)) : randomInt(0, 1500));
  if (datagram.length >= 4 && Math.random() < 0.8) datagram.writeUInt32LE(type, 0);
  return datagram;
}
