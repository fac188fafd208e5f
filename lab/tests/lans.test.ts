/**
 * Hosts that do not run WireGuard reach machines and are reached: behind a default gateway that runs it, and behind a
 * machine to which the default gateway has a route.
 *
 *        home 192.168.2.0/24                                 branch 192.168.3.0/24
 *   nas ──┬── NAT box, default gateway ──┐               ┌── NAT box, default gateway, `branch` ── printer
 *         └── pi ── tunnel ──────────── router ──────────┘ tunnel
 *                                          └── phone
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeHub } from '../hub.ts';
import { FIRST_HOST, Internet, type Place } from '../internet.ts';
import { Machine } from '../machine.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { answered } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { listen, tcp, udp } from '../traffic.ts';
import { ENDPOINT } from '../two-machines.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

/** A device and the address under which others know it, in each family. */
interface Known {
  readonly device: Namespace;
  readonly addresses: readonly [ipv4: string, ipv6: string];
}

describe('LANs whose hosts do not run WireGuard', { skip }, () => {
  const lab = new Lab();
  const known: Record<string, Known> = {};

  before(async () => {
    const internet = await Internet.of(lab);
    const hub = await makeHub(await internet.publicDevice('cloud'), { endpoint: ENDPOINT });
    const carrier = await internet.place('carrier', 'random');
    const home = await internet.place('home', 'keeping');
    const branch = await internet.place('branch', 'keeping');

    const pi = new Machine(await home.device('pi'));
    const phone = new Machine(await carrier.device('phone'));
    const gateway = new Machine(branch.box);
    const nas = await host(home, 'nas', FIRST_HOST + 1);
    const printer = await host(branch, 'printer', FIRST_HOST);

    for (const name of ['phone', 'pi', 'branch']) await hub.addMachine(name);
    await hub.addLan('house', {
      prefixes: home.prefixes,
      via: 'pi',
      lanAddresses: home.addresses(FIRST_HOST),
      attach: 'static-route',
      defaultGateway: home.addresses(1),
    });
    await hub.addLan('office', {
      prefixes: branch.prefixes,
      via: 'branch',
      lanAddresses: branch.addresses(1),
      attach: 'default-gateway',
      defaultGateway: branch.addresses(1),
    });
    await hub.up();
    for (const machine of [phone, pi, gateway]) {
      await machine.up(await hub.configuration(machine.device.name));
      await machine.handshakes();
    }
    // What people do on their own gateways: what the instructions say, and letting the tunnel pass.
    await hub.configureGateway('house', home.box);
    await branch.box.run('nft', 'add', 'rule', 'inet', 'box', 'forward', 'iifname', 'branch', 'accept');

    known.phone = { device: phone.device, addresses: [phone.address(4), phone.address(6)] };
    known.nas = nas;
    known.printer = printer;
    for (const { device } of Object.values(known)) await listen(device);
  });
  after(() => lab.close());

  async function host(place: Place, name: string, number: number): Promise<Known> {
    const device = await place.device(name);
    await device.parameters({ 'ipv4.conf.all.accept_redirects': 0, 'ipv6.conf.eth0.accept_redirects': 0 });
    return { device, addresses: place.addresses(number) };
  }

  for (const [from, to] of [
    ['phone', 'nas'],
    ['nas', 'phone'],
    ['phone', 'printer'],
    ['printer', 'phone'],
    ['nas', 'printer'],
    ['printer', 'nas'],
  ] as const) {
    test(`${from} reaches ${to}, which sees its true address`, async () => {
      const [a, b] = [known[from]!, known[to]!];
      for (const family of [0, 1] as const) {
        const address = b.addresses[family];
        assert.equal(await answered(a.device, address), 3, address);
        const { seenAs, bytes } = await tcp(a.device, address, 500_000);
        assert.deepEqual([seenAs, bytes], [a.addresses[family], 500_000]);
        assert.deepEqual(await udp(a.device, address, 1200, 5), { seenAs: a.addresses[family], answered: 5 });
      }
    });
  }
});
