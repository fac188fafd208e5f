/**
 * Two machines behind different NATs reach each other through the router, under their true inside addresses.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Hub, makeHub } from '../hub.ts';
import type { Place } from '../internet.ts';
import type { Machine } from '../machine.ts';
import { Lab } from '../namespace.ts';
import { answered, pingOutput } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { tcp, udp } from '../traffic.ts';
import { ENDPOINT, twoMachines } from '../two-machines.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

describe('two machines behind different NATs', { skip }, () => {
  const lab = new Lab();
  let hub: Hub;
  let home: Place;
  let phone: Machine;
  let laptop: Machine;

  before(async () => {
    ({ hub, home, phone, laptop } = await twoMachines(lab, (cloud) => makeHub(cloud, { endpoint: ENDPOINT })));
  });
  after(() => lab.close());

  test('neither can be reached from outside', async () => {
    assert.equal(await answered(phone.device, home.outerAddress), 3, 'the NAT box itself is there');
    assert.match(await pingOutput(phone.device, '192.168.2.10'), /Unreachable/);
    await Promise.all(
      [home.outerAddress, '2001:db8:2:1::10'].map((address) => assert.rejects(tcp(phone.device, address, 1), /Abort/)),
    );
  });

  for (const family of [4, 6] as const) {
    test(`ping passes both ways over IPv${family}`, async () => {
      assert.equal(await answered(phone.device, laptop.address(family)), 3);
      assert.equal(await answered(laptop.device, phone.address(family)), 3);
    });

    test(`the router answers ping on its inside address of IPv${family}`, async () => {
      assert.equal(await answered(phone.device, await hub.address(family)), 3);
    });

    test(`TCP over IPv${family} shows each the other's inside address`, async () => {
      const there = await tcp(phone.device, laptop.address(family), 3_000_000);
      assert.deepEqual([there.seenAs, there.bytes], [phone.address(family), 3_000_000]);
      const back = await tcp(laptop.device, phone.address(family), 3_000_000);
      assert.deepEqual([back.seenAs, back.bytes], [laptop.address(family), 3_000_000]);
    });

    test(`UDP over IPv${family} shows each the other's inside address`, async () => {
      assert.deepEqual(await udp(phone.device, laptop.address(family), 1200, 20), {
        seenAs: phone.address(family),
        answered: 20,
      });
      assert.deepEqual(await udp(laptop.device, phone.address(family), 1200, 20), {
        seenAs: laptop.address(family),
        answered: 20,
      });
    });

    test(`traceroute shows the router as the one hop between them over IPv${family}`, async () => {
      const printed = await phone.device.run('traceroute', '-n', '-q', '1', '-w', '2', laptop.address(family));
      const hops = printed
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/\s+/)[1]);
      assert.deepEqual(hops, [await hub.address(family), laptop.address(family)]);
    });
  }
});
