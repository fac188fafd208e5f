import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Address, type Family, parseAddress } from '../../net/address.ts';
import { type Prefix, prefixHas, prefixOf } from '../../net/prefix.ts';
import { expand, type StatefulMatches } from './expand.ts';
import type { Protocol, State, Test } from './ruleset.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const INTERFACES = ['eth0', 'eth1', 'wg0', 'wg1'];
const OWN = [parseAddress('10.0.0.1')!, parseAddress('fd00::1')!];

interface Packet {
  readonly family: Family;
  readonly from: string;
  readonly to: string;
  readonly source: Address;
  readonly destination: Address;
  readonly protocol: Protocol;
  readonly port: number;
  readonly sourcePort: number;
  readonly state: State;
}

/** Few values, so that tests and packets meet. */
const address = (family: Family) =>
  fc.integer({ min: 0, max: 15 }).map((n): Address => {
    return family === 4 ? { family, bits: (10n << 24n) | BigInt(n) } : { family, bits: (0xfd00n << 112n) | BigInt(n) };
  });
const prefix = fc.constantFrom<Family>(4, 6).chain((family) =>
  fc.tuple(address(family), fc.integer({ min: 0, max: 4 })).map(([each, host]): Prefix => {
    return prefixOf(each, (family === 4 ? 32 : 128) - host);
  }),
);
const port = fc.integer({ min: 0, max: 6 }).map((n) => (n > 4 ? 65529 + n : n));
const range = fc.tuple(port, port).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const some = <T>(each: fc.Arbitrary<T>) => fc.array(each, { minLength: 1, maxLength: 3 });
const protocol = fc.constantFrom<Protocol>('tcp', 'udp', 'icmp', 'other');
const state = fc.constantFrom<State>('new', 'established', 'related', 'invalid');

const oneTest: fc.Arbitrary<Test> = fc.oneof(
  fc.record({
    field: fc.constantFrom('from' as const, 'to' as const),
    of: some(fc.constantFrom('eth0', 'wg0', 'wg*', '*', 'ppp0')),
    not: fc.boolean(),
  }),
  fc.record({ field: fc.constantFrom('source' as const, 'destination' as const), of: some(prefix), not: fc.boolean() }),
  fc.record({ field: fc.constant('protocol' as const), of: some(protocol), not: fc.boolean() }),
  fc.record({ field: fc.constantFrom('ports' as const, 'sourcePorts' as const), of: some(range), not: fc.boolean() }),
  fc.record({ field: fc.constant('states' as const), of: some(state), not: fc.boolean() }),
  fc.record({ field: fc.constant('family' as const), of: some(fc.constantFrom<Family>(4, 6)), not: fc.boolean() }),
  fc.record({ field: fc.constant('ownDestination' as const), not: fc.boolean() }),
);

const packet: fc.Arbitrary<Packet> = fc.constantFrom<Family>(4, 6).chain((family) =>
  fc.record({
    family: fc.constant(family),
    from: fc.constantFrom(...INTERFACES),
    to: fc.constantFrom(...INTERFACES),
    source: address(family),
    destination: address(family),
    protocol,
    port,
    sourcePort: port,
    state,
  }),
);

describe('expanding tests', () => {
  test('what is expanded fits exactly what the tests fit', () => {
    const runs = Number(process.env.RUNS ?? 3_000);
    fc.assert(
      fc.property(fc.array(oneTest, { maxLength: 5 }), packet, (tests, each) => {
        const ground = {
          interfaces: INTERFACES,
          addresses: OWN.map((own) => prefixOf(own, own.family === 4 ? 32 : 128)),
          translated: [],
        };
        const matches = expand(tests, each.family, ground);
        if (matches === null) return;
        assert.equal(
          matches.some((match) => fits(match, each)),
          tests.every((one) => holds(one, each)),
        );
      }),
      { numRuns: runs },
    );
  });

  test('a rule that would become too many is given up', () => {
    const many: Test[] = (['source', 'destination'] as const).map((field) => ({
      field,
      of: Array.from({ length: 30 }, (_, n): Prefix => ({ family: 4, bits: BigInt(n), length: 32 })),
      not: false,
    }));
    assert.equal(expand(many, 4, { interfaces: [], addresses: [], translated: [] }), null);
  });

  test('one of its own addresses may be any, while nobody stated them', () => {
    const own: Test = { field: 'ownDestination', not: false };
    assert.deepEqual(expand([own], 4, { interfaces: [], addresses: [], translated: [] }), [{}]);
  });
});

/** The slow, obvious reading of a test. */
function holds(one: Test, each: Packet): boolean {
  switch (one.field) {
    case 'from':
    case 'to': {
      const name = each[one.field];
      return one.of.some((of) => (of.endsWith('*') ? name.startsWith(of.slice(0, -1)) : of === name)) !== one.not;
    }
    case 'source':
    case 'destination':
      return one.of.some((of) => prefixHas(of, each[one.field])) !== one.not;
    case 'ownSource':
    case 'ownDestination':
      return OWN.some((own) => own.family === each.family && own.bits === each.destination.bits) !== one.not;
    case 'protocol':
      return one.of.includes(each.protocol) !== one.not;
    case 'ports':
    case 'sourcePorts': {
      const number = one.field === 'ports' ? each.port : each.sourcePort;
      return one.of.some(({ first, last }) => first <= number && number <= last) !== one.not;
    }
    case 'states':
      return one.of.includes(each.state) !== one.not;
    case 'translated':
      return one.not;
    case 'family':
      return one.of.includes(each.family) !== one.not;
  }
}

function fits(match: StatefulMatches, each: Packet): boolean {
  return (
    (match.from === undefined || match.from === each.from) &&
    (match.to === undefined || match.to === each.to) &&
    (match.source === undefined || prefixHas(match.source, each.source)) &&
    (match.destination === undefined || prefixHas(match.destination, each.destination)) &&
    (match.protocol === undefined || match.protocol === each.protocol) &&
    (match.ports === undefined || (match.ports.first <= each.port && each.port <= match.ports.last)) &&
    (match.sourcePorts === undefined ||
      (match.sourcePorts.first <= each.sourcePort && each.sourcePort <= match.sourcePorts.last)) &&
    (match.states === undefined || match.states.includes(each.state))
  );
}
