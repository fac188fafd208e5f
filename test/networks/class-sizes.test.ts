/**
 * What classes make of networks with known structure: how few they are, and what exactly a single damage sets apart.
 */

import assert from 'node:assert/strict';
import test from 'node:test';
import { parseNetwork } from '../../src/description/parse.ts';
import type { Device, Plan, TunnelInterface } from '../../src/plan/plan.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { membersOf } from '../../src/prove/classes/class-expectations.ts';
import { matrixOfClasses } from '../../src/prove/classes/class-matrix.ts';
import { ClassVerdicts } from '../../src/prove/classes/class-verdicts.ts';
import { type Classes, classesOf } from '../../src/prove/classes/classes.ts';
import type { MemberPair } from '../../src/prove/classes/pair-groups.ts';
import { everyoneOf } from '../../src/prove/matrix/group-names.ts';
import { subjectKey } from '../../src/prove/matrix/matrix.ts';
import { proofOf } from '../../src/prove/proof.ts';
import { worldOf } from '../../src/prove/world.ts';

const EVERYTHING = { reaches: true, on: null, over: null } as const;

test('machines that roam are one class, and LANs of one make are another, however many there are', () => {
  const few = classesFor(planOf(40, 4));
  const many = classesFor(planOf(80, 8));
  assert.equal(pairClasses(few).size, pairClasses(many).size);
});

test('a machine that lacks the route to a LAN is apart from that LAN and from nobody else', () => {
  const plan = planOf(40, 4);
  const other = [...pairClasses(classesFor(plan)).keys()].length;
  const damaged = withDevice(plan, 'gw2', (device) => ({
    ...device,
    routes: device.routes.filter(({ prefix }) => prefix.bits !== (10n << 24n) + (80n << 16n) + (3n << 8n)),
  }));
  const classes = classesFor(damaged);
  const singled = [...pairClasses(classes)].filter(([key]) => key.startsWith('apart')).flatMap(([, pairs]) => pairs);
  assert.ok(singled.length > 0);
  for (const pair of singled) assert.deepEqual(homesOf(pair), ['lan2', 'lan3'], pair.map(nameOf).join(' → '));
  assert.ok(pairClasses(classes).size <= other + 4 * 4 * 2);
});

test('where the router brings packets to a stranger, no pair stands for another', () => {
  const plan = planOf(12, 2);
  const stolen = tunnelOf(plan.devices.find(({ name }) => name === 'm3')!).addresses[0]!;
  const damaged = withDevice(plan, 'cloud', (router) => ({
    ...router,
    interfaces: router.interfaces.map((each) =>
      each.kind !== 'wireguard'
        ? each
        : {
            ...each,
            peers: each.peers.map((peer) =>
              peer.name === 'm7'
                ? { ...peer, allowedIps: [...peer.allowedIps, { ...stolen, value: { ...stolen.value, length: 32 } }] }
                : peer,
            ),
          },
    ),
  }));
  const classes = classesFor(damaged);
  const verdicts = new ClassVerdicts(classes, EVERYTHING);
  const members = membersOf(classes, everyoneOf(damaged));
  const member = (name: string) => members.find(({ subject }) => subjectKey(subject) === name)!;
  for (const [from, to, expected] of [
    ['m5', 'm3', true],
    ['m5', 'm6', false],
    ['m7', 'm3', false],
  ] as const) {
    const pair: MemberPair = [member(from), member(to)];
    verdicts.ofMembers(pair);
    assert.equal(verdicts.meetsOthers(pair), expected, `${from} → ${to}`);
  }
});

test('hosts behind masquerade reach each other at home, and the matrix says so without a group for each LAN', () => {
  const matrix = matrixOfClasses(classesFor(planOf(60, 6, 'masquerade')))!;
  assert.ok(matrix.sources.length <= 3, `${matrix.sources.length} groups`);
  const hosts = matrix.sources.findIndex(({ subjects }) => subjects.some((each) => subjectKey(each) === 'nas1'));
  assert.equal(matrix.cells[hosts]![hosts]!.verdict, 'fails');
  assert.equal(matrix.apart!.atHome[hosts]![hosts]!.verdict, 'works');
});

test('an expectation of very many pairs is proved, and a single damage is found in it', () => {
  const plan = planOf(400, 40, 'default-gateway', 'expect:\n  - everyone reaches everyone\n');
  const whole = proofOf(plan);
  assert.deepEqual(whole.untried, []);
  assert.equal(whole.results[0]!.holding, 'holds');
  const count = everyoneOf(plan).length;
  assert.equal(whole.results[0]!.pairs, count * (count - 1));
  const damaged = withDevice(plan, 'gw17', (device) => ({ ...device, forwarding: [] }));
  const [result] = proofOf(damaged).results;
  assert.equal(result!.holding, 'broken');
  // Nobody elsewhere reaches the two hosts of its LAN, nor do they reach anybody but each other and their gateway.
  assert.equal(result!.unfulfilled, 2 * (2 * (count - 3)));
});

/** Machines, of which the first `lans` carry one each. */
function planOf(machines: number, lans: number, attach = 'default-gateway', more = ''): Plan {
  const names = Array.from({ length: machines }, (_, i) => i + 1);
  const machineTexts = names.map((i) =>
    i <= lans
      ? `  gw${i}: {platform: linux, lan: lan${i}, lan-address: [10.80.${i}.1]}\n`
      : `  m${i - lans}: {platform: linux}\n`,
  );
  const gateway = attach === 'default-gateway' ? 1 : 2;
  const lanTexts = names
    .slice(0, lans)
    .map(
      (i) =>
        `  lan${i}: {prefixes: [10.80.${i}.0/24], via: gw${i}, attach: ${attach}, default-gateway: {address: [10.80.${i}.${gateway}]}, hosts: {nas${i}: {address: [10.80.${i}.9]}}}\n`,
    );
  const text = `name: sizes\ninside: [10.66.0.0/16]\nrouters:\n  cloud: {endpoint: "vpn.example.net:51820"}\nmachines:\n${machineTexts.join('')}lans:\n${lanTexts.join('')}${more}`;
  const { network, diagnostics } = parseNetwork(text, 'network.yaml');
  const planned = network && planNetwork(network);
  assert.ok(planned?.plan, [...diagnostics, ...(planned?.diagnostics ?? [])].map(({ message }) => message).join('\n'));
  return planned.plan;
}

function classesFor(plan: Plan): Classes {
  const classes = classesOf(worldOf(plan));
  assert.ok(classes);
  return classes;
}

function pairClasses(classes: Classes): Map<string, MemberPair[]> {
  const members = membersOf(classes, everyoneOf(classes.ground.world.plan));
  const pairs = members.flatMap((from) => members.filter((to) => to !== from).map((to): MemberPair => [from, to]));
  return Map.groupBy(pairs, ([from, to]) => classes.pairKey(from.station, to.station));
}

function homesOf(pair: MemberPair): string[] {
  return pair.map(({ station }) => station.lan ?? station.name.replace('gw', 'lan')).sort();
}

function nameOf({ subject }: MemberPair[0]): string {
  return subjectKey(subject);
}

function withDevice(plan: Plan, name: string, change: (device: Device) => Device): Plan {
  return { ...plan, devices: plan.devices.map((each) => (each.name === name ? change(each) : each)) };
}

function tunnelOf({ interfaces }: Device): TunnelInterface {
  return interfaces.find((each) => each.kind === 'wireguard')!;
}
