/**
 * Tunnels over IPv4, over IPv6, and from machines that have only one of them to a router that has both.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { makeHub } from '../hub.ts';
import { Internet } from '../internet.ts';
import { Machine } from '../machine.ts';
import { Lab } from '../namespace.ts';
import { answered } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { run } from '../running.ts';
import { tcp, udp } from '../traffic.ts';
import { joinAll } from '../two-machines.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

describe('a router dialled by its IPv6 address', { skip }, () => {
  const lab = new Lab();
  let phone: Machine;
  let laptop: Machine;

  before(async () => {
    const internet = await Internet.of(lab);
    const hub = await makeHub(await internet.publicDevice('cloud'), { endpoint: '[2001:db8:0:1::2]:51820' });
    phone = new Machine(await (await internet.place('carrier', 'random', { outer: 'ipv6' })).device('phone'));
    laptop = new Machine(await (await internet.place('home', 'keeping')).device('laptop'));
    await joinAll(hub, [phone, laptop]);
  });
  after(() => lab.close());

  test('carries packets of both families between machines behind stateful firewalls', async () => {
    for (const machine of [phone, laptop]) assert.equal(await dialled(machine), '[2001:db8:0:1::2]:51820');
    await assertConversations(phone, laptop);
  });
});

describe('a router dialled by a name that has addresses of both families', { skip }, () => {
  const lab = new Lab();
  let phone: Machine;
  let laptop: Machine;
  let tablet: Machine;

  before(async () => {
    await writeFile('/run/lab/hosts', '203.0.113.2 vpn.example.net\n2001:db8:0:1::2 vpn.example.net\n');
    await run(['mount', '--bind', '/run/lab/hosts', '/etc/hosts']);
    const internet = await Internet.of(lab);
    const hub = await makeHub(await internet.publicDevice('cloud'), { endpoint: 'vpn.example.net:51820' });
    phone = new Machine(await (await internet.place('carrier', 'random', { outer: 'ipv6' })).device('phone'));
    laptop = new Machine(await (await internet.place('home', 'keeping', { outer: 'ipv4' })).device('laptop'));
    tablet = new Machine(await (await internet.place('cafe', 'keeping')).device('tablet'));
    await joinAll(hub, [phone, laptop, tablet]);
  });
  after(() => lab.close());

  test('is dialled by each machine over a family it has', async () => {
    assert.equal(await dialled(phone), '[2001:db8:0:1::2]:51820');
    assert.equal(await dialled(laptop), '203.0.113.2:51820');
  });

  test('carries packets of both families between machines that have one outer family or both', async () => {
    await assertConversations(phone, laptop);
    await assertConversations(tablet, phone);
  });
});

/** The router's outer address and port, as the machine sees it. */
async function dialled({ device }: Machine): Promise<string> {
  return (await device.run('wg', 'show', device.name, 'endpoints')).trim().split('\t')[1]!;
}

async function assertConversations(a: Machine, b: Machine): Promise<void> {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const family of [4, 6] as const) {
      assert.equal(await answered(from.device, to.address(family)), 3);
      assert.equal((await tcp(from.device, to.address(family), 500_000)).seenAs, from.address(family));
      assert.equal((await udp(from.device, to.address(family), 1200, 5)).answered, 5);
    }
  }
}
