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
import { letPass } from '../gateway.ts';
import { type LanOptions, makeHub } from '../hub.ts';
import { Internet } from '../internet.ts';
import { conversationFrom, converse, type Known, plugHost } from '../lan.ts';
import { Machine } from '../machine.ts';
import { Lab } from '../namespace.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { ENDPOINT, joinAll } from '../two-machines.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

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

    const house: LanOptions = {
      prefixes: home.prefixes,
      via: 'pi',
      lanAddresses: home.addressesOf(pi.device),
      attach: 'static-route',
      defaultGateway: home.addresses(1),
    };
    const office: LanOptions = {
      prefixes: branch.prefixes,
      via: 'branch',
      lanAddresses: branch.addresses(1),
      attach: 'default-gateway',
      defaultGateway: branch.addresses(1),
    };
    await joinAll(hub, [phone, pi, gateway], {}, { house, office });
    // What people do on their own gateways: what the instructions say, and letting the tunnel pass.
    await hub.configureGateway('house', home.box);
    await letPass(branch.box, 'branch');

    known.phone = { device: phone.device, addresses: [phone.address(4), phone.address(6)] };
    known.nas = await plugHost(home, 'nas');
    known.printer = await plugHost(branch, 'printer');
  });
  after(() => lab.close());

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
      for (const [i, address] of b.addresses.entries()) {
        assert.deepEqual(await converse(a.device, address), conversationFrom(a.addresses[i]!), address);
      }
    });
  }
});
