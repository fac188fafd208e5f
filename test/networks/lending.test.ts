/**
 * Who hears of lent addresses: the borrower, the carrier, those who stand on the LAN, those with `routes: [inside]`, and
 * nobody else.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNetwork } from '../../src/description/parse.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../../src/net/prefix.ts';
import { aggregate, subtract } from '../../src/net/prefix-set.ts';
import type { Device, Plan, TunnelInterface } from '../../src/plan/plan.ts';
import { planNetwork } from '../../src/plan/plan-network.ts';
import { renderWgQuick } from '../../src/render/wg-quick.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

interface MachineModel {
  readonly stands: boolean;
  readonly routes: readonly string[] | null;
  /** Last byte of the address it borrows. */
  readonly borrows: number | null;
}

const machine: fc.Arbitrary<MachineModel> = fc
  .record({
    stands: fc.boolean(),
    routes: fc.option(fc.uniqueArray(fc.constantFrom('inside', 'home', 'barn'))),
    borrows: fc.option(fc.integer({ min: 190, max: 205 })),
  })
  .map(({ stands, routes, borrows }) => ({
    stands,
    routes: routes?.filter((word) => !stands || word !== 'home') ?? null,
    borrows: stands ? null : borrows,
  }));
const machines = fc
  .array(machine, { maxLength: 6 })
  .map((all) => all.map((each, i) => ({ ...each, borrows: borrowedBefore(all, i) ? null : each.borrows })));
const borrowedBefore = (all: readonly MachineModel[], i: number) =>
  all.slice(0, i).some((other) => other.borrows === all[i]!.borrows);

/** Machines have their addresses stated, so that a new one moves nobody's. */
function planOf(all: readonly MachineModel[], ula: boolean): Plan {
  const lend = all.flatMap(({ borrows }, i) =>
    borrows === null ? [] : [`m${i}: [10.9.0.${borrows}, "fd00:6:6:1::${borrows}"]`],
  );
  const rows = all.map(({ stands, routes, borrows }, i) => {
    const fields = [
      ...(borrows === null ? [`address: [10.66.0.${20 + i}, "fd00:6:6::${20 + i}"]`] : []),
      ...(stands ? ['lan: home'] : []),
      ...(routes ? [`routes: [${routes.join(', ')}]`] : []),
    ];
    return `  m${i}: {${fields.join(', ')}}\n`;
  });
  const text = `name: n
${ula ? 'ula: fd00:6:6::/48\n' : ''}inside: [10.66.0.0/24, "fd00:6:6::/64"]
routers:
  cloud: {endpoint: "vpn.example.net:51820", public-key: wTyIqHAwKhyeUpsbQkF3bh6hZ7xlChhz7RaCbl5+w10=}
machines:
  pi: {platform: linux, address: [10.66.0.2, "fd00:6:6::2"], lan: home, lan-address: [10.9.0.5, "fd00:6:6:1::5"]}
  gw: {platform: linux, address: [10.66.0.3, "fd00:6:6::3"], lan: barn, lan-address: [10.8.0.1]}
${rows.join('')}lans:
  home: {prefixes: [10.9.0.0/24, "fd00:6:6:1::/64"], via: pi, attach: proxy, lend: {${lend.join(', ')}}}
  barn: {prefixes: [10.8.0.0/24], via: gw, attach: default-gateway}
`;
  const { network, diagnostics } = parseNetwork(text, 'n.yaml');
  assert.ok(network, `${diagnostics[0]?.message}\n${text}`);
  const { plan, diagnostics: mistakes } = planNetwork(network);
  assert.ok(plan, `${mistakes[0]?.message}\n${text}`);
  return plan;
}

const tunnelOf = (device: Device) =>
  device.interfaces.find((each): each is TunnelInterface => each.kind === 'wireguard')!;
const allowed = (device: Device) => tunnelOf(device).peers[0]!.allowedIps.map((fact) => fact.value);
const prefix = (text: string) => parsePrefix(text) as Prefix;

function files(plan: Plan): Map<string, string> {
  const made = plan.devices.slice(1).map((device) => {
    const rendered = renderWgQuick(plan, device.name);
    assert.ok('text' in rendered);
    return [device.name, rendered.text] as const;
  });
  return new Map(made);
}

test('lending one more address changes those who must hear of it, and nobody else', () => {
  fc.assert(
    fc.property(machines, fc.integer({ min: 210, max: 220 }), fc.boolean(), (all, borrows, ula) => {
      const before = files(planOf(all, ula));
      const after = files(planOf([...all, { stands: false, routes: null, borrows }], ula));
      const changed = [...before].filter(([name, text]) => after.get(name) !== text).map(([name]) => name);
      const hearing = all.flatMap(({ stands, routes }, i) => {
        const lists = routes === null ? stands : routes.includes('inside') && !routes.includes('home');
        return lists ? [`m${i}`] : [];
      });
      assert.deepEqual(changed, ['pi', ...hearing]);
    }),
  );
});

test('a borrower has the lent addresses alone, and the router sends exactly these to it', () => {
  fc.assert(
    fc.property(machines, fc.boolean(), (all, ula) => {
      const plan = planOf(all, ula);
      const { peers } = tunnelOf(plan.devices[0]!);
      for (const [i, { borrows }] of all.entries()) {
        if (borrows === null) continue;
        const own = [`10.9.0.${borrows}/32`, `fd00:6:6:1::${borrows}/128`];
        const peer = peers.find((each) => each.name === `m${i}`)!;
        assert.deepEqual(peer.allowedIps.map((fact) => formatPrefix(fact.value)).toSorted(), own.toSorted());
        const device = plan.devices.find((each) => each.name === `m${i}`)!;
        assert.deepEqual(tunnelOf(device).addresses.length, 2);
      }
      const lent = all.filter(({ borrows }) => borrows !== null).length;
      assert.equal(plan.devices[1]!.neighbourProxies.length, 2 * lent);
    }),
  );
});

test('what is sent to the router is everything but the LAN, and of the LAN what is lent', () => {
  fc.assert(
    fc.property(machines, (all) => {
      const plan = planOf(all, false);
      const lent = all.flatMap(({ borrows }) =>
        borrows === null ? [] : [prefix(`10.9.0.${borrows}/32`), prefix(`fd00:6:6:1::${borrows}/128`)],
      );
      const home = [prefix('10.9.0.0/24'), prefix('fd00:6:6:1::/64')];
      const whole = [prefix('10.66.0.0/24'), prefix('fd00:6:6::/64'), prefix('10.8.0.0/24'), ...home];
      for (const device of plan.devices.slice(1)) {
        const model = all[Number(device.name.slice(1))];
        if (model?.routes || device.name === 'gw') continue;
        const stands = device.name === 'pi' || model?.stands;
        const expected = stands ? aggregate([...subtract(whole, home), ...lent]) : aggregate(whole);
        assert.deepEqual(allowed(device), expected, device.name);
      }
    }),
  );
});
