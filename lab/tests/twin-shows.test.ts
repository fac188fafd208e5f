/**
 * What a twin shows: that something is broken, what hosts learn from advertised routes, and what each family does.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import type { Observation } from '../twin/trials/observation.ts';
import { brokenIn, fatesOf, nameOf, sourcesOf, twinOf } from './twin-ground.ts';

const skip = enterPrivateNamespaces(import.meta.filename, ['radvd']);

const STATIC_ROUTE = readFileSync(`${import.meta.dirname}/../../examples/home-static-route.yaml`, 'utf8');

describe('a twin shows', { skip }, () => {
  test('that a default gateway did not get its route: hosts cannot answer, and reach nobody', async () => {
    const broken = (text: string, name: string) => (name === 'home-default-gateway.sh' ? '#!/bin/sh\n' : text);
    const seen = await observed(STATIC_ROUTE, broken, ({ from, to }) => from.kind === 'host' && to.kind === 'host');
    assert.deepEqual(new Set(fatesOf(seen, 'nas', 'phone')), new Set(failing(4)));
    assert.deepEqual(new Set(fatesOf(seen, 'phone', 'nas')), new Set(failing(4)));
    assert.deepEqual(new Set(fatesOf(seen, 'nas', 'printer')), new Set(working(4)));
    assert.deepEqual(brokenIn(STATIC_ROUTE, seen), [
      'phone reaches nas: phone to nas fails',
      'nas reaches phone: nas to phone fails',
      'printer reaches laptop: printer to laptop fails',
    ]);
  });

  test('that a machine lacks an allowed IP, and that the machine that carries the LAN does not forward', async () => {
    const broken = (text: string, name: string) => {
      if (name === 'phone.conf') return text.replace(', 192.168.1.0/24', '');
      return name === 'pi.conf' ? text.replaceAll(/^(PostUp|PreDown) = .*$/gm, '') : text;
    };
    const seen = await observed(
      STATIC_ROUTE,
      broken,
      ({ from, to }) => from.kind === 'machine' && (to.kind === 'machine' || nameOf(from) === 'pi'),
    );
    assert.deepEqual(new Set(fatesOf(seen, 'phone', 'laptop')), new Set([...working(4), ...working(6)]));
    for (const machine of ['phone', 'laptop']) {
      assert.deepEqual(new Set(fatesOf(seen, machine, 'nas')), new Set(failing(4)), machine);
    }
    assert.deepEqual(new Set(fatesOf(seen, 'pi', 'nas')), new Set(working(4)));
  });

  test('which hosts go past their default gateway on advertised routes', async () => {
    const seen = await observed(`
name: home
inside: [10.66.0.0/24, "fd4c:91b7:2ae0::/64"]
routers: {cloud: {endpoint: "203.0.113.5:51820"}}
machines:
  phone: {platform: ios}
  pi: {platform: linux, lan: home, lan-address: [192.168.1.5, "fd4c:91b7:2ae0:1::5"]}
lans:
  home:
    prefixes: [192.168.1.0/24, "fd4c:91b7:2ae0:1::/64"]
    via: pi
    attach: static-route
    default-gateway: [192.168.1.1, "fd4c:91b7:2ae0:1::1"]
    gateway-firewall: drop-invalid
    advertise: [ra, dhcp]
    hosts:
      desktop: {address: [192.168.1.10, "fd4c:91b7:2ae0:1::10"], platform: windows}
      macbook: {address: [192.168.1.11, "fd4c:91b7:2ae0:1::11"], platform: macos}
      nas: [192.168.1.12, "fd4c:91b7:2ae0:1::12"]
`);
    // The gateway sees one half of what hosts say that do not know better: its state lets a first packet pass and no more.
    const halfSeen = (family: 4 | 6) =>
      ['ping works', 'large works', 'tcp stalls', 'udp works'].map((each) => `ipv${family} ${each}`);
    assert.deepEqual(fatesOf(seen, 'desktop', 'phone'), [...working(4), ...working(6)]);
    assert.deepEqual(fatesOf(seen, 'macbook', 'phone'), [...working(4), ...halfSeen(6)]);
    assert.deepEqual(fatesOf(seen, 'nas', 'phone'), [...halfSeen(4), ...halfSeen(6)]);
    assert.deepEqual(fatesOf(seen, 'home.unnamed', 'phone'), [...halfSeen(4), ...halfSeen(6)]);
    assert.deepEqual(sourcesOf(seen, 'phone', 'desktop'), ['10.66.0.2', 'fd4c:91b7:2ae0::2']);
  });

  test('machines that are dialled, a stated path, a port that is led elsewhere, names of any length', async () => {
    const long = 'a-machine-whose-name-is-much-longer-than-that-of-any-interface';
    const seen = await observed(`
name: office
inside: [10.66.0.0/24, "fd4c:91b7:2ae0::/64"]
routers: {cloud: {endpoint: "vpn.example.net:443", listen: 51820}}
machines:
  ${long}: {platform: windows}
  tower: {endpoint: "198.51.100.77:51820", path-mtu: 1492, lan: office, lan-address: [10.20.0.1, "fd4c:91b7:2ae0:7::1"]}
  guest: {lan: office}
lans:
  office:
    prefixes: [10.20.0.0/16, "fd4c:91b7:2ae0:7::/64"]
    via: tower
    attach: default-gateway
    hosts: {printer: [10.20.0.9, "fd4c:91b7:2ae0:7::9"]}
`);
    const wrong = seen.filter(({ ping, large, tcp, udp }) =>
      [ping, large, tcp ?? ping, udp ?? ping].some((fate) => fate !== 'works'),
    );
    assert.deepEqual(wrong, []);
    assert.deepEqual(sourcesOf(seen, long, 'printer'), ['10.66.0.2', 'fd4c:91b7:2ae0::2']);
    const [flow] = seen.filter(({ from, to }) => from.kind === 'machine' && from.name === long && to.kind === 'host');
    assert.equal(flow!.largeBytes, 1412);
  });
});

/** What a twin shows of `text` with its generated files `broken`. What fails is tried again where it should work. */
async function observed(
  text: string,
  broken: (text: string, name: string) => string = (each) => each,
  shouldWork: (observation: Observation) => boolean = ({ from }) => from.kind !== 'router',
): Promise<Observation[]> {
  const twin = await twinOf(text, { edit: broken });
  try {
    return await twin.tryAll((observation) => (shouldWork(observation) ? 'some' : 'none'));
  } finally {
    await twin.close();
  }
}

const TRIALS = ['ping', 'large', 'tcp', 'udp'];

function working(family: 4 | 6): string[] {
  return TRIALS.map((trial) => `ipv${family} ${trial} works`);
}

function failing(family: 4 | 6): string[] {
  return TRIALS.map((trial) => `ipv${family} ${trial} fails`);
}
