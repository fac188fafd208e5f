import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Diagnostic } from '../../description/diagnostic.ts';
import { parseNetwork } from '../../description/parse.ts';
import { formatPrefix, type Prefix, parsePrefix, prefixContains, prefixesOverlap } from '../../net/prefix.ts';
import { directoryOf } from '../directory.ts';
import { planNetwork } from '../plan-network.ts';
import { mistakesOf } from './mistakes.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const ROUTER = 'routers:\n  cloud: {endpoint: "vpn.example.net:51820"}\n';

function found(text: string): Diagnostic[] {
  const { network, diagnostics } = parseNetwork(text, 'n.yaml');
  assert.ok(network, diagnostics[0]?.message);
  return mistakesOf(directoryOf(network)!);
}

test('overlaps are those that comparing every pair finds, each prefix reported once', () => {
  const prefix = fc.tuple(fc.nat(5), fc.nat(31)).map(([bits, at]): Prefix => {
    const text = `10.7.0.${((at >> bits) << bits) * 8}/${29 - bits}`;
    return parsePrefix(text) as Prefix;
  });
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 12 }), (prefixes) => {
      const lans = prefixes.map((each, i) => `  lan${i}: {prefixes: [${formatPrefix(each)}], via: m, attach: proxy}\n`);
      const text = `name: n\ninside: [10.8.0.0/24]\n${ROUTER}machines: {m: {}}\n${lans.length ? `lans:\n${lans.join('')}` : ''}`;
      const { network } = parseNetwork(text, 'n.yaml', { allowUnsupported: true });
      const overlaps = mistakesOf(directoryOf(network!)!).filter((each) => each.code === 'prefix-overlap');
      const inAnother = prefixes.filter((each, i) =>
        prefixes.some((other, j) => j !== i && prefixContains(other, each) && (other.length < each.length || j < i)),
      );
      assert.equal(overlaps.length, inAnother.length);
      for (const { place, notes } of overlaps) {
        const [a, b] = [place, notes[0]!.place].map((each) => prefixes[each.line - 7]!);
        assert.ok(prefixesOverlap(a!, b!));
        assert.ok(place.line > notes[0]!.place.line, 'reported where the later one is');
      }
    }),
  );
});

test('with seen-as, what comparing every pair finds is found, and nothing where it finds nothing', () => {
  const lan = fc.record({
    real: fc.nat(7).map((at) => parsePrefix(`10.7.0.${at * 32}/27`) as Prefix),
    seenAs: fc.option(fc.nat(11).map((at) => parsePrefix(`10.7.${at < 3 ? 0 : 1}.${(at % 8) * 32}/27`) as Prefix)),
  });
  fc.assert(
    fc.property(fc.array(lan, { maxLength: 6 }), (lans) => {
      const described = lans.map(({ real, seenAs }, i) => {
        const shown = seenAs ? `, seen-as: [${formatPrefix(seenAs)}]` : '';
        return `  lan${i}: {prefixes: [${formatPrefix(real)}]${shown}, via: m, attach: masquerade}\n`;
      });
      const text = `name: n\ninside: [10.8.0.0/24]\n${ROUTER}machines: {m: {}}\n${lans.length ? `lans:\n${described.join('')}` : ''}`;
      const overlaps = found(text).filter((each) => each.code === 'prefix-overlap');
      const routed = lans.map(({ real, seenAs }) => seenAs ?? real);
      const hidden = lans.flatMap(({ real, seenAs }) => (seenAs ? [real] : []));
      const isWrong =
        routed.some((each, i) => routed.some((other, j) => i < j && prefixesOverlap(each, other))) ||
        hidden.some((each) => routed.some((other) => prefixesOverlap(each, other)));
      assert.equal(overlaps.length > 0, isWrong, text);
      for (const { help } of overlaps) assert.ok(help.length > 0);
    }),
  );
});

test('a popular prefix is nothing to warn of where nobody comes and goes', () => {
  const lan =
    'lans:\n  home: {prefixes: [192.168.1.0/24], via: pi, attach: static-route, default-gateway: [192.168.1.1]}\n';
  const machines = 'machines:\n  pi: {lan: home, lan-address: [192.168.1.5]}\n  desk: {lan: home}\n';
  const head = `name: n\ninside: [10.66.0.0/24]\n${ROUTER}`;
  assert.deepEqual(found(`${head}${machines}${lan}`), []);
  assert.deepEqual(found(`${head}${machines}  guest: {routes: [inside]}\n${lan}`), []);
  const [warned, ...others] = found(`${head}${machines}  phone: {}\n${lan}`);
  assert.deepEqual(others, []);
  assert.equal(warned!.code, 'popular-prefix');
  assert.equal(warned!.severity, 'warning');
});

test('a healthy dual-stack network has no mistake and no warning', () => {
  const text = `name: n
inside: [10.66.0.0/24, "fd00:66::/64"]
routers:
  cloud: {endpoint: "203.0.113.5:51820"}
machines:
  phone: {}
  pi: {lan: home, lan-address: [10.7.0.5, "fd00:7::5"]}
lans:
  home:
    prefixes: [10.7.0.0/24, "fd00:7::/64"]
    via: pi
    attach: static-route
    default-gateway: [10.7.0.1, "fd00:7::1"]
    hosts: {router-box: [10.7.0.1]}
`;
  assert.deepEqual(found(text), []);
});

describe('a disabled machine', () => {
  const text = (word: string) => `name: n
inside: [10.66.0.0/24, "fd00:66::/64"]
${ROUTER}machines:
  phone: {internet: home}
  lost: {disabled: true}
  pi: {lan: home, lan-address: [10.7.0.5, "fd00:7::5"]${word}}
lans: {home: {prefixes: [10.7.0.0/24, "fd00:7::/64"], via: pi, attach: masquerade}}
`;

  test('is worth a warning where others are cut off with it', () => {
    const [warned, ...others] = found(text(', disabled: true'));
    assert.deepEqual(others, []);
    assert.equal(warned!.code, 'carrier-disabled');
    assert.equal(warned!.severity, 'warning');
    assert.match(warned!.notes.at(-1)!.message, /"phone" is without the internet/);
    assert.match(warned!.help[0]!, /wg-router enable pi/);
    assert.deepEqual(found(text(', disabled: false')), []);
  });

  test('keeps its addresses, and leaves everybody else’s configuration as it was', () => {
    const plans = [text(''), text(', disabled: true')].map(
      (each) => planNetwork(parseNetwork(each, 'n.yaml').network!).plan!,
    );
    const [enabled, disabled] = plans.map((plan) => plan.devices.map((device) => ({ ...device, disabled: undefined })));
    const bare = (value: unknown) =>
      JSON.stringify(value, (key, each) => (key === 'place' ? 0 : typeof each === 'bigint' ? `${each}` : each));
    assert.equal(bare(disabled), bare(enabled));
  });
});
