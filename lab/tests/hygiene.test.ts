/**
 * What must not happen on the way: packets that enter a tunnel from nowhere, packets that go round in circles, and errors
 * that do not arrive.
 *
 *   web ─ internet ─┬─ cloud (the router)
 *                   ├─ home: NAT box ─┬─ pi (carries house by static route)
 *                   │                 └─ nas
 *                   ├─ branch: box that runs WireGuard (carries office) and lets in everything ── printer
 *                   └─ carrier: NAT box ─┬─ phone
 *                                        └─ watch, which sends only house through its tunnel
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hubKind } from '../hub.ts';
import { Internet, type Place } from '../internet.ts';
import { type Known, plugHost } from '../lan.ts';
import { Machine } from '../machine.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { answered, pingOutput } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { run, until } from '../running.ts';
import { ENDPOINT, upAll } from '../two-machines.ts';
import { WgRouter } from '../wg-router.ts';

const skip = enterPrivateNamespaces(import.meta.filename) || (hubKind !== 'wg-router' && 'only for wg-router');

describe('a network keeps itself clean', { skip }, () => {
  const lab = new Lab();
  let cloud: WgRouter;
  let web: Namespace;
  let branch: Place;
  let home: Place;
  let phone: Machine;
  let watch: Machine;
  let pi: Machine;
  let gateway: Machine;
  let nas: Known;
  let printer: Known;
  /** The first 48 bits of the network's ULA prefix, as text. */
  let ula: string;

  before(async () => {
    const internet = await Internet.of(lab);
    cloud = await WgRouter.init(await internet.publicDevice('cloud'), { endpoint: ENDPOINT });
    web = await internet.publicDevice('web', 2);
    await cloud.edit((text) => {
      ula = /(fd[0-9a-f:]+?)::\/64/.exec(text)![1]!;
      return text.replace(/^inside:/m, `ula: ${ula}::/48\ninside:`);
    });
    home = await internet.place('home', 'keeping', { prefixes: ['192.168.50.0/24', `${ula}:1::/64`] });
    branch = await internet.place('branch', 'keeping', {
      prefixes: ['192.168.51.0/24', `${ula}:2::/64`],
      firewall: 'none',
    });
    const carrier = await internet.place('carrier', 'random');
    pi = new Machine(await home.device('pi'));
    gateway = new Machine(branch.box);
    phone = new Machine(await carrier.device('phone'));
    watch = new Machine(await carrier.device('watch'));
    await cloud.describe(`
machines:
  phone: {platform: linux}
  watch: {platform: linux, routes: [house]}
  pi: {platform: linux, lan: house, lan-address: ${JSON.stringify(home.addressesOf(pi.device))}}
  branch: {platform: linux, lan: office, lan-address: ${JSON.stringify(branch.addresses(1))}}
lans:
  house:
    prefixes: ${JSON.stringify(home.prefixes)}
    via: pi
    attach: static-route
    default-gateway: {address: ${JSON.stringify(home.addresses(1))}, platform: linux}
  office: {prefixes: ${JSON.stringify(branch.prefixes)}, via: branch, attach: default-gateway}
`);
    await upAll(cloud, [phone, watch, pi, gateway]);
    await cloud.configureGateway('house', home.box);
    nas = await plugHost(home, 'nas');
    printer = await plugHost(branch, 'printer');
    for (const { addresses } of [nas, printer])
      for (const address of addresses) assert.equal(await answered(phone.device, address, 1), 1, address);
  });
  after(() => lab.close());

  /**
   * Who answers on the way from `from` to `address`, hop by hop. Linux counts the redirects that it sends a host against the
   * errors, so the default gateway may be silent for a second.
   */
  async function hops(from: Namespace, address: string): Promise<string[]> {
    let found: string[] = [];
    await until(`every hop answers on the way to ${address}`, 15_000, async () => {
      const printed = await from.run('traceroute', '-n', '-q', '1', '-w', '2', '-m', '8', address);
      found = [...printed.matchAll(/^ *\d+ +(\S+)/gm)].map((match) => match[1]!);
      return !found.includes('*');
    });
    return found;
  }

  /** Packets that `machine` has sent into its tunnel. */
  async function sentInto({ device }: Machine): Promise<number> {
    const printed = await device.run('ip', '-j', '-s', 'link', 'show', 'dev', device.name);
    return JSON.parse(printed)[0].stats64.tx.packets;
  }

  for (const [i, family] of ([4, 6] as const).entries()) {
    test(`every hop between a machine and a host answers over IPv${family}, also to who limits what it sends`, async () => {
      const [router, carrier] = [await cloud.address(family), pi.address(family)];
      const host = nas.addresses[i]!;
      assert.deepEqual(await hops(phone.device, host), [router, carrier, host]);
      assert.deepEqual(await hops(watch.device, host), [router, carrier, host]);
      const [first, ...others] = await hops(nas.device, phone.address(family));
      assert.equal(first, home.addresses(1)[i]);
      assert.deepEqual(others, [home.addressesOf(pi.device)[i], router, phone.address(family)]);
    });

    test(`under a LAN's IPv${family} address nothing enters a tunnel from the internet`, async () => {
      const forged = printer.addresses[i]!.replace(/\w+$/, '77');
      const inside = phone.address(family);
      await run(['ip', '-n', 'internet', 'route', 'replace', inside, 'via', outerAddress(i)]);
      await web.address('lo', `${forged}/${family === 4 ? 32 : 128}`);
      await phone.device.runWith(heard(phone, forged), 'nft', '-f', '-');
      const arrived = async () => {
        await web.try('ping', '-c', '2', '-i', '0.2', '-W', '1', '-I', forged, inside);
        const printed = await phone.device.run('nft', 'reset', 'counter', 'inet', 'heard', 'forged');
        return Number(/packets (\d+)/.exec(printed)![1]);
      };
      await branch.box.parameters({ 'ipv4.conf.all.rp_filter': 0, 'ipv4.conf.wan.rp_filter': 0 });
      assert.equal(await arrived(), 0);
      // With the same packets and without the guard they are there.
      await branch.box.run('nft', 'flush', 'chain', 'inet', 'wg-router-branch', 'guard');
      assert.equal(await arrived(), 2);
      await branch.box.run('wg-quick', 'down', '/run/lab/branch.conf');
      await gateway.start();
      await gateway.handshakes();
    });

    test(`what does not exist over IPv${family} is said not to, and goes round in no circle`, async () => {
      const router = await cloud.address(family);
      const nowhere = family === 4 ? phone.address(4).replace(/\d+$/, '250') : `${ula}:77::1`;
      const [before, beforeBranch] = [await sentInto(pi), await sentInto(gateway)];
      assert.match(await pingOutput(nas.device, nowhere), new RegExp(`From ${router} .*nreachable`));
      const nobody = printer.addresses[i]!.replace(/\w+$/, '99');
      assert.match(
        await pingOutput(phone.device, nobody, '-W', '5'),
        new RegExp(`From ${gateway.address(family)} .*nreachable`),
      );
      await branch.box.run('ip', 'link', 'set', 'dev', 'lan', 'down');
      assert.match(
        await pingOutput(phone.device, printer.addresses[i]!),
        new RegExp(`From ${gateway.address(family)} .*nreachable`),
      );
      assert.match(
        await pingOutput(nas.device, printer.addresses[i]!),
        new RegExp(`From ${gateway.address(family)} .*nreachable`),
      );
      await branch.box.run('ip', 'link', 'set', 'dev', 'lan', 'up');
      await branch.box.address('lan', ...branch.withLengths(1).slice(1)).catch(() => undefined);
      // A few requests, answers and keepalives; what goes round does so more than sixty times.
      for (const [machine, earlier] of [
        [pi, before],
        [gateway, beforeBranch],
      ] as const) {
        const sent = (await sentInto(machine)) - earlier;
        assert.ok(sent <= 20, `${sent} packets`);
      }
    });
  }

  test('what reaches the router from outside its tunnels enters none', async () => {
    await run(['ip', '-n', 'internet', 'route', 'replace', phone.address(4), 'via', ENDPOINT.split(':')[0]!]);
    const before = await cloud.status();
    assert.equal(await answered(web, phone.address(4), 2, '-W', '1'), 0);
    const { relay } = await cloud.status();
    assert.deepEqual(relay.drops, before.relay.drops);
    await run(['ip', '-n', 'internet', 'route', 'delete', phone.address(4)]);
  });

  const outerAddress = (i: number) => (i === 0 ? branch.outerAddress : '2001:db8:2::2');

  const heard = ({ device }: Machine, forged: string) => `table inet heard
delete table inet heard
table inet heard { counter forged { }
  chain c { type filter hook input priority -300; iifname "${device.name}" ip${forged.includes(':') ? '6' : ''} saddr ${forged} counter name forged; }; }
`;
});
