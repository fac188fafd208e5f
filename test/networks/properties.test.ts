/**
 * What must hold for every network: covers are exact and fewest, and a change of the file changes the configurations of
 * those whom it concerns and of nobody else.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNetwork } from '../../src/description/parse.ts';
import { type Address, formatAddress, parseAddress } from '../../src/net/address.ts';
import { comparePrefixes, formatPrefix, type Prefix, parsePrefix, prefixHas } from '../../src/net/prefix.ts';
import { aggregate } from '../../src/net/prefix-set.ts';
import type { Device, Peer, Plan, TunnelInterface } from '../../src/plan/plan.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { renderGateway } from '../../src/render/gateway/gateway.ts';
import { renderWgQuick } from '../../src/render/wg-quick.ts';
import {
  INSIDE,
  type LanModel,
  lanAddress,
  lanPrefix,
  type NetworkModel,
  networkModel,
  networkText,
  plain,
} from './random-network.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

function planOf(model: NetworkModel): Plan {
  const text = networkText(model);
  const { network, diagnostics } = parseNetwork(text, 'n.yaml');
  assert.ok(network, `${diagnostics[0]?.message}\n${text}`);
  const planned = planNetwork(network);
  assert.ok(planned.plan, `${planned.diagnostics[0]?.message}\n${text}`);
  return planned.plan;
}

/** The model with every address that planning gives, as the tools write it into the file before anything is handed out. */
function written(model: NetworkModel): NetworkModel {
  const { given } = planOf(model);
  const add = (name: string, address: readonly string[]) => [
    ...address,
    ...given.filter((each) => each.device === name).map((each) => formatAddress(each.address)),
  ];
  return {
    ...model,
    router: { ...model.router, address: add('cloud', model.router.address) },
    machines: model.machines.map((each) => ({ ...each, address: add(each.name, each.address) })),
  };
}

const machinesOf = (plan: Plan) => plan.devices.filter((device) => device.kind === 'machine');
const tunnelOf = (device: Device) =>
  device.interfaces.find((each): each is TunnelInterface => each.kind === 'wireguard')!;
const allowed = (peer: Peer) => peer.allowedIps.map((fact) => fact.value);

/** Every machine's file and every default gateway's routes, by name. */
function handedOut(plan: Plan): Map<string, string> {
  const files = new Map<string, string>();
  for (const device of machinesOf(plan)) {
    const rendered = renderWgQuick(plan, device.name);
    assert.ok('text' in rendered);
    files.set(device.name, rendered.text);
  }
  for (const lan of plan.lans) {
    const { files: instructions } = renderGateway(plan, lan);
    files.set(lan.name, instructions.map(({ text }) => text).join('\n'));
  }
  return files;
}

function changed(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...before].filter(([name, text]) => after.get(name) !== text).map(([name]) => name);
}

/** Addresses worth asking about: in every prefix, at its edges, just outside. */
function probes(model: NetworkModel): Address[] {
  const last = (text: string) => parseAddress(text)!;
  const texts = model.families.flatMap((family) => [
    ...[0, 1, 2, 98, 99].map((host) => (family === 4 ? `10.66.0.${host}` : `fd00:66::${host}`)),
    ...(family === 4
      ? ['10.65.255.255', '10.66.0.255', '10.66.1.0', '198.51.100.1']
      : ['fd00:65:ffff:ffff:ffff:ffff:ffff:ffff', 'fd00:66::ffff:ffff:ffff:ffff', 'fd00:66:0:1::', '2001:db8::1']),
    ...Array.from({ length: 17 }, (_, number) => [
      lanAddress(number, family, 1),
      lanAddress(number, family, 0xff),
    ]).flat(),
  ]);
  return texts.map(last);
}

test('the router sends every address to whoever has it or carries its LAN, and to nobody else', () => {
  fc.assert(
    fc.property(networkModel, (bare) => {
      const model = written(bare);
      const { peers } = tunnelOf(planOf(model).devices[0]!);
      for (const probe of probes(model)) {
        const owner = model.machines.find(
          (machine) =>
            machine.address.some((each) => formatAddress(parseAddress(each)!) === formatAddress(probe)) ||
            model.lans.some((lan) => `gw-${lan.number}` === machine.name && inLan(lan.number, probe)),
        );
        const owners = peers.filter((peer) => allowed(peer).some((prefix) => prefixHas(prefix, probe)));
        assert.deepEqual(
          owners.map((peer) => peer.name),
          owner ? [owner.name] : [],
          formatAddress(probe),
        );
      }
    }),
  );
});

test('a machine sends to the router exactly what is described, and nothing of the LANs it stands on; with internet everything', () => {
  fc.assert(
    fc.property(networkModel, (bare) => {
      const model = written(bare);
      const gateways = [
        ...model.router.address,
        ...model.machines.filter((each) => /^gw-/.test(each.name)).flatMap((each) => each.address),
      ].map((text) => formatAddress(parseAddress(text)!));
      for (const device of machinesOf(planOf(model))) {
        const machine = model.machines.find((each) => each.name === device.name)!;
        const [peer] = tunnelOf(device).peers;
        for (const probe of probes(model)) {
          const isInside = model.families.some((family) => prefixHas(parsePrefix(INSIDE[family]) as Prefix, probe));
          const lan = model.lans.find((each) => inLan(each.number, probe))?.number;
          const expected = machine.internet
            ? true
            : machine.routes
              ? (isInside && machine.routes.includes('inside')) ||
                (lan !== undefined && machine.routes.includes(`lan-${lan}`)) ||
                gateways.includes(formatAddress(probe))
              : isInside || (lan !== undefined && !machine.lans.includes(lan));
          const sent = allowed(peer!).some((prefix) => prefixHas(prefix, probe));
          assert.equal(sent, expected, `${device.name} ${formatAddress(probe)}`);
        }
      }
    }),
  );
});

function plainSpelling(prefix: string): string {
  return formatPrefix(parsePrefix(prefix) as Prefix);
}

function inLan(number: number, address: Address): boolean {
  return ([4, 6] as const).some((family) => prefixHas(parsePrefix(lanPrefix(number, family)) as Prefix, address));
}

test('allowed IPs are the fewest, sorted, and each has a route; what nobody has inside is unreachable', () => {
  fc.assert(
    fc.property(networkModel, (model) => {
      const plan = planOf(model);
      for (const device of plan.devices) {
        const { peers, id } = tunnelOf(device);
        for (const peer of peers) assert.deepEqual(allowed(peer), aggregate(allowed(peer)));
        const routed = device.routes
          .filter(({ via }) => via.kind === 'interface' && via.interface === id)
          .map((route) => route.prefix);
        assert.deepEqual(routed, peers.flatMap(allowed));
        const unreachable = device.routes.filter(({ via }) => via.kind === 'unreachable').map((route) => route.prefix);
        const carried = model.lans.filter((lan) => device.name === `gw-${lan.number}`);
        assert.deepEqual(
          unreachable.map(formatPrefix),
          device.kind === 'router'
            ? model.families.map((family) => INSIDE[family])
            : carried.flatMap((lan) => model.families.map((family) => plainSpelling(lanPrefix(lan.number, family)))),
        );
      }
    }),
  );
});

test('adding a machine changes the router and nothing that was handed out', () => {
  fc.assert(
    fc.property(networkModel, fc.nat(10), fc.nat(10), (bare, at, stands) => {
      const model = written(bare);
      const lan = model.lans[stands]?.number;
      const added = plain('added', lan === undefined ? [] : [lan]);
      const after = planOf({ ...model, machines: model.machines.toSpliced(at, 0, added) });
      const before = planOf(model);
      assert.deepEqual(changed(handedOut(before), handedOut(after)), []);
      const names = (plan: Plan) => tunnelOf(plan.devices[0]!).peers.map((peer) => peer.name);
      assert.deepEqual(
        names(after).filter((name) => !names(before).includes(name)),
        ['added'],
      );
    }),
  );
});

test('once addresses are written, the order of machines and LANs changes nobody', () => {
  fc.assert(
    fc.property(networkModel, (bare) => {
      const model = written(bare);
      const turned = { ...model, machines: model.machines.toReversed(), lans: model.lans.toReversed() };
      assert.deepEqual(changed(handedOut(planOf(model)), handedOut(planOf(turned))), []);
      assert.deepEqual(planOf(turned).given, []);
    }),
  );
});

test('adding a LAN changes those who send everything and the gateways that lead there, and nobody else', () => {
  fc.assert(
    fc.property(
      networkModel,
      fc.constantFrom<LanModel['attach']>('default-gateway', 'static-route', 'masquerade'),
      (bare, attach) => {
        // The new LAN is carried by a machine that is there already and carries nothing yet.
        const model = written({ ...bare, machines: [...bare.machines, plain('gw-77')] });
        const joined: NetworkModel = {
          ...model,
          machines: model.machines.map((each) => (each.name === 'gw-77' ? { ...each, lans: [77] } : each)),
          lans: [...model.lans, { number: 77, attach }],
        };
        const names = changed(handedOut(planOf(model)), handedOut(planOf(joined)));
        const hearing = [
          ...model.machines
            .filter((each) => !each.internet && (each.routes === null || !each.routes.includes('inside')))
            .map((each) => each.name),
          ...model.lans.filter((lan) => lan.attach === 'static-route').map((lan) => `lan-${lan.number}`),
        ];
        assert.deepEqual(names.toSorted(), hearing.toSorted());
      },
    ),
  );
});

test('one more machine that is led to the internet changes itself and the router, and the first of all the carrier too', () => {
  fc.assert(
    fc.property(networkModel, fc.nat(10), (bare, at) => {
      fc.pre(bare.exit !== null && bare.machines.length > 0);
      const model = written({ ...bare, machines: bare.machines.toSpliced(at, 0, plain('led')) });
      const led: NetworkModel = {
        ...model,
        machines: model.machines.map((each) => (each.name === 'led' ? { ...each, internet: true } : each)),
      };
      const isFirst = !model.machines.some((each) => each.internet);
      const before = handedOut(planOf(model));
      const names = changed(before, handedOut(planOf(led))).filter((name) => name !== 'led');
      const attach = model.lans.find((lan) => lan.number === model.exit)!.attach;
      assert.deepEqual(names, isFirst && attach !== 'masquerade' ? [`gw-${model.exit}`] : []);
      const exits = tunnelOf(planOf(led).devices[0]!).peers.flatMap((peer) =>
        (peer.exitFor ?? []).map(({ value }) => `${peer.name} for ${formatPrefix(value)}`),
      );
      const users = led.machines.filter((each) => each.internet).flatMap((each) => each.address);
      const host = (text: string) => `${formatAddress(parseAddress(text)!)}/${text.includes(':') ? 128 : 32}`;
      assert.deepEqual(exits.toSorted(), users.map((text) => `gw-${model.exit} for ${host(text)}`).toSorted());
    }),
  );
});

test('the same text gives the same plan, and planning leaves the network as it was', () => {
  fc.assert(
    fc.property(networkModel, (model) => {
      const { network } = parseNetwork(networkText(model), 'n.yaml');
      const before = structuredClone(network);
      const first = planNetwork(network!);
      assert.deepEqual(network, before);
      assert.deepEqual(planNetwork(network!), first);
    }),
    { numRuns: 30 },
  );
});

test('a default gateway is given routes to everything but its own LAN, by the carrier', () => {
  fc.assert(
    fc.property(networkModel, (model) => {
      for (const lan of planOf(model).lans) {
        const own = model.lans.find((each) => `lan-${each.number}` === lan.name)!;
        const elsewhere = model.families.flatMap((family) => [
          INSIDE[family],
          ...model.lans.filter((each) => each !== own).map((each) => lanPrefix(each.number, family)),
        ]);
        const prefixes = elsewhere.map((text) => parsePrefix(text) as Prefix);
        const expected = own.attach === 'static-route' ? aggregate(prefixes) : [];
        assert.deepEqual(lan.gatewayRoutes.map((route) => route.prefix).toSorted(comparePrefixes), expected);
        for (const { prefix, gateway } of lan.gatewayRoutes) {
          assert.equal(gateway.family, prefix.family);
          assert.ok(lan.prefixes.some((fact) => prefixHas(fact.value, gateway)));
        }
      }
    }),
  );
});
