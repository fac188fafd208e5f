import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Origin } from '../../plan/plan.ts';
import { flatten } from './flatten.ts';
import type { Chain, Rule, Table, Test, Verdict } from './ruleset.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const ORIGIN: Origin = { kind: 'file', place: { file: 'x', line: 1, column: 1, endColumn: 2 } };
const DEPTH = 4;

/** A packet is the set of names of which it is `from`: tests are told apart by name alone. */
type Packet = ReadonlySet<string>;

const oneTest = fc.constantFrom('a', 'b', 'c').map((name): Test => ({ field: 'from', of: [name], not: false }));

/** Chains jump to deeper ones only. */
const chain = (level: number) => {
  const jump = fc
    .record({
      kind: fc.constantFrom('jump' as const, 'goto' as const),
      deeper: fc.integer({ min: Math.min(level + 1, DEPTH), max: DEPTH }),
    })
    .map(({ kind, deeper }): Verdict => ({ kind, chain: `chain ${deeper}` }));
  const plain = fc
    .constantFrom('accept' as const, 'drop' as const, 'return' as const, 'continue' as const)
    .map((kind): Verdict => ({ kind }));
  const verdict = level < DEPTH ? fc.oneof(plain, jump) : plain;
  return fc
    .array(fc.record({ tests: fc.array(oneTest, { maxLength: 2 }), verdict, origin: fc.constant(ORIGIN) }), {
      maxLength: 4,
    })
    .map(
      (rules): Chain => ({
        name: `chain ${level}`,
        ...(level === 0 && { hook: 'forward' as const }),
        kind: 'filter',
        priority: 0,
        policy: level === 0 ? { verdict: 'drop', origin: ORIGIN } : null,
        rules,
      }),
    );
};

describe('flattening chains', () => {
  test('the flat rules decide as the chains do', () => {
    const table = fc
      .tuple(...Array.from({ length: DEPTH + 1 }, (_, level) => chain(level)))
      .map(
        (chains): Table => ({ name: 'filter', family: 4, chains: new Map(chains.map((each) => [each.name, each])) }),
      );
    const packet = fc.subarray(['a', 'b', 'c']).map((names): Packet => new Set(names));
    fc.assert(
      fc.property(table, packet, (each, names) => {
        const base = each.chains.get('chain 0')!;
        const flat = flatten(each, base);
        if (flat === null) return;
        const first = flat.find((rule) => fits(rule, names));
        assert.equal(first?.verdict.kind ?? 'drop', walk(each, base, names) ?? 'drop');
      }),
      { numRuns: Number(process.env.RUNS ?? 3_000) },
    );
  });

  test('chains that jump to each other for ever are given up', () => {
    const jump = (chain: string): Rule => ({ tests: [], verdict: { kind: 'jump', chain }, origin: ORIGIN });
    const both = (name: string, rules: Rule[]): Chain => ({ name, kind: 'filter', priority: 0, policy: null, rules });
    const a = both('a', [jump('b'), jump('b')]);
    const table: Table = {
      name: 'filter',
      family: 4,
      chains: new Map([
        ['a', a],
        ['b', both('b', [jump('a'), jump('a')])],
      ]),
    };
    assert.equal(flatten(table, a), null);
  });
});

/** What the kernel does: the verdict, or null at the end of the chain. */
function walk(table: Table, chain: Chain, packet: Packet): 'accept' | 'drop' | null {
  for (const rule of chain.rules) {
    if (!fits(rule, packet)) continue;
    const { verdict } = rule;
    if (verdict.kind === 'accept' || verdict.kind === 'drop') return verdict.kind;
    if (verdict.kind === 'return') return null;
    if (verdict.kind === 'jump' || verdict.kind === 'goto') {
      const result = walk(table, table.chains.get(verdict.chain)!, packet);
      if (result !== null || verdict.kind === 'goto') return result;
    }
  }
  return null;
}

function fits({ tests }: Rule, packet: Packet): boolean {
  return tests.every((each) => each.field === 'from' && each.of.some((name) => packet.has(name)));
}
