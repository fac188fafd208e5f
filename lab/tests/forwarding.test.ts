/**
 * Two machines behind different NATs reach each other through the router, under their true inside addresses.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Hub, makeHub } from '../hub.ts';
import { Internet, type Place } from '../internet.ts';
import { Machine } from '../machine.ts';
import { Lab } from '../namespace.ts';
import { answered, pingOutput } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { listen, tcp, udp } from '../traffic.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

describe('two machines behind different NATs', { skip }, () => {
  const lab = new Lab();
  let hub: Hub;
  let home: Place;
  let phone: Machine;
  let laptop: Machine;

  before(async () => {
    const internet = await Internet.of(lab);
    const cloud = await internet.publicDevice('cloud');
    hub = await makeHub(cloud, { endpoint: '203.0.113.2:51820' });
    home = await internet.place('home', 'keeping');
    const carrier = await internet.place('carrier', 'random');
    phone = new Machine(await carrier.device('phone'));
    laptop = new Machine(await home.device('laptop'));
    const configurations = [await hub.addMachine('phone'), await hub.addMachine('laptop')] as const;
    await hub.up();
    await phone.up(configurations[0]);
    await laptop.up(configurations[1]);
    await Promise.all([listen(phone.device), listen(laptop.device)]);
  });
  after(() => lab.close());

  test('neither can be reached from outside', async () => {
    assert.equal(await answered(phone.device, home.outerAddress), 3, 'the NAT box itself is there');
    assert.match(await pingOutput(phone.device, '192.168.1.10'), /Unreachable/);
    await Promise.all(
      [home.outerAddress, '2001:db8:1:1::10'].map((address) => assert.rejects(tcp(phone.device, address, 1), /Abort/)),
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
