import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatAddress } from '../../../src/net/address.ts';
import { parsePrefix, prefixHas } from '../../../src/net/prefix.ts';
import { planOf } from '../../tests/twin-ground.ts';
import { type Layout, type LayoutOptions, layoutOf } from './layout.ts';
import { partOf } from './part.ts';
import { addressesTowards, largestPacket } from './parties.ts';

const NETWORK = `
name: n
inside: [10.66.0.0/24, "fd4c:91b7:2ae0::/64"]
routers: {cloud: {endpoint: "203.0.113.5:51820"}}
machines:
  phone: {platform: ios}
  pi: {lan: home, lan-address: [192.168.1.5]}
  desktop: {lan: home}
  tower: {endpoint: "tower.example.net:51820", lan: office, lan-address: [10.20.0.1, "fd4c:91b7:2ae0:7::1"]}
  guest: {lan: office, lan-address: [10.20.0.2]}
  hut: {lan: shed, lan-address: [192.168.7.1]}
lans:
  home:
    prefixes: [192.168.1.0/24]
    seen-as: [10.77.1.0/24]
    via: pi
    attach: static-route
    default-gateway: [192.168.1.1]
    hosts: {nas: [192.168.1.254], box: [192.168.1.1]}
  office:
    prefixes: [10.20.0.0/16, "fd4c:91b7:2ae0:7::/64"]
    via: tower
    attach: default-gateway
    hosts: {printer: [10.20.0.9, "fd4c:91b7:2ae0:7::9"]}
  shed: {prefixes: [192.168.7.0/30], via: hut, attach: masquerade, hosts: {lamp: [192.168.7.2]}}
`;

describe('the layout of a twin', () => {
  const layout = layoutFor(NETWORK);

  test('gives everybody a way to the internet: a line, a box of one’s own, the LAN’s default gateway', () => {
    const ways = new Map(layout.machines.map(({ device, wayOut }) => [device.name, wayOut]));
    assert.deepEqual(
      [...ways].map(([name, { kind }]) => [name, kind]),
      [
        ['phone', 'own-box'],
        ['pi', 'lan'],
        ['desktop', 'lan'],
        ['tower', 'own-line'],
        ['guest', 'lan'],
        ['hut', 'lan'],
      ],
    );
    assert.deepEqual(
      layout.lans.map(({ lan, boxes, guests }) => [
        lan.name,
        boxes.map(({ device }) => device),
        guests.map(({ device }) => device.name),
      ]),
      [
        ['home', ['box'], ['pi', 'desktop']],
        ['office', [], ['guest']],
        ['shed', ['shed.nat'], ['hut']],
      ],
    );
    assert.deepEqual(
      layout.lines.map(({ device, isDialled }) => [device, isDialled]),
      [
        ['cloud', true],
        ['phone.nat', false],
        ['tower', true],
        ['box', false],
        ['shed.nat', false],
      ],
    );
  });

  test('keeps addresses that are stated, and takes unused ones for what is not', () => {
    const [cloud] = layout.lines;
    assert.equal(formatAddress(cloud!.addresses[0]!), '203.0.113.5');
    assert.deepEqual(layout.names.get('tower.example.net'), layout.lines[2]!.addresses);
    const home = layout.lans[0]!;
    const unnamed = home.hosts.find(({ party }) => party.name === 'home.unnamed')!;
    const desktop = layout.machines[2]!.lans[0]!;
    const taken = [unnamed, desktop].flatMap(({ addresses }) => addresses.map(({ address }) => formatAddress(address)));
    assert.deepEqual(taken.toSorted(), ['192.168.1.252', '192.168.1.253']);
    // All of the shed's two addresses are somebody's.
    assert.ok(layout.lans[2]!.hosts.every(({ party }) => party.name !== 'shed.unnamed'));
  });

  test('takes no public address that the network describes', () => {
    const described = '198.18.0.0/15';
    const { lines } = layoutFor(NETWORK.replace('10.20.0.0/16', described).replaceAll('10.20.0.', '198.18.0.'));
    const prefix = parsePrefix(described);
    assert.ok(typeof prefix !== 'string');
    assert.ok(lines.flatMap(({ addresses }) => addresses).every((address) => !prefixHas(prefix, address)));
  });

  test('lets everybody call others by the addresses they know', () => {
    const towards = (from: string, to: string) =>
      addressesTowards(party(layout, from), party(layout, to)).map(formatAddress);
    assert.deepEqual(towards('phone', 'nas'), ['10.77.1.254']);
    assert.deepEqual(towards('desktop', 'nas'), ['192.168.1.254']);
    assert.deepEqual(towards('nas', 'pi'), ['192.168.1.5']);
    assert.deepEqual(towards('nas', 'tower'), ['10.66.0.5']);
    assert.deepEqual(towards('phone', 'tower'), ['10.66.0.5', 'fd4c:91b7:2ae0::5']);
    assert.deepEqual(towards('guest', 'printer'), ['10.20.0.9']);
    assert.deepEqual(towards('printer', 'nas'), ['10.77.1.254']);
  });

  test('knows the largest packet that is planned to pass', () => {
    const largest = (from: string, to: string) => largestPacket(layout.plan, party(layout, from), party(layout, to));
    assert.equal(largest('phone', 'nas'), 1420);
    assert.equal(largest('desktop', 'nas'), 1500);
    assert.equal(largest('nas', 'pi'), 1500);
    const narrow = layoutFor(NETWORK.replace('platform: ios', 'platform: ios, mtu: 1300'));
    assert.equal(largestPacket(narrow.plan, party(narrow, 'nas'), party(narrow, 'phone')), 1300);
  });

  test('gives a line the smallest path that one of its machines states', () => {
    const mtus = layoutFor(NETWORK, {
      pathMtus: new Map([
        ['desktop', 1492],
        ['phone', 1400],
      ]),
    }).lines.map(({ device, mtu }) => `${device} ${mtu}`);
    assert.deepEqual(mtus, ['cloud 1500', 'phone.nat 1400', 'tower 1500', 'box 1492', 'shed.nat 1500']);
  });

  test('of a part has what was named and what carries it', () => {
    const plan = planOf(NETWORK);
    const { parties, lans, size } = layoutOf(plan, { part: partOf(plan, new Set(['phone', 'nas'])) });
    assert.deepEqual(
      parties.map(({ name }) => name),
      ['cloud', 'phone', 'pi', 'nas'],
    );
    assert.deepEqual(
      lans.map(({ lan }) => lan.name),
      ['home'],
    );
    // The router, two machines, a host, the box that is one, a NAT box, the internet and the switches.
    assert.equal(size, 8);
  });

  test('refuses two that are dialled at one address', () => {
    const text = NETWORK.replace('phone: {platform: ios}', 'phone: {endpoint: "tower.example.net:51821"}');
    assert.throws(() => layoutFor(text), /"phone" and "tower" are both dialled at tower\.example\.net/);
  });
});

function layoutFor(text: string, options: LayoutOptions = {}): Layout {
  return layoutOf(planOf(text), options);
}

function party(layout: Layout, name: string) {
  return layout.parties.find((each) => each.name === name)!;
}
