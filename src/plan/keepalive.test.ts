import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetwork } from '../description/parse.ts';
import type { Device, Origin, TunnelInterface } from './plan.ts';
import { planNetwork } from './plan-network.ts';

const HEAD = `name: n
inside: [10.66.0.0/24]
routers:
  cloud: {endpoint: "203.0.113.5:51820"}
machines:
`;

function devicesOf(machines: string): readonly Device[] {
  const { network, diagnostics } = parseNetwork(HEAD + machines, 'n.yaml');
  assert.ok(network, diagnostics[0]?.message);
  const { plan, diagnostics: mistakes } = planNetwork(network);
  assert.ok(plan, mistakes[0]?.message);
  return plan.devices;
}

const peersOf = (device: Device) => (device.interfaces[0] as TunnelInterface).peers;

/** Seconds by machine; a machine without is left out. */
function keepalives(machines: string): Record<string, number> {
  return Object.fromEntries(
    devicesOf(machines).flatMap((device) =>
      device.kind === 'machine'
        ? peersOf(device).flatMap(({ keepalive }) => (keepalive ? [[device.name, keepalive.value]] : []))
        : [],
    ),
  );
}

test('a machine behind NAT keeps its way to the router open, by itself: the router sends no keepalives', () => {
  const devices = devicesOf('  phone: {}\n  server: {endpoint: "198.51.100.9:51820"}\n');
  const [router] = devices;
  assert.ok(peersOf(router!).every(({ keepalive }) => keepalive === undefined));
  assert.deepEqual(keepalives('  phone: {}\n'), { phone: 25 });
});

test('a machine that can be dialled needs none', () => {
  assert.deepEqual(keepalives('  phone: {}\n  server: {endpoint: "server.example.net:51820"}\n'), { phone: 25 });
});

test('what is stated goes before, and `off` is none', () => {
  const stated = '  a: {keepalive: off}\n  b: {keepalive: 15}\n  c: {endpoint: "c.example.net:1", keepalive: 40}\n';
  assert.deepEqual(keepalives(stated), { b: 15, c: 40 });
});

test('one machine more changes nobody, nor does a LAN that is carried', () => {
  const carrier = '  pi: {lan: house, lan-address: [10.9.0.5]}\n';
  const lan = 'lans:\n  house: {prefixes: [10.9.0.0/24], via: pi, attach: masquerade}\n';
  assert.deepEqual(keepalives(carrier + lan), { pi: 25 });
  assert.deepEqual(keepalives(`${carrier}  phone: {}\n${lan}`), { pi: 25, phone: 25 });
});

test('its origin is the machine that nothing can dial', () => {
  const [peer] = peersOf(devicesOf('  phone: {}\n')[1]!);
  const origin = peer!.keepalive!.origin as Extract<Origin, { kind: 'rule' }>;
  assert.equal(origin.rule, 'keepalive-behind-nat');
  assert.deepEqual(
    origin.because.map((each) => each.kind === 'file' && each.place.line),
    [6],
  );
});
