/**
 * A large TCP transfer through every way in which a LAN joins, where only the segment size that the carriers clamp can
 * help: the LANs are behind PPPoE, hosts start with packets of 1500 bytes, and nobody hears that a packet was too big.
 *
 *                      1492
 *   host ── LAN ── box ════ internet ──── router, dialled over IPv6
 *            └── carrier       └── NAT ── phone, laptop
 *
 * One such LAN for each mode; where WireGuard runs on the default gateway, the box is the carrier.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { letPass } from '../gateway.ts';
import { hubKind } from '../hub.ts';
import { Internet, type Place } from '../internet.ts';
import { plugHost } from '../lan.ts';
import { Machine } from '../machine.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { tcp } from '../traffic.ts';
import { upAll } from '../two-machines.ts';
import { WgRouter } from '../wg-router.ts';

const skip = enterPrivateNamespaces(import.meta.filename) || (hubKind !== 'wg-router' && 'only for wg-router');

/** Over IPv6 a packet of 1420 bytes inside has 1500 outside: it does not fit. */
const ENDPOINT = '[2001:db8:0:1::2]:51820';
const PPPOE_MTU = 1492;
const STALL_LIMIT_MS = 5_000;

/** The mode's own part of a LAN's description; all else is the same for all. */
const MODES: Readonly<Record<string, (place: Place) => object>> = {
  'default-gateway': () => ({ attach: 'default-gateway' }),
  'static-route': (place) => ({ attach: 'static-route', 'default-gateway': linuxGateway(place) }),
  masquerade: () => ({ attach: 'masquerade' }),
  proxy: (place) => ({ attach: 'proxy', lend: { laptop: place.addresses(200) } }),
  'seen-as': (place) => ({ attach: 'static-route', 'default-gateway': linuxGateway(place), 'seen-as': SEEN_AS }),
};
const SEEN_AS = ['172.20.1.0/24', 'fd77:1::/64'];
const linuxGateway = (place: Place) => ({ address: place.addresses(1), platform: 'linux' });

/** A host on a LAN that joined, and a machine elsewhere. */
interface Ends {
  readonly host: Namespace;
  readonly machine: Namespace;
  /** The addresses under which each knows the other. */
  readonly addressOfHost: readonly string[];
  readonly addressOfMachine: readonly string[];
  /** Where the host is asked from. */
  readonly seenByHost: readonly string[];
}

describe('TCP there and back between a machine elsewhere and a host behind PPPoE', { skip }, () => {
  const lab = new Lab();
  const ends = new Map<string, Ends>();

  before(async () => {
    const internet = await Internet.of(lab);
    const router = await WgRouter.init(await internet.publicDevice('cloud'), { endpoint: ENDPOINT });
    const elsewhere = await internet.place('elsewhere', 'random');
    const phone = new Machine(await elsewhere.device('phone'));
    const laptop = new Machine(await elsewhere.device('laptop'));
    const platform = 'linux';
    const machines: Record<string, object> = { phone: { platform }, laptop: { platform } };
    const lans: Record<string, object> = {};
    const joined = [];
    for (const [i, [mode, own]] of Object.entries(MODES).entries()) {
      const place = await internet.place(`box-${i}`, 'keeping', { mtu: PPPOE_MTU });
      await loseFragments(place.box);
      const carrier = mode === 'default-gateway' ? place.box : await place.device(`pi-${i}`);
      const onLan = mode === 'default-gateway' ? place.addresses(1) : place.addressesOf(carrier);
      const host = await plugHost(place, `host-${i}`);
      for (const device of [carrier, host.device]) await loseIcmpErrors(device);
      machines[carrier.name] = { platform, lan: mode, 'lan-address': onLan, 'path-mtu': PPPOE_MTU };
      lans[mode] = { prefixes: place.prefixes, via: carrier.name, ...own(place) };
      joined.push({ mode, place, carrier: new Machine(carrier), onLan, host });
    }
    for (const { device } of [phone, laptop]) await loseIcmpErrors(device);
    await router.describe(`machines: ${JSON.stringify(machines)}\nlans: ${JSON.stringify(lans)}\n`);
    await upAll(router, [phone, laptop, ...joined.map(({ carrier }) => carrier)]);

    const [gateway] = joined;
    await letPass(gateway!.place.box, gateway!.carrier.device.name);
    for (const { mode, place, host, onLan } of joined) {
      if (mode === 'static-route' || mode === 'seen-as') await router.configureGateway(mode, place.box);
      const machine = mode === 'proxy' ? laptop : phone;
      const addressOfMachine = [machine.address(4), machine.address(6)];
      ends.set(mode, {
        host: host.device,
        machine: machine.device,
        addressOfHost: mode === 'seen-as' ? host.addresses.map(asSeen) : host.addresses,
        addressOfMachine,
        seenByHost: mode === 'masquerade' ? onLan : addressOfMachine,
      });
    }
  });
  after(() => lab.close());

  for (const mode of Object.keys(MODES)) {
    test(`50 MB over IPv4, from outside: ${mode}`, async () => {
      const { machine, addressOfHost, seenByHost } = ends.get(mode)!;
      await assertPasses(machine, of(addressOfHost, 4), of(seenByHost, 4), 50_000_000);
    });

    if (mode === 'masquerade') {
      test(`5 MB over IPv6, from outside: ${mode}`, async () => {
        const { machine, addressOfHost, seenByHost } = ends.get(mode)!;
        await assertPasses(machine, of(addressOfHost, 6), of(seenByHost, 6), 5_000_000);
      });
    } else {
      test(`5 MB over IPv6, from the LAN: ${mode}`, async () => {
        const { host, addressOfHost, addressOfMachine } = ends.get(mode)!;
        await assertPasses(host, of(addressOfMachine, 6), of(addressOfHost, 6), 5_000_000);
      });
    }
  }
});

async function assertPasses(from: Namespace, address: string, seenAs: string, bytes: number): Promise<void> {
  const { longestStallMs, ...answer } = await tcp(from, address, bytes);
  assert.deepEqual(answer, { seenAs, bytes });
  assert.ok(longestStallMs < STALL_LIMIT_MS, `nothing came for ${longestStallMs} ms`);
}

function of(addresses: readonly string[], family: 4 | 6): string {
  return addresses.find((address) => address.includes(':') === (family === 6))!;
}

/** A host's address among those under which its LAN is known. */
function asSeen(address: string): string {
  const [ipv4, ipv6] = SEEN_AS.map((prefix) => prefix.replace(/0\/24$|\/64$/, ''));
  return address.includes(':') ? address.replace(/.*::/, ipv6!) : address.replace(/.*\./, ipv4!);
}

/** Makes a box lose fragments of packets from and to the internet, as many do. */
async function loseFragments(box: Namespace): Promise<void> {
  // Before connection tracking, which puts them together.
  await box.runWith(lossy('fragments', 'prerouting priority -500', FRAGMENTS), 'nft', '-f', '-');
}

/** Nobody on `device` hears that a packet was too big. */
async function loseIcmpErrors(device: Namespace): Promise<void> {
  await device.runWith(lossy('errors', 'input priority filter', TOO_BIG), 'nft', '-f', '-');
}

const FRAGMENTS = ['ip frag-off & 0x3fff != 0', 'exthdr frag exists'];
const TOO_BIG = ['icmp type destination-unreachable', 'icmpv6 type packet-too-big'];

/** Rules for nft that drop what matches. */
function lossy(name: string, hook: string, matches: readonly string[]): string {
  const rules = matches.map((match) => `    ${match} drop\n`).join('');
  return `table inet lossy-${name} {\n  chain all-of-it {\n    type filter hook ${hook}\n${rules}  }\n}\n`;
}
