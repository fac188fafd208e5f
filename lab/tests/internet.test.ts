/**
 * The internet through a LAN: whom the web sees, what leaves from where a machine is, and who cannot use the exit.
 *
 *   web ─ internet ─┬─ cloud (the router)
 *                   ├─ home: NAT box ─┬─ pi (carries house)      phone and, later, laptop have `internet: house`
 *                   │                 └─ nas
 *                   ├─ branch: NAT box that runs WireGuard (carries office)
 *                   └─ away: NAT box ─┬─ phone
 *                                     └─ laptop
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { letPass } from '../gateway.ts';
import { Internet, type Place } from '../internet.ts';
import { plugHost } from '../lan.ts';
import { Machine } from '../machine.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { answered, pingOutput } from '../ping.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { run, until } from '../running.ts';
import { listen, tcp, udp } from '../traffic.ts';
import { upAll } from '../two-machines.ts';
import { WgRouter } from '../wg-router.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

const WEB = ['203.0.113.6', '2001:db8:0:2::2'] as const;
const ROUTER = '203.0.113.2';

describe('a machine that reaches the internet through a LAN', { skip }, () => {
  const lab = new Lab();
  let cloud: WgRouter;
  let web: Namespace;
  let home: Place;
  let branch: Place;
  let away: Place;
  let nas: Namespace;
  let phone: Machine;
  let laptop: Machine;
  let pi: Machine;
  let gateway: Machine;

  before(async () => {
    const internet = await Internet.of(lab);
    cloud = await WgRouter.init(await internet.publicDevice('cloud'), { endpoint: `${ROUTER}:51820` });
    web = await internet.publicDevice('web', 2);
    await listen(web);
    home = await internet.place('home', 'keeping');
    branch = await internet.place('branch', 'keeping');
    away = await internet.place('away', 'keeping');
    pi = new Machine(await home.device('pi'));
    nas = (await plugHost(home, 'nas')).device;
    phone = new Machine(await away.device('phone'));
    laptop = new Machine(await away.device('laptop'));
    gateway = new Machine(branch.box);
    // The branch's own translation is for its hosts, as many write it: it says nothing of what comes out of a tunnel.
    await branch.box.run('nft', 'flush', 'chain', 'inet', 'gateway', 'outgoing');
    await branch.box.runWith(
      `add rule inet gateway outgoing oifname "wan" ip saddr ${branch.prefixes[0]} masquerade\n`,
      'nft',
      '-f',
      '-',
    );

    const list = (values: readonly string[]) => `[${values.map((value) => `"${value}"`).join(', ')}]`;
    await cloud.describe(`machines:
  phone: {platform: linux, internet: house}
  laptop: {platform: linux}
  pi: {platform: linux, lan: house, lan-address: ${list(home.addressesOf(pi.device))}}
  branch: {platform: linux, lan: office, lan-address: ${list(branch.addresses(1))}}
lans:
  house: {prefixes: ${list(home.prefixes)}, via: pi, attach: static-route,
    default-gateway: {address: ${list(home.addresses(1))}, platform: linux}}
  office: {prefixes: ${list(branch.prefixes)}, via: branch, attach: default-gateway}
`);
    await upAll(cloud, [phone, laptop, pi, gateway]);
    await letPass(branch.box, 'branch');
    // Whatever leaves the place where phone and laptop are, beside their tunnels.
    await away.box.runWith(
      `table inet seen { counter phone { }; counter laptop { }
  chain forward { type filter hook forward priority -300
    oifname "wan" ip daddr ${ROUTER} udp dport 51820 accept
    ${away.addressesOf(phone.device).map(leaving('phone')).join('\n')}
    ${away.addressesOf(laptop.device).map(leaving('laptop')).join('\n')}
  }
}
`,
      'nft',
      '-f',
      '-',
    );
  });
  after(() => lab.close());

  const leaving = (name: string) => (address: string) =>
    `oifname "wan" ip${address.includes(':') ? '6' : ''} saddr ${address} counter name ${name}`;

  /** Counts what comes out of the tunnel from the web. */
  const heard = (tunnel: string) => `table inet heard { counter web { }
  chain c { type filter hook input priority -300; iifname "${tunnel}" ip saddr ${WEB[0]} counter name web; }; }\n`;

  /** How many packets left from `away` beside the tunnel, since it was asked last. */
  async function leftBeside(machine: Machine): Promise<number> {
    const printed = await away.box.run('nft', 'reset', 'counter', 'inet', 'seen', machine.device.name);
    return Number(/packets (\d+)/.exec(printed)![1]);
  }

  /** From which addresses the web is asked, over IPv4 and over IPv6, by TCP and UDP alike. */
  async function seenAs(machine: Machine): Promise<string[]> {
    const seen: string[] = [];
    for (const address of WEB) {
      const { seenAs: source, bytes } = await tcp(machine.device, address, 300_000);
      assert.equal(bytes, 300_000);
      assert.deepEqual(await udp(machine.device, address, 1200, 3), { seenAs: source, answered: 3 });
      seen.push(source);
    }
    return seen;
  }

  async function drops(reason: string): Promise<number> {
    return (await cloud.status()).relay.drops[reason] ?? 0;
  }

  /** Waits until the router holds what the file says. */
  async function edited(change: (text: string) => string): Promise<void> {
    const before = cloud.control.printed.length;
    await cloud.edit(change);
    await until('the edit is applied', 10_000, () =>
      /changed|phone|laptop|pi/.test(cloud.control.printed.slice(before)),
    );
  }

  test('is seen as the LAN, over IPv4 and IPv6, and nothing but its tunnel leaves from where it is', async () => {
    await leftBeside(phone);
    assert.deepEqual(await seenAs(phone), [home.outerAddress, home.addressesOf(pi.device)[1]]);
    assert.equal(await answered(phone.device, WEB[0]), 3);
    assert.equal(await answered(phone.device, WEB[1]), 3);
    assert.equal(await leftBeside(phone), 0);
    const { machines } = await cloud.status();
    assert.equal(machines.find(({ name }) => name === 'phone')!.endpoint!.split(':')[0], away.outerAddress);
  });

  test('still reaches hosts of the LAN under its own address, and they it', async () => {
    const [ipv4, ipv6] = home.addressesOf(nas) as [string, string];
    // The default gateway has no route yet: replies of the hosts are lost until it has.
    await cloud.configureGateway('house', home.box);
    for (const [address, own] of [
      [ipv4, phone.address(4)],
      [ipv6, phone.address(6)],
    ] as const) {
      assert.equal((await tcp(phone.device, address, 20_000)).seenAs, own);
      assert.equal(await answered(nas, own), 3);
    }
    assert.equal(await leftBeside(phone), 0);
  });

  test('has large packets told their size, from outside too', async () => {
    // A web server that starts at the size of its own link, and to which no ICMP comes.
    await web.runWith(
      'table inet deaf { chain c { type filter hook input priority 0; icmp type destination-unreachable drop; icmpv6 type packet-too-big drop; }; }\n',
      'nft',
      '-f',
      '-',
    );
    for (const address of WEB) assert.equal((await tcp(phone.device, address, 2_000_000)).bytes, 2_000_000);
    await web.run('nft', 'delete', 'table', 'inet', 'deaf');
  });

  test('does not give the exit to others, whatever they send, nor open them to the internet', async () => {
    assert.deepEqual(await seenAs(laptop), [away.outerAddress, away.addressesOf(laptop.device)[1]]);
    const router = (await laptop.device.run('wg', 'show', 'laptop', 'peers')).trim();
    const shown = await laptop.device.run('wg', 'show', 'laptop', 'allowed-ips');
    const own = shown.trim().split('\t')[1]!.split(' ');
    await laptop.device.run('wg', 'set', 'laptop', 'peer', router, 'allowed-ips', '0.0.0.0/0,::/0');
    await laptop.device.run('ip', 'route', 'add', WEB[0], 'dev', 'laptop');
    await laptop.device.run('ip', '-6', 'route', 'add', WEB[1], 'dev', 'laptop');
    try {
      const address = async (family: 4 | 6) => await cloud.address(family);
      assert.match(await pingOutput(laptop.device, WEB[0]), new RegExp(`From ${await address(4)} .*Unreachable`));
      assert.match(await pingOutput(laptop.device, WEB[1]), new RegExp(`From ${await address(6)} .*unreachable`));

      // pi says it is the web: it may to the phone, and to nobody else.
      await laptop.device.runWith(heard('laptop'), 'nft', '-f', '-');
      await pi.device.run('ip', 'address', 'add', `${WEB[0]}/32`, 'dev', 'lo');
      const before = await drops('source-not-allowed');
      await pi.device.try('ping', '-c', '3', '-i', '0.2', '-W', '1', '-I', WEB[0], laptop.address(4));
      assert.ok((await drops('source-not-allowed')) - before >= 3);
      assert.match(await laptop.device.run('nft', 'list', 'counter', 'inet', 'heard', 'web'), /packets 0 /);
    } finally {
      await pi.device.run('ip', 'address', 'delete', `${WEB[0]}/32`, 'dev', 'lo');
      await laptop.device.run('ip', 'route', 'delete', WEB[0], 'dev', 'laptop');
      await laptop.device.run('ip', '-6', 'route', 'delete', WEB[1], 'dev', 'laptop');
      await laptop.device.run('wg', 'set', 'laptop', 'peer', router, 'allowed-ips', own.join(','));
    }
  });

  test('is not led to what is described and is not there', async () => {
    const nobody = phone.address(4).replace(/\d+$/, '250');
    assert.match(await pingOutput(phone.device, nobody), new RegExp(`From ${await cloud.address(4)} .*Unreachable`));
  });

  test('may be one more, and nobody else hears of it', async () => {
    const ofPi = await cloud.configuration('pi');
    await edited((text) => text.replace(/(laptop: \{)/, '$1internet: house, '));
    assert.equal(await cloud.configuration('pi'), ofPi);
    await laptop.down();
    await laptop.up(await cloud.configuration('laptop'));
    await laptop.handshakes();
    await leftBeside(laptop);
    assert.deepEqual(await seenAs(laptop), [home.outerAddress, home.addressesOf(pi.device)[1]]);
    assert.equal(await leftBeside(laptop), 0);
  });

  test('may leave by a LAN whose default gateway runs WireGuard, which lets in replies only', async () => {
    await edited((text) => text.replaceAll('internet: house', 'internet: office'));
    await gateway.down();
    await gateway.up(await cloud.configuration('branch'));
    await gateway.handshakes();
    assert.deepEqual(await seenAs(phone), [branch.outerAddress, '2001:db8:2::2']);
    assert.equal(await leftBeside(phone), 0);
    // From the internet to the phone's inside address, with a gateway that lets everything in: it enters no tunnel.
    await branch.box.run('nft', 'insert', 'rule', 'inet', 'gateway', 'forward', 'accept');
    await phone.device.runWith(heard('phone'), 'nft', '-f', '-');
    await run(['ip', '-n', 'internet', 'route', 'add', phone.address(4), 'via', branch.outerAddress]);
    assert.equal(await answered(web, phone.address(4), 3, '-W', '1'), 0);
    assert.match(await phone.device.run('nft', 'list', 'counter', 'inet', 'heard', 'web'), /packets 0 /);
  });

  test('keeps its own way once `internet` is gone, and is refused at once where it does not know', async () => {
    await edited((text) => text.replaceAll('internet: office', 'note: at large'));
    await until('the router refuses', 10_000, async () => /nreachable/.test(await pingOutput(phone.device, WEB[0])));
    await phone.down();
    await phone.up(await cloud.configuration('phone'));
    await phone.handshakes();
    assert.deepEqual(await seenAs(phone), [away.outerAddress, away.addressesOf(phone.device)[1]]);
  });
});
