/**
 * The suite that every way to run the router passes: what a backend is told it holds, it holds no more than that, and
 * changing one machine never touches another's keypair. Proved with machines that send packets.
 */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { applySetup, type Backend, type RouterSetup, type Told } from '../../src/apply/backend.ts';
import { formatKey } from '../../src/net/key.ts';
import { Machine } from '../../src/relay/loopback/machine.ts';
import { peerOf } from '../../src/relay/loopback/relay-process.ts';
import { CHANGE_PEERS, type PeerConfig } from '../../src/relay/messages.ts';
import { writeHeaderChecksum } from '../../src/relay/router/checksum.ts';
import { innerPacket, numberOf } from '../simulated/packet.ts';

export interface BackendUnderTest {
  readonly backend: Backend;
  readonly publicKey: Uint8Array;
  readonly port: number;
}

const ROUTER = { name: 'cloud', listenPort: 0, addresses: ['10.77.0.1', 'fd00:77::1'], mtu: 1420, described: [] };

/** Registers the suite for backend `name`; `start` brings up one without peers, and has it ended after the test. */
export function backendConformance(name: string, start: (t: TestContext) => Promise<BackendUnderTest>): void {
  const conforms = (sentence: string, run: (t: TestContext, subject: BackendUnderTest) => Promise<void>) =>
    test(`${name}: ${sentence}`, async (t) => run(t, await start(t)));

  conforms('holds what it is told, and then nothing differs', async (_, { backend }) => {
    const told: Told = new Map();
    const wanted = setup([
      peer('phone', { allowedIps: ['10.77.0.2/32', 'fd00:77::2/128'], presharedKey: key() }),
      peer('pi', { allowedIps: ['10.77.0.3/32', '192.168.7.0/24'], endpoint: '127.0.0.1:9', keepalive: 25, mtu: 1412 }),
      peer('guest', { allowedIps: ['10.77.0.4/32'], expires: Date.UTC(2099, 0, 1) }),
    ]);
    const first = await applySetup(backend, wanted, told);
    assert.deepEqual(first.added, ['phone', 'pi', 'guest']);
    const { router, peers } = await backend.observe();
    assert.deepEqual(
      { ...router, addresses: [...router.addresses].sort(), listenPort: 0 },
      { ...ROUTER, addresses: [...ROUTER.addresses].sort() },
    );
    assert.deepEqual(
      peers.map(({ name, publicKey, allowedIps, exitFor, keepalive, mtu, expires, hasPresharedKey }) => ({
        name,
        publicKey,
        allowedIps: [...allowedIps].sort(),
        exitFor,
        keepalive,
        mtu,
        expires,
        hasPresharedKey,
      })),
      wanted.peers.map(({ presharedKey, endpoint: _, ...shown }) => ({
        ...shown,
        allowedIps: [...shown.allowedIps].sort(),
        hasPresharedKey: presharedKey !== null,
      })),
    );
    const second = await applySetup(backend, wanted, told);
    assert.deepEqual([second.router, second.set, second.remove], [null, [], []]);
  });

  conforms('forgets a machine that is gone, and can have it back', async (_, { backend }) => {
    const told: Told = new Map();
    const [phone, pi] = [peer('phone', { allowedIps: ['10.77.0.2/32'] }), peer('pi', { allowedIps: ['10.77.0.3/32'] })];
    await applySetup(backend, setup([phone, pi]), told);
    assert.deepEqual((await applySetup(backend, setup([pi]), told)).removed, ['phone']);
    assert.deepEqual(await names(backend), ['pi']);
    assert.deepEqual((await applySetup(backend, setup([phone, pi]), told)).added, ['phone']);
    assert.deepEqual((await names(backend)).sort(), ['phone', 'pi']);
  });

  conforms('lets prefixes move and change places in one go', async (_, { backend }) => {
    const told: Told = new Map();
    const [a, b] = [peer('a', { allowedIps: ['10.1.0.0/16'] }), peer('b', { allowedIps: ['10.2.0.0/16'] })];
    await applySetup(backend, setup([a, b]), told);
    const swapped = [
      { ...a, allowedIps: ['10.2.0.0/16'] },
      { ...b, allowedIps: ['10.1.0.0/16'] },
    ];
    await applySetup(backend, setup(swapped), told);
    assert.deepEqual(await owners(backend), { a: ['10.2.0.0/16'], b: ['10.1.0.0/16'] });
    await applySetup(backend, setup([{ ...b, allowedIps: ['10.1.0.0/16', '10.2.0.0/16'] }]), told);
    assert.deepEqual(await owners(backend), { b: ['10.1.0.0/16', '10.2.0.0/16'] });
  });

  conforms(
    'takes more machines than a message holds, and lets all their prefixes change places',
    async (_, subject) => {
      const { backend } = subject;
      const told: Told = new Map();
      const count = 2 * CHANGE_PEERS + 10;
      const prefix = (n: number) => `10.${n >> 8}.${n & 255}.0/24`;
      const peers = Array.from({ length: count }, (_, n) => peer(`m${n}`, { allowedIps: [prefix(n)] }));
      await applySetup(backend, setup(peers), told);
      assert.equal((await backend.observe()).peers.length, count);
      const turned = peers.map((each, n) => ({ ...each, allowedIps: [prefix(count - 1 - n)] }));
      const { changed } = await applySetup(backend, setup(turned), told);
      assert.equal(changed.length, count);
      const { set, remove } = await applySetup(backend, setup(turned), told);
      assert.deepEqual([set, remove], [[], []]);
      await applySetup(backend, setup([]), told);
      assert.deepEqual(await names(backend), []);
    },
  );

  conforms('keeps keypairs while others come, change and go, and while it is told anew', async (t, subject) => {
    const { backend } = subject;
    const told: Told = new Map();
    const [a, b] = await Promise.all([machine(t, subject), machine(t, subject)]);
    const peers = [
      peer('a', { publicKey: a.publicKey, allowedIps: ['fd00:77::2/128'] }),
      peer('b', { publicKey: b.publicKey, allowedIps: ['fd00:77::3/128'] }),
    ];
    await applySetup(backend, setup(peers), told);
    await reach(a, b, 1);

    const guest = peer('guest', { allowedIps: ['fd00:77::4/128'], presharedKey: key() });
    await applySetup(backend, setup([...peers, guest]), told);
    await applySetup(backend, setup([{ ...guest, presharedKey: key(), keepalive: 25 }, ...peers]), told);
    await applySetup(backend, { router: { ...ROUTER, mtu: 1400 }, peers }, told);
    // A control that begins anew knows nothing of what was told.
    await applySetup(backend, setup(peers), new Map());
    await applySetup(
      backend,
      setup([peers[0]!, { ...peers[1]!, allowedIps: ['fd00:77::3/128', '10.9.0.0/16'] }]),
      told,
    );

    await reach(a, b, 2);
    // One response each, at the beginning: nobody had to make a keypair again.
    const handshakes = (each: Machine) => each.datagrams.filter((datagram) => datagram[0] !== 4).length;
    assert.deepEqual([handshakes(a), handshakes(b)], [1, 1]);
  });

  conforms(
    'tells who sends too much what the path of the receiver takes, each receiver its own',
    async (t, subject) => {
      const { backend } = subject;
      const told: Told = new Map();
      const [a, b] = await Promise.all([machine(t, subject), machine(t, subject)]);
      const peers = [
        peer('a', { publicKey: a.publicKey, allowedIps: ['10.77.0.2/32', 'fd00:77::2/128'] }),
        peer('b', { publicKey: b.publicKey, allowedIps: ['10.77.0.3/32', 'fd00:77::3/128'], mtu: 1412 }),
      ];
      await applySetup(backend, setup(peers), told);
      await reach(a, b, 1);

      assert.equal(await toldOf(a, b, '10.77.0.2', '10.77.0.3', 1412), null);
      assert.equal(await toldOf(a, b, '10.77.0.2', '10.77.0.3', 1413), 1412);
      assert.equal(await toldOf(b, a, '10.77.0.3', '10.77.0.2', 1420), null);
      assert.equal(await toldOf(b, a, '10.77.0.3', '10.77.0.2', 1421), 1420);
      assert.equal(await toldOf(a, b, 'fd00:77::2', 'fd00:77::3', 1413), 1412);

      await applySetup(backend, setup([peers[0]!, { ...peers[1]!, mtu: 1300 }]), told);
      assert.equal(await toldOf(a, b, '10.77.0.2', '10.77.0.3', 1412), 1300);
    },
  );

  conforms('has an exit for those whom it is for, both ways, and for nobody else', async (t, subject) => {
    const { backend } = subject;
    const told: Told = new Map();
    const [user, other, exit] = await Promise.all([machine(t, subject), machine(t, subject), machine(t, subject)]);
    const peers = [
      peer('user', { publicKey: user.publicKey, allowedIps: ['fd00:77::2/128', '10.77.0.2/32'] }),
      peer('other', { publicKey: other.publicKey, allowedIps: ['fd00:77::3/128', '10.77.0.3/32'] }),
      peer('exit', {
        publicKey: exit.publicKey,
        allowedIps: ['fd00:77::4/128', '10.77.0.4/32'],
        exitFor: ['fd00:77::2/128', '10.77.0.2/32'],
      }),
    ];
    const router = { ...ROUTER, described: ['fd00:77::/64', '10.77.0.0/24'] };
    const second = await applySetup(backend, { router, peers }, told);
    assert.deepEqual(second.router, { ...router });
    await reach(exit, other, 1, 'fd00:77::4');
    await reach(user, other, 2);

    for (const [inside, far, number] of [
      ['fd00:77::2', '2001:db8::9', 10],
      ['10.77.0.2', '192.0.2.9', 20],
    ] as const) {
      user.send(summed(innerPacket(inside, far, number)));
      await exit.receive((packet) => numberOf(packet) === number);
      exit.send(summed(innerPacket(far, inside, number + 1)));
      await user.receive((packet) => numberOf(packet) === number + 1);
    }
    // Not out for others, nor into the network for others, nor under an address of the network, nor past what is described.
    other.send(innerPacket('fd00:77::3', '2001:db8::9', 30));
    exit.send(innerPacket('2001:db8::9', 'fd00:77::3', 31));
    exit.send(innerPacket('fd00:77::9', 'fd00:77::2', 32));
    other.send(innerPacket('2001:db8::9', 'fd00:77::2', 33));
    user.send(innerPacket('fd00:77::2', 'fd00:77::99', 34));
    await reach(other, user, 35, 'fd00:77::3', 'fd00:77::2');
    await reach(exit, other, 36, 'fd00:77::4');
    await reach(user, other, 37);
    for (const number of [30, 31, 32, 33, 34])
      for (const { inbox } of [user, other, exit])
        assert.ok(!inbox.some((packet) => numberOf(packet) === number), `${number}`);
    const { drops } = (await backend.observe()).peers.find(({ name }) => name === 'exit')!;
    assert.equal(drops['source-not-allowed'], 2);

    await applySetup(backend, { router: ROUTER, peers: peers.map((each) => ({ ...each, exitFor: [] })) }, told);
    user.send(innerPacket('fd00:77::2', '2001:db8::9', 40));
    await reach(user, other, 41);
    assert.ok(!exit.inbox.some((packet) => numberOf(packet) === 40));
  });

  conforms('refuses what a removed machine sends, and nobody else', async (t, subject) => {
    const { backend } = subject;
    const told: Told = new Map();
    const [a, b, c] = await Promise.all([machine(t, subject), machine(t, subject), machine(t, subject)]);
    const peers = [a, b, c].map(({ publicKey }, n) =>
      peer('abc'[n]!, { publicKey, allowedIps: [`fd00:77::${n + 2}/128`] }),
    );
    await applySetup(backend, setup(peers), told);
    await reach(a, b, 1);
    await reach(c, b, 2, 'fd00:77::4');
    await applySetup(backend, setup(peers.slice(0, 2)), told);
    c.send(innerPacket('fd00:77::4', 'fd00:77::3', 3));
    await reach(a, b, 4);
    assert.ok(!b.inbox.some((packet) => numberOf(packet) === 3));
  });
}

function setup(peers: readonly PeerConfig[]): RouterSetup {
  return { router: ROUTER, peers };
}

function key(): string {
  return formatKey(crypto.getRandomValues(new Uint8Array(32)));
}

function peer(name: string, more: Partial<PeerConfig>): PeerConfig {
  return peerOf(name, key(), [], more);
}

/** An IPv4 packet with the checksum that a router looks at; IPv6 has none. */
function summed(packet: Uint8Array): Uint8Array {
  if (packet[0]! >> 4 === 4) writeHeaderChecksum(packet, 0, 20);
  return packet;
}

/** What `from` is told when it sends `bytes` in one piece that nobody may cut: the size that fits; null when `to` has them. */
async function toldOf(
  from: Machine,
  to: Machine,
  source: string,
  destination: string,
  bytes: number,
): Promise<number | null> {
  const isIpv4 = !source.includes(':');
  const packet = innerPacket(source, destination, 1, bytes);
  if (isIpv4) packet[6] = 0x40;
  const [icmpAt, type, code] = isIpv4 ? [20, 3, 4] : [40, 2, 0];
  from.send(summed(packet));
  for (let attempt = 0; attempt < 50; attempt++) {
    try {
      await to.receive((each) => each.length === bytes, 20);
      return null;
    } catch {}
    try {
      const error = await from.receive((each) => each[icmpAt] === type && each[icmpAt + 1] === code, 20);
      return (error[icmpAt + 6]! << 8) | error[icmpAt + 7]!;
    } catch {}
  }
  throw new Error(`${bytes} bytes neither arrived nor were refused`);
}

async function names(backend: Backend): Promise<string[]> {
  return (await backend.observe()).peers.map(({ name }) => name);
}

async function owners(backend: Backend): Promise<Record<string, string[]>> {
  const { peers } = await backend.observe();
  return Object.fromEntries(peers.map(({ name, allowedIps }) => [name, [...allowedIps].sort()]));
}

async function machine(t: TestContext, { publicKey, port }: BackendUnderTest): Promise<Machine> {
  const started = await Machine.start();
  t.after(() => started.stop());
  started.dial(publicKey, port);
  return started;
}

/** Sends a packet from `from` to `to` (fd00:77::3) and waits for it. A machine is where it was last heard, so both speak. */
async function reach(
  from: Machine,
  to: Machine,
  number: number,
  source = 'fd00:77::2',
  destination = 'fd00:77::3',
): Promise<void> {
  to.send(innerPacket(destination, 'fd00:77::1', number));
  for (let attempt = 0; attempt < 50; attempt++) {
    from.send(innerPacket(source, destination, number));
    try {
      await to.receive((packet) => numberOf(packet) === number, 200);
      return;
    } catch {}
  }
  throw new Error(`packet ${number} did not arrive`);
}
