/**
 * Packets larger than a tunnel: the router says so where they may not be fragmented, and fragments them where they may.
 *
 * The machines' tunnels take 1420 bytes, the router's side 1360, so that it is the router that has to say it.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Hub, makeHub } from '../hub.ts';
import type { Machine } from '../machine.ts';
import { Lab } from '../namespace.ts';
import { answered, pingOutput } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { tcp, udp } from '../traffic.ts';
import { ENDPOINT, twoMachines } from '../two-machines.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

const ROUTER_MTU = 1360;
const MACHINE_MTU = 1420;
/** Bytes of headers before the payload of an echo request. */
const PING_HEADERS = { 4: 28, 6: 48 } as const;

describe('a router whose tunnels are narrower than the machines believe', { skip }, () => {
  const lab = new Lab();
  let hub: Hub;
  let phone: Machine;
  let laptop: Machine;

  before(async () => {
    ({ hub, phone, laptop } = await twoMachines(
      lab,
      (cloud) => makeHub(cloud, { endpoint: ENDPOINT, mtu: ROUTER_MTU }),
      { mtu: MACHINE_MTU },
    ));
    assert.equal(await answered(phone.device, laptop.address(4), 1), 1);
  });
  after(() => lab.close());

  for (const family of [4, 6] as const) {
    test(`a packet that fits exactly passes over IPv${family}`, async () => {
      const size = `${ROUTER_MTU - PING_HEADERS[family]}`;
      assert.equal(await answered(phone.device, laptop.address(family), 2, '-M', 'do', '-s', size), 2);
    });

    test(`one byte more is answered by the router with the size that fits, over IPv${family}`, async () => {
      const size = `${ROUTER_MTU - PING_HEADERS[family] + 1}`;
      const printed = await pingOutput(phone.device, laptop.address(family), '-M', 'do', '-s', size);
      assert.match(printed, new RegExp(`From ${await hub.address(family)} .*(mtu ?= ?${ROUTER_MTU})`));
    });

    test(`TCP finds the size that fits over IPv${family}`, async () => {
      const answer = await tcp(phone.device, laptop.address(family), 2_000_000);
      assert.equal(answer.bytes, 2_000_000);
      assert.ok(answer.longestStallMs < 3000, `stalled for ${answer.longestStallMs} ms`);
    });

    test(`datagrams in fragments arrive whole over IPv${family}`, async () => {
      const { answered } = await udp(phone.device, laptop.address(family), 9000, 5);
      // The first may be the one from which the sender learns the size.
      assert.ok(answered >= 4, `${answered} of 5`);
    });
  }

  test('an IPv4 packet that may be fragmented is, by the router', async () => {
    await phone.device.run('ip', 'route', 'flush', 'cache');
    const size = `${MACHINE_MTU - PING_HEADERS[4]}`;
    assert.equal(await answered(phone.device, laptop.address(4), 2, '-M', 'dont', '-s', size), 2);
  });
});
