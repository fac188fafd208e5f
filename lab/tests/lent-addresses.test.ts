/**
 * A LAN that lends addresses to machines elsewhere: to its hosts, and to their duplicate address detection, a borrower is
 * a neighbour with the carrier's hardware address.
 *
 *   host ──┬── box ── internet ── router ── phone, which has the LAN's .200 in both families
 *          └── pi: answers for .200 and .201    └── laptop, which has .201 in IPv4
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hubKind } from '../hub.ts';
import { Internet, type Place } from '../internet.ts';
import { conversationFrom, converse, type Known, plugHost } from '../lan.ts';
import { Machine } from '../machine.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { answered, answeredInTurn } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { run, until } from '../running.ts';
import { udp } from '../traffic.ts';
import { ENDPOINT, upAll } from '../two-machines.ts';
import { WgRouter } from '../wg-router.ts';

const skip = enterPrivateNamespaces(import.meta.filename) || (hubKind !== 'wg-router' && 'only for wg-router');

describe('a lent address', { skip }, () => {
  const lab = new Lab();
  let home: Place;
  let phone: Machine;
  let laptop: Machine;
  let pi: Namespace;
  let nas: Known;

  before(async () => {
    const internet = await Internet.of(lab);
    const router = await WgRouter.init(await internet.publicDevice('cloud'), { endpoint: ENDPOINT });
    home = await internet.place('home', 'keeping');
    const carrier = await internet.place('carrier', 'random');
    phone = new Machine(await carrier.device('phone'));
    laptop = new Machine(await carrier.device('laptop'));
    pi = await home.device('pi');
    const lend = { phone: home.addresses(200), laptop: home.addresses(201).slice(0, 1) };
    await router.describe(`
machines:
  phone: {platform: linux}
  laptop: {platform: linux}
  pi: {platform: linux, lan: home, lan-address: ${JSON.stringify(home.addressesOf(pi))}}
lans:
  home: {prefixes: ${JSON.stringify(home.prefixes)}, via: pi, attach: proxy, lend: ${JSON.stringify(lend)}}
`);
    await upAll(router, [phone, laptop, new Machine(pi)]);
    nas = await plugHost(home, 'nas');
  });
  after(() => lab.close());

  test('is reached with the first packet by a host that never spoke with it', async () => {
    const lent = [phone.address(4), phone.address(6), laptop.address(4)];
    assert.deepEqual(lent, [...home.addresses(200), home.addresses(201)[0]]);
    for (const address of lent) assert.equal(await answered(nas.device, address, 1), 1, address);
    for (const [i, address] of lent.entries()) {
      const { device, addresses } = await plugHost(home, `first-${i}`);
      const seenAs = addresses.find((own) => own.includes(':') === address.includes(':'));
      assert.deepEqual(await udp(device, address, 100, 1), { seenAs, answered: 1 });
    }
  });

  test('is as true as an address on the LAN, there and back', async () => {
    for (const [i, family] of ([4, 6] as const).entries()) {
      const [own, lent] = [nas.addresses[i]!, phone.address(family)];
      assert.deepEqual(await converse(nas.device, lent), conversationFrom(own));
      assert.deepEqual(await converse(phone.device, own), conversationFrom(lent));
    }
  });

  test('has the hardware address of the machine that carries the LAN, and no other address has', async () => {
    const hardware = (await pi.run('cat', '/sys/class/net/eth0/address')).trim();
    for (const address of [phone.address(4), phone.address(6), laptop.address(4)]) {
      await answered(nas.device, address, 1);
      assert.equal(await neighbour(nas.device, address), hardware, address);
    }
    // Of the laptop only the IPv4 address is lent, and what is free is nobody's.
    const others = [home.addresses(201)[1]!, ...home.addresses(202)];
    const answers = await Promise.all(others.map((address) => answeredInTurn(nas.device, address, 1)));
    assert.deepEqual(answers.flat(), [false, false, false]);
    for (const address of others) assert.equal(await neighbour(nas.device, address), null, address);
  });

  test('does not disturb a host that looks for duplicates of its own address', async () => {
    const { device, addresses } = await plugHost(home, 'booting');
    assert.equal(await takeWithDetection(device, addresses[1]!), 'taken');
    assert.deepEqual(await converse(device, phone.address(6)), conversationFrom(addresses[1]!));
  });

  test('does not disturb the carrier and the borrower, whose addresses are good', async () => {
    assert.equal(await takeWithDetection(pi, home.addressesOf(pi)[1]!), 'taken');
    for (const device of [pi, phone.device]) {
      const bad = [await addressesThat('tentative', device), await addressesThat('dadfailed', device)];
      assert.deepEqual(bad, ['', ''], device.name);
    }
    assert.equal(await answered(nas.device, phone.address(6), 1), 1);
  });

  test('is refused to a host that wants to have it', async () => {
    const { device } = await plugHost(home, 'thief');
    assert.equal(await takeWithDetection(device, phone.address(6)), 'duplicate');
    assert.deepEqual(await converse(nas.device, phone.address(6)), conversationFrom(nas.addresses[1]!));
  });

  /** Gives `device` the address as at its start: only once nobody else turns out to have it. */
  async function takeWithDetection(device: Namespace, address: string): Promise<'taken' | 'duplicate'> {
    await device.parameters({ 'ipv6.conf.eth0.accept_dad': 1, 'ipv6.conf.eth0.dad_transmits': 1 });
    await device.try('ip', 'address', 'delete', `${address}/64`, 'dev', 'eth0');
    await run(['ip', '-n', device.name, 'address', 'add', `${address}/64`, 'dev', 'eth0']);
    // A failed one is tentative for ever.
    const isDecided = async () =>
      (await addressesThat('dadfailed', device)) !== '' || (await addressesThat('tentative', device)) === '';
    await until(`${device.name} knows whether others have ${address}`, 10_000, isDecided);
    return (await addressesThat('dadfailed', device)) === '' ? 'taken' : 'duplicate';
  }
});

/** Its IPv6 addresses with that flag, as `ip` shows them. */
async function addressesThat(flag: 'tentative' | 'dadfailed', device: Namespace): Promise<string> {
  return (await device.run('ip', '-6', '-o', 'address', 'show', flag)).trim();
}

/** The hardware address that `device` learned for `address`; null when nobody answered. */
async function neighbour(device: Namespace, address: string): Promise<string | null> {
  return / lladdr (\S+)/.exec(await device.run('ip', 'neigh', 'show', address))?.[1] ?? null;
}
