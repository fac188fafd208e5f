import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planExpecting } from '../../test/networks/expecting.ts';
import { type ExpectationResult, proveExpectations } from './expectations.ts';

const HEAD = `
name: home
inside: [10.66.0.0/24, "fd4c:91b7:2ae0::/64"]
routers: {cloud: {endpoint: "203.0.113.5:51820"}}
`;

function prove(text: string, ...sentences: string[]): ExpectationResult[] {
  return proveExpectations(planExpecting(`${HEAD}${text}`, sentences));
}

/** The sentences with what becomes of them and their notes. */
function holdings(text: string, ...sentences: string[]): string[] {
  return prove(text, ...sentences).map(({ holding, notes }) => [holding, ...notes.map(({ kind }) => kind)].join(' '));
}

const MASQUERADE = `
machines: {phone: {}, pi: {lan: home, lan-address: [192.168.1.5]}}
lans:
  home: {prefixes: [192.168.1.0/24], via: pi, attach: masquerade, default-gateway: [192.168.1.1], hosts: {nas: [192.168.1.10]}}
groups: {things: [nas, phone]}
`;

function staticRoute(more: string): string {
  return `
machines: {phone: {}, pi: {lan: home, lan-address: [192.168.1.5]}}
lans:
  home:
    prefixes: [192.168.1.0/24]
    via: pi
    attach: static-route
    default-gateway: [192.168.1.1]
    ${more}
    hosts: {nas: [192.168.1.10]}
`;
}

describe('a sentence', () => {
  test('holds for every pair but a thing and itself', () => {
    const [result] = prove('machines: {a: {}, b: {}, c: {}}', 'inside reaches inside');
    assert.equal(result!.holding, 'holds');
    assert.equal(result!.pairs, 12);
    assert.equal(result!.pair, null);
  });

  test('that is broken names the worst pair, how many are like it, and the flow that shows it', () => {
    const [result] = prove(MASQUERADE, 'things reaches things');
    assert.equal(result!.holding, 'broken');
    assert.equal(result!.unfulfilled, 1);
    assert.equal(result!.pairs, 2);
    assert.deepEqual(
      [result!.pair!.from, result!.pair!.to].map((each) => 'name' in each && each.name),
      ['nas', 'phone'],
    );
    const { flow } = result!.pair!.families[0]!;
    assert.equal(flow.worst.reason?.disposition, 'no-route');
  });

  test('a LAN stands for its hosts and for one that nobody named', () => {
    const [result] = prove(MASQUERADE, 'phone reaches home');
    assert.equal(result!.pairs, 2);
    assert.equal(result!.holding, 'holds');
  });

  test('two on one LAN reach each other there, a machine without an address there as well', () => {
    const text = `
machines: {pi: {lan: home, lan-address: [192.168.1.5]}, desk: {lan: home}}
lans: {home: {prefixes: [192.168.1.0/24], via: pi, attach: masquerade, hosts: {nas: [192.168.1.10]}}}
`;
    const results = prove(text, 'desk reaches nas', 'nas reaches desk', 'pi reaches desk', 'nas reaches pi');
    for (const result of results) assert.equal(result.holding, 'holds', result.expectation.text);
  });
});

describe('reaches', () => {
  test('needs one family of those that both have; the other one that fails is a note', () => {
    const text = `
machines: {phone: {}, pi: {lan: home, lan-address: [192.168.1.5, "fd00:1::5"]}}
lans:
  home:
    prefixes: [192.168.1.0/24, "fd00:1::/64"]
    via: pi
    attach: static-route
    default-gateway: [192.168.1.1, "fd00:1::1"]
    gateway-firewall: lan-to-wan-only
    advertise: dhcp
    hosts: {nas: {address: [192.168.1.10, "fd00:1::10"], platform: macos}}
`;
    assert.deepEqual(
      holdings(text, 'nas reaches phone', 'nas reaches phone over ipv4', 'nas reaches phone over ipv6'),
      ['holds family-fails', 'holds', 'broken'],
    );
  });

  test('is fulfilled neither by some ports nor by what begins and then stalls', () => {
    const text = staticRoute('gateway-firewall: drop-invalid');
    assert.deepEqual(
      holdings(
        text,
        'phone reaches nas',
        'nas reaches phone on tcp/443',
        'nas reaches phone on ping',
        'phone reaches nas on udp/53',
      ),
      ['partly', 'partly', 'holds', 'holds'],
    );
  });

  test('is not proven where a fact is missing, and neither is its contrary', () => {
    const [reaches, contrary] = prove(staticRoute(''), 'phone reaches nas', 'phone does not reach nas');
    assert.deepEqual([reaches!.holding, contrary!.holding], ['not-proven', 'not-proven']);
    assert.deepEqual(
      reaches!.pair!.families[0]!.flow.worst.assumptions.map(({ part }) => part),
      ['gateway-firewall'],
    );
  });

  test('a machine that keeps no way open is reached only after it spoke', () => {
    const text = 'machines: {phone: {}, server: {keepalive: off}}';
    const [result] = prove(text, 'phone reaches server', 'server reaches phone');
    assert.equal(result!.holding, 'partly');
    assert.equal(result!.pair!.families[0]!.flow.worst.reason?.disposition, 'tunnel-asleep');
  });
});

describe('does not reach', () => {
  test('is broken by one family in which everything works', () => {
    assert.deepEqual(holdings('machines: {a: {}, b: {}}', 'a does not reach b', 'a does not reach b over ipv6'), [
      'broken',
      'broken',
    ]);
  });

  test('holds without a common family, and has nothing to enforce then', () => {
    const text = `
machines: {pi: {lan: home, lan-address: [192.168.1.5]}}
lans: {home: {prefixes: [192.168.1.0/24], via: pi, attach: default-gateway, hosts: {nas: [192.168.1.10]}}}
`;
    assert.deepEqual(holdings(text, 'cloud does not reach nas over ipv6'), ['holds']);
  });

  test('that rests on a missing route, or on the filter of a LAN’s gateway, is enforced by nothing', () => {
    assert.deepEqual(holdings(MASQUERADE, 'nas does not reach phone'), ['holds nothing-enforces-it']);
    const filtered = staticRoute('gateway-firewall: lan-to-wan-only');
    assert.deepEqual(holdings(filtered, 'nas does not reach phone'), ['holds nothing-enforces-it']);
  });

  test('is partly so where the first reply arrives', () => {
    assert.deepEqual(holdings(staticRoute('gateway-firewall: drop-invalid'), 'nas does not reach phone on tcp/22'), [
      'partly',
    ]);
  });
});
