/**
 * Two LANs with the same addresses, down to the last: gateway, carrier and host. Each is known under others, one to one.
 *
 *   north 192.168.1.0/24, fd00:1::/64                           south 192.168.1.0/24, fd00:1::/64
 *   seen as 172.20.1.0/24, fd77:1::/64                          seen as 172.20.2.0/24, fd77:2::/64
 *
 *   nas-north .11 ──┬── box .1 ──── internet, router ──── box .1 ──┬── .11 nas-south
 *                   └── pi-north .10      └── phone      pi-south .10
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hubKind } from '../hub.ts';
import { Internet, type Place } from '../internet.ts';
import { conversationFrom, converse, plugHost } from '../lan.ts';
import { Machine } from '../machine.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { answeredInTurn } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { ENDPOINT, upAll } from '../two-machines.ts';
import { WgRouter } from '../wg-router.ts';

const skip = enterPrivateNamespaces(import.meta.filename) || (hubKind !== 'wg-router' && 'only for wg-router');

const PREFIXES = ['192.168.1.0/24', 'fd00:1::/64'];

/** A device and the addresses under which those elsewhere know it. */
interface SeenAs {
  readonly device: Namespace;
  readonly seenAs: readonly string[];
}

describe('two LANs with the same addresses', { skip }, () => {
  const lab = new Lab();
  const known: Record<string, SeenAs> = {};

  before(async () => {
    const internet = await Internet.of(lab);
    const router = await WgRouter.init(await internet.publicDevice('cloud'), { endpoint: ENDPOINT });
    const phone = new Machine(await (await internet.place('carrier', 'random')).device('phone'));
    const places: Record<string, Place> = {};
    const carriers: Record<string, Machine> = {};
    for (const name of ['north', 'south']) {
      places[name] = await internet.place(`box-${name}`, 'keeping', { outer: 'ipv4', prefixes: PREFIXES });
      carriers[name] = new Machine(await places[name].device(`pi-${name}`));
    }
    const described = Object.entries(places).map(([name, place], i) => ({
      machine: `
  pi-${name}: {platform: linux, lan: ${name}, lan-address: ${JSON.stringify(place.addresses(10))}}`,
      lan: `
  ${name}:
    prefixes: ${JSON.stringify(PREFIXES)}
    seen-as: [172.20.${i + 1}.0/24, "fd77:${i + 1}::/64"]
    via: pi-${name}
    attach: static-route
    default-gateway: {address: ${JSON.stringify(place.addresses(1))}, platform: linux}
    gateway-firewall: established`,
    }));
    await router.describe(`
machines:
  phone: {platform: linux}${described.map(({ machine }) => machine).join('')}
lans:${described.map(({ lan }) => lan).join('')}
`);
    await upAll(router, [phone, ...Object.values(carriers)]);

    known.phone = { device: phone.device, seenAs: [phone.address(4), phone.address(6)] };
    for (const [i, [name, place]] of Object.entries(places).entries()) {
      await router.configureGateway(name, place.box);
      const { device, addresses } = await plugHost(place, `nas-${name}`);
      assert.deepEqual(addresses, ['192.168.1.11', 'fd00:1::11']);
      known[device.name] = { device, seenAs: [`172.20.${i + 1}.11`, `fd77:${i + 1}::11`] };
    }
  });
  after(() => lab.close());

  for (const [from, to] of [
    ['nas-north', 'nas-south'],
    ['nas-south', 'nas-north'],
    ['phone', 'nas-north'],
    ['phone', 'nas-south'],
    ['nas-north', 'phone'],
    ['nas-south', 'phone'],
  ] as const) {
    test(`${from} reaches ${to}, which sees it under the address by which it is reached itself`, async () => {
      const [a, b] = [known[from]!, known[to]!];
      for (const [i, address] of b.seenAs.entries()) {
        assert.deepEqual(await converse(a.device, address), conversationFrom(a.seenAs[i]!), address);
      }
    });
  }

  test('the carriers are known under others, too', async () => {
    for (const address of ['172.20.2.10', 'fd77:2::10']) {
      assert.deepEqual(await answeredInTurn(known['nas-north']!.device, address), [true, true, true], address);
    }
  });

  test('nobody elsewhere reaches a host by the address that both LANs have', async () => {
    for (const address of ['192.168.1.11', 'fd00:1::11']) {
      assert.deepEqual(await answeredInTurn(known.phone!.device, address), [false, false, false], address);
    }
  });
});
