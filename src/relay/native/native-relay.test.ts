/**
 * What only the native backend does, seen at the relay: answers leave from the address that was called.
 */

import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { rmSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { nativeSkip } from '../../../test/native/native-builds.ts';
import { formatKey, parseKey } from '../../net/key.ts';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import { Batch, SLOT_BYTES } from '../../wireguard/batch.ts';
import { NodeCryptoAead } from '../../wireguard/crypto/node-crypto.ts';
import { systemEntropy } from '../../wireguard/crypto/system-entropy.ts';
import { publicKeyOf } from '../../wireguard/crypto/x25519.ts';
import { Device } from '../../wireguard/device.ts';
import { bootOf, peerOf } from '../loopback/relay-process.ts';
import { Relay } from '../relay.ts';
import { ping4 } from '../router/example-packets.ts';

/** A machine that calls the router at any of its addresses, and keeps from where the router answers. */
class Caller {
  readonly #socket: Socket;
  readonly #device: Device;
  readonly #batch: Batch;
  readonly publicKey: string;
  readonly answeredFrom: string[] = [];
  #called = '';
  #port = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    const aead = new NodeCryptoAead(65 * SLOT_BYTES, 16);
    this.#batch = new Batch(aead.arena);
    this.#device = new Device({
      aead,
      entropy: systemEntropy,
      wallClock: Date.now,
      output: (datagram) => this.#socket.send(Uint8Array.from(datagram), this.#port, this.#called),
    });
    const key = crypto.getRandomValues(new Uint8Array(32));
    this.publicKey = formatKey(publicKeyOf(key));
    this.#device.setPrivateKey(key, 0);
    socket.on('message', (datagram, { address, port }) => {
      this.answeredFrom.push(address);
      this.#batch.clear();
      this.#batch.add(datagram, { family: 4, address, port });
      this.#device.open(this.#batch, performance.now());
      this.#device.handshakes(performance.now(), 9);
    });
  }

  /** Pings the router at `called` and returns the addresses that two answers came from. */
  async call(routerKey: string, called: string, port: number): Promise<string[]> {
    this.#called = called;
    this.#port = port;
    this.answeredFrom.length = 0;
    const peer = this.#device.addPeer(
      {
        publicKey: parseKey(routerKey)!,
        presharedKey: null,
        allowedIps: [parsePrefix('0.0.0.0/0') as Prefix],
        endpoint: { family: 4, address: called, port },
        keepaliveSeconds: 0,
        expires: null,
      },
      performance.now(),
    );
    const end = Date.now() + 10_000;
    while (this.answeredFrom.length < 2) {
      if (Date.now() > end) throw new Error('the router does not answer');
      this.#device.sendTo(peer, ping4('10.77.0.2', '10.77.0.1'), performance.now());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.answeredFrom.slice(0, 2);
  }
}

async function caller(t: TestContext): Promise<Caller> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  t.after(() => socket.close());
  return new Caller(socket);
}

test('handshakes and packets are answered from the address that was called, and from another when that is called', {
  skip: nativeSkip,
}, async (t) => {
  const machine = await caller(t);
  const boot = bootOf([peerOf('a', machine.publicKey, ['10.77.0.2/32'])]);
  const relay = await Relay.start(boot, { choice: { backend: 'native', offload: null } });
  t.after(async () => {
    await relay.stop();
    rmSync(boot.stateFolder!, { recursive: true, force: true });
  });
  // The whole of 127/8 is this machine's, as a router may have several addresses.
  for (const called of ['127.0.0.9', '127.0.0.1', '127.3.2.1']) {
    assert.deepEqual(await machine.call(relay.publicKey, called, relay.port), [called, called]);
  }
});
