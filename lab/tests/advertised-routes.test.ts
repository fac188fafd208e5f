/**
 * A LAN that joins by a static route which its default gateway never hears of: hosts learn it from router advertisements
 * of the machine that carries the LAN, and from the LAN's DHCP server.
 *
 *              ┌── box: drops what it has no state of, has no route to the tunnels ── internet ── router ── phone
 *   host ── LAN┼── pi, which carries the LAN: radvd with the generated file
 *              └── server: dnsmasq or Kea with the generated option
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hubKind } from '../hub.ts';
import { Internet, type Place } from '../internet.ts';
import { conversationFrom, converse, type Known, plugHost } from '../lan.ts';
import { Machine } from '../machine.ts';
import { Lab, type Namespace } from '../namespace.ts';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { type Running, until } from '../running.ts';
import { tcpFate } from '../traffic.ts';
import { ENDPOINT, upAll } from '../two-machines.ts';
import { WgRouter } from '../wg-router.ts';

const skip =
  enterPrivateNamespaces(import.meta.filename, ['radvd', 'dnsmasq', 'kea-dhcp4', 'dhcpcd', 'networkctl']) ||
  (hubKind !== 'wg-router' && 'only for wg-router');

describe('a static route that the default gateway does not know', { skip }, () => {
  const lab = new Lab();
  let home: Place;
  let phone: Machine;
  let pi: Namespace;
  let server: Known;
  let files: Map<string, string>;
  let untouched: string;

  before(async () => {
    const internet = await Internet.of(lab);
    const router = await WgRouter.init(await internet.publicDevice('cloud'), { endpoint: ENDPOINT });
    home = await internet.place('home', 'keeping', { firewall: 'drop-invalid' });
    phone = new Machine(await (await internet.place('carrier', 'random')).device('phone'));
    pi = await home.device('pi');
    await router.describe(`
machines:
  phone: {platform: linux}
  pi: {platform: linux, lan: house, lan-address: ${JSON.stringify(home.addressesOf(pi))}}
lans:
  house:
    prefixes: ${JSON.stringify(home.prefixes)}
    via: pi
    attach: static-route
    default-gateway: ${JSON.stringify(home.addresses(1))}
    gateway-firewall: drop-invalid
    advertise: [ra, dhcp]
`);
    await upAll(router, [phone, new Machine(pi)]);
    files = await router.everything();
    server = await plugHost(home, 'server');
    untouched = await stateOf(home.box);
  });
  after(() => lab.close());

  function inside(family: 4 | 6): string {
    const address = phone.address(family);
    return family === 4 ? `${address.replace(/\d+$/, '0')}/24` : `${address.replace(/::.*/, '::')}/64`;
  }

  /** dnsmasq on the LAN's server, with the generated file in its folder of further files. */
  async function startDnsmasq(): Promise<Running> {
    await server.device.run('mkdir', '/run/dnsmasq.d');
    const text = files.get('house-dhcp-option-121.dnsmasq.conf')!;
    await server.device.runWith(text, 'tee', '/run/dnsmasq.d/wg-router-house.conf');
    const prefix = home.prefixes[0]!.replace('.0/24', '');
    return server.device.start([
      ...['dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--conf-dir=/run/dnsmasq.d', '--port=0'],
      ...[`--dhcp-range=${prefix}.100,${prefix}.119,10m`, `--dhcp-option=option:router,${home.addresses(1)[0]}`],
      ...['--user=root', '--pid-file', '--dhcp-leasefile=/run/dnsmasq.leases', '--interface=eth0', '--bind-interfaces'],
    ]);
  }

  /** Kea on the LAN's server; its own file takes in the generated one where that says so. */
  async function startKea(): Promise<Running> {
    const text = files.get('house-dhcp-option-121.kea.conf')!;
    await server.device.runWith(text, 'tee', '/run/wg-router-house.conf');
    const line = /"option-data": .*?\]/.exec(text)![0].replace('/etc/kea/', '/run/');
    const prefix = home.prefixes[0]!.replace('.0/24', '');
    const router = `{ "name": "routers", "data": "${home.addresses(1)[0]}" }`;
    await server.device.runWith(
      `{ "Dhcp4": {
  "interfaces-config": { "interfaces": ["eth0"] },
  "lease-database": { "type": "memfile", "persist": false },
  "option-data": [ ${router} ],
  "subnet4": [{
    "subnet": "${home.prefixes[0]}",
    "pools": [{ "pool": "${prefix}.120-${prefix}.139" }],
    ${line}
  }]
} }`,
      'tee',
      '/run/kea-dhcp4.conf',
    );
    const folders = ['env', 'KEA_PIDFILE_DIR=/run', 'KEA_LOCKFILE_DIR=/run'];
    return server.device.start([...folders, 'kea-dhcp4', '-c', '/run/kea-dhcp4.conf']);
  }

  /** Conversations there and back, with true addresses; and nothing of it is the gateway's doing. */
  async function assertWorks(host: Namespace, own: string, family: 4 | 6): Promise<void> {
    const remote = phone.address(family);
    assert.deepEqual(await converse(host, remote), conversationFrom(own));
    assert.deepEqual(await converse(phone.device, own), conversationFrom(remote));
    assert.equal(await stateOf(home.box), untouched);
  }

  test('does not carry TCP for a host that learned nothing', async () => {
    const [ipv4, ipv6] = [phone.address(4), phone.address(6)];
    const fates = await Promise.all([tcpFate(server.device, ipv4), tcpFate(server.device, ipv6)]);
    assert.deepEqual(fates, ['lost', 'lost']);
  });

  /** radvd on the machine that carries the LAN, with the file that the generated one says to make of it. */
  async function startRadvd(): Promise<Running> {
    const name = 'house-router-advertisement.radvd.conf';
    const commands = /^# +(lan=\$.*)\n# +(sed .*)$/m.exec(files.get(name)!)!.slice(1).join('\n');
    await pi.run('mkdir', '-p', '/run/etc');
    await pi.runWith(files.get(name)!, 'tee', `/run/etc/${name}`);
    await pi.run('sh', '-ec', `cd /run/etc\n${commands.replaceAll('/etc/', '/run/etc/')}`);
    return pi.start(['radvd', '--nodaemon', '--config=/run/etc/radvd.conf', '--pidfile=/run/radvd.pid']);
  }

  /** A host with an IPv6 address of its own, and no IPv4 address yet. */
  async function hostWithoutLease(name: string): Promise<{ device: Namespace; ipv6: string }> {
    const { device, addresses } = await plugHost(home, name);
    await device.run('ip', '-4', 'address', 'flush', 'dev', 'eth0');
    return { device, ipv6: addresses[1]! };
  }

  /** The address that the LAN's DHCP server gave, once its routes are there: those of the generated option and no other. */
  async function leaseOf(device: Namespace): Promise<string> {
    await until(`${device.name} has routes`, 30_000, async () => (await routesOf(device, 4, 'dhcp')).length >= 2);
    assert.deepEqual(await routesOf(device, 4, 'dhcp'), [
      `${inside(4)} via ${home.addressesOf(pi)[0]}`,
      `default via ${home.addresses(1)[0]}`,
    ]);
    const printed = await device.run('ip', '-4', 'address', 'show', 'dev', 'eth0');
    return /inet ([^/]+)/.exec(printed)![1]!;
  }

  test('is learned from radvd by a Linux kernel that accepts route information', async () => {
    const radvd = await startRadvd();
    const { device, addresses } = await plugHost(home, 'kernel');
    await device.parameters({ 'ipv6.conf.eth0.accept_ra_rt_info_max_plen': 64 });
    // It asks for advertisements when its link comes up.
    await device.run('ip', 'link', 'set', 'eth0', 'down');
    await device.run('ip', 'link', 'set', 'eth0', 'up');
    await device.address('eth0', `${addresses[1]}/64`);
    await device.route('default', home.addresses(1)[1]!);
    await until('the kernel has the route', 20_000, async () => (await routesOf(device, 6, 'ra')).length > 0);
    assert.deepEqual(await routesOf(device, 6, 'ra'), [`${inside(6)} via ${await linkLocal(pi)}`]);
    await assertWorks(device, addresses[1]!, 6);

    await radvd.end();
    await until('radvd took it back', 10_000, async () => (await routesOf(device, 6, 'ra')).length === 0);
  });

  test('is learned by systemd-networkd from radvd and from dnsmasq', async () => {
    const radvd = await startRadvd();
    const dnsmasq = await startDnsmasq();
    const { device, ipv6 } = await hostWithoutLease('networkd');
    const networkd = await startNetworkd(device, `Address=${ipv6}/64\nGateway=${home.addresses(1)[1]}`);
    const ipv4 = await leaseOf(device);
    await until('networkd has the IPv6 route', 20_000, async () => (await routesOf(device, 6, 'ra')).length > 0);
    assert.deepEqual(await routesOf(device, 6, 'ra'), [`${inside(6)} via ${await linkLocal(pi)}`]);
    await assertWorks(device, ipv4, 4);
    await assertWorks(device, ipv6, 6);
    for (const running of [networkd, dnsmasq, radvd]) await running.end();
  });

  test('is learned by dhcpcd from Kea', async () => {
    const kea = await startKea();
    const { device } = await hostWithoutLease('dhcpcd');
    const dhcpcd = startDhcpcd(device);
    await assertWorks(device, await leaseOf(device), 4);
    for (const running of [dhcpcd, kea]) await running.end();
  });
});

/** systemd-networkd on `device`, for `eth0`: IPv4 by DHCP, IPv6 as `network` says and by router advertisements. */
async function startNetworkd(device: Namespace, network: string): Promise<Running> {
  const text = `[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=yes\n${network}\n`;
  await device.run('mkdir', '-p', '-m', '755', '/run/systemd/network');
  await device.runWith(text, 'tee', '/run/systemd/network/50-eth0.network');
  await device.run('chmod', '-R', 'a+rX', '/run/systemd');
  // A read-only /sys is how it sees that it need not wait for udev.
  return device.start(['sh', '-c', 'mount -o remount,ro,bind /sys; exec /lib/systemd/systemd-networkd']);
}

/** dhcpcd on `device`, with nothing to run when it has a lease: it sets routes itself, and names are the machine's. */
function startDhcpcd(device: Namespace): Running {
  const command = 'dhcpcd --nobackground --ipv4only --noarp --script /bin/true eth0';
  return device.start(['sh', '-c', `mount -t tmpfs tmpfs /var/lib/dhcpcd; exec ${command}`]);
}

/** What a default gateway filters and where it sends. */
async function stateOf(gateway: Namespace): Promise<string> {
  const printed = [];
  for (const command of ['nft list ruleset', 'ip -4 route', 'ip -6 route']) {
    printed.push(await gateway.run(...command.split(' ')));
  }
  // Its own prefixes apart: an interface of its switch brings a link-local one.
  return printed.join('').replace(/^.* proto kernel .*\n/gm, '');
}

/** Routes of one kind, as `PREFIX via NEXT-HOP`. */
async function routesOf(device: Namespace, family: 4 | 6, protocol: 'ra' | 'dhcp'): Promise<string[]> {
  const printed = await device.run('ip', `-${family}`, 'route', 'show', 'proto', protocol);
  return [...printed.matchAll(/^(\S+) via (\S+)/gm)].map(([, to, nextHop]) => `${to} via ${nextHop}`).sort();
}

async function linkLocal(device: Namespace): Promise<string> {
  const printed = await device.run('ip', '-6', 'address', 'show', 'dev', 'eth0', 'scope', 'link');
  return /inet6 ([^/]+)/.exec(printed)![1]!;
}
