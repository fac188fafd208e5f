/**
 * A program that runs in a lab device: talks to `listen.ts` and prints one line of JSON at the end.
 *
 *   ask.ts tcp ADDRESS PORT BYTES [BYTES-PER-SECOND]   {seenAs, bytes, longestStallMs}; every echoed byte is compared
 *   ask.ts udp ADDRESS PORT BYTES COUNT                {seenAs, answered}; one datagram after the other, 1 s each
 *
 * A TCP transfer prints `connected` when it is, and `started` when the first byte has come back.
 */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIPv6 } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Long enough for a lost packet and a handshake to be sent again. */
const CONNECT_LIMIT_MS = 8_000;
/** A transfer is given up when nothing has come for so long. */
const SILENCE_LIMIT_MS = 30_000;

/** A whole number of rounds of the sequence of `pattern`; grows to the longest chunk. */
let sequence = Buffer.from(Uint8Array.from({ length: 251 }, (_, i) => i));

const [kind, address, port, size, last] = process.argv.slice(2) as [string, string, string, string, string?];
const answer =
  kind === 'tcp' ? await askTcp(Number(size), Number(last ?? 0)) : await askUdp(Number(size), Number(last));
console.log(JSON.stringify(answer));

async function askTcp(bytes: number, bytesPerSecond: number) {
  let received = 0;
  const connection = connect({ host: address, port: Number(port) });
  await once(connection, 'connect', { signal: AbortSignal.timeout(CONNECT_LIMIT_MS) });
  console.log('connected');
  connection.setTimeout(SILENCE_LIMIT_MS, () => connection.destroy(new Error(`silence after ${received} bytes`)));
  const started = performance.now();
  const sender = send();
  let seenAs: string | null = null;
  let lastAt = started;
  let longestStallMs = 0;
  for await (let chunk of connection as AsyncIterable<Buffer>) {
    if (seenAs === null) {
      const end = chunk.indexOf('\n');
      seenAs = chunk.toString('latin1', 0, end);
      chunk = chunk.subarray(end + 1);
      console.log('started');
    }
    const now = performance.now();
    longestStallMs = Math.max(longestStallMs, now - lastAt);
    lastAt = now;
    if (!chunk.equals(pattern(received, chunk.length))) throw new Error(`wrong byte after ${received}`);
    received += chunk.length;
    if (received >= bytes) break;
  }
  await sender;
  return { seenAs, bytes: received, longestStallMs: Math.round(longestStallMs) };

  async function send() {
    for (let sent = 0; sent < bytes; ) {
      const chunk = pattern(sent, Math.min(16_384, bytes - sent));
      sent += chunk.length;
      if (!connection.write(chunk)) await once(connection, 'drain');
      const dueMs = bytesPerSecond > 0 ? (sent / bytesPerSecond) * 1000 - (performance.now() - started) : 0;
      if (dueMs > 0) await pause(dueMs);
    }
  }
}

/** Bytes of a sequence that repeats only after 251, so that a chunk at the wrong place is seen. */
function pattern(from: number, length: number): Buffer {
  while (sequence.length < 251 + length) sequence = Buffer.concat([sequence, sequence]);
  return sequence.subarray(from % 251, (from % 251) + length);
}

async function askUdp(bytes: number, count: number) {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  const datagram = pattern(0, bytes);
  let seenAs: string | null = null;
  let answered = 0;
  socket.connect(Number(port), address);
  await once(socket, 'connect');
  for (let i = 0; i < count; i++) {
    socket.send(datagram);
    const reply = await Promise.race([once(socket, 'message'), pause(1000, undefined, { ref: false })]);
    if (reply === undefined) continue;
    const [text] = reply as [Buffer];
    const space = text.indexOf(' ');
    seenAs = text.toString('latin1', 0, space);
    if (text.subarray(space + 1).equals(datagram)) answered++;
  }
  socket.close();
  return { seenAs, answered };
}
