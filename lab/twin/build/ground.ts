/**
 * The ground of a twin: its devices, the cables between them, the boxes before the internet, and hosts with their default
 * routes. Nothing here knows WireGuard.
 */

import { makeGateway } from '../../gateway.ts';
import type { Lab, Namespace } from '../../namespace.ts';
import { run } from '../../running.ts';
import { atOnce } from '../at-once.ts';
import type { Layout, MachinePlace } from '../layout/layout.ts';
import { farEnd, lanEnd, lanInterface, nearEnd, WAN } from './cables.ts';
import { hideIpv6, layLan } from './lan-ground.ts';

export type Devices = ReadonlyMap<string, Namespace>;

/** All devices by name, as they are before tunnels and instructions come to them. */
export async function layGround(lab: Lab, layout: Layout): Promise<Devices> {
  // Alone, since the first makes the folder of all names.
  const core = await pristine(lab, INTERNET);
  const devices = new Map<string, Namespace>([[INTERNET, core]]);
  const names = new Set([...layout.parties.map(({ name }) => name), ...layout.lines.map(({ device }) => device)]);
  await atOnce([...names], async (name) => {
    devices.set(name, await pristine(lab, name));
  });
  await core.forward();
  await core.ip(
    layout.lines.flatMap(({ device, addresses, mtu }, i) => [
      `link add l${i} mtu ${mtu} type veth peer name ${WAN} mtu ${mtu} netns ${device}`,
      ...farEnd('internet', `l${i}`, addresses),
    ]),
  );
  // What is nowhere is said to be nowhere, at once.
  for (const family of ['-4', '-6'])
    await run(['ip', family, '-n', INTERNET, 'route', 'add', 'unreachable', 'default']);
  await layCables(await lab.device(SWITCHES), layout);
  await atOnce(layout.lines, ({ device, addresses }) => devices.get(device)!.ip(nearEnd('internet', WAN, addresses)));
  await atOnce(layout.machines, (place) => layMachine(place, devices));
  await layRouter(layout, devices);
  const dialled = layout.lines.filter(({ isDialled }) => isDialled).flatMap(({ addresses }) => addresses);
  await atOnce(layout.lans, (place) => layLan(place, dialled, devices));
  return devices;
}

/** Not names of anything in a network. */
const INTERNET = 'internet';
const SWITCHES = 'lans.switches';

/** The interface of a machine's own box towards it. */
const INNER = 'lan_0';

/**
 * A device as it leaves the factory: IPv4's switches are copied from the machine we run on, and Docker there would make
 * every device forward.
 */
async function pristine(lab: Lab, name: string): Promise<Namespace> {
  const device = await lab.device(name);
  const scoped = ['all', 'default'].flatMap((scope) => [
    [`ipv4.conf.${scope}.rp_filter`, 0],
    [`ipv4.conf.${scope}.proxy_arp`, 0],
    [`ipv4.conf.${scope}.arp_ignore`, 0],
    // For as long as it lasts, a redirect would stand in for a route that is missing.
    [`ipv4.conf.${scope}.accept_redirects`, 0],
    [`ipv6.conf.${scope}.accept_redirects`, 0],
    [`ipv6.conf.${scope}.accept_ra`, 0],
  ]);
  await device.parameters({ 'ipv4.ip_forward': 0, ...Object.fromEntries(scoped) });
  return device;
}

/** A switch for every LAN, all in one device, and everybody's cable to it. */
async function layCables(switches: Namespace, { lans, machines }: Layout): Promise<void> {
  const cables = lans.flatMap(({ index, boxes, hosts }) => {
    const standing = machines.filter((machine) => machine.lans.some((each) => each.index === index));
    const onIt = new Set([
      ...boxes.map(({ device }) => device),
      ...hosts.map(({ party }) => party.name),
      ...standing.map(({ device }) => device.name),
    ]);
    return [...onIt].map((device) => ({ device, index }));
  });
  await switches.ip([
    ...lans.flatMap(({ index }) => [
      `link add b${index} type bridge forward_delay 0 mcast_snooping 0`,
      `link set b${index} up`,
    ]),
    ...cables.flatMap(({ device, index }, i) => [
      `link add p${i} type veth peer name ${lanInterface(index)} netns ${device}`,
      `link set p${i} master b${index} up`,
    ]),
  ]);
}

/** Whether the router may have its port is a matter of the machine it will run on, and not of the network. */
async function layRouter({ router, portForward }: Layout, devices: Devices): Promise<void> {
  const device = devices.get(router.name)!;
  await device.parameters({ 'ipv4.ip_unprivileged_port_start': 0 });
  if (portForward === null) return;
  const rules = `
table inet port_forward {
  chain arriving {
    type nat hook prerouting priority dstnat
    iifname "${WAN}" udp dport ${portForward.dialled} redirect to :${portForward.listening}
  }
}
`;
  await device.runWith(rules, 'nft', '-f', '-');
}

/** A machine's cables and outer addresses, and the box that is its own. */
async function layMachine({ device, lans, wayOut }: MachinePlace, devices: Devices): Promise<void> {
  const machine = devices.get(device.name)!;
  for (const { index, addresses } of lans) await machine.ip(lanEnd(lanInterface(index), addresses));
  if (wayOut.kind === 'lan') await machine.ip(nearEnd('lan', lanInterface(wayOut.index), wayOut.outer));
  if (wayOut.kind !== 'own-box') return;
  const box = devices.get(wayOut.box)!;
  await box.ip([
    `link add ${INNER} type veth peer name ${WAN} netns ${machine.name}`,
    ...farEnd('box', INNER, wayOut.outer),
  ]);
  await machine.ip(nearEnd('box', WAN, wayOut.outer));
  await makeGateway(box, { firewall: 'established', lan: INNER, wan: WAN });
  await hideIpv6(box);
}
