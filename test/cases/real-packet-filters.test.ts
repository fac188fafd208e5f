/**
 * Hooks followed on the model, against the same hooks run by a real kernel and listed with `iptables-save` and
 * `nft -j list ruleset`: both must come to the same filters, translations and clamps.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { importNetwork } from '../../src/import/import-network.ts';
import type { Device } from '../../src/plan/plan.ts';
import { runPrivately, whyNotWith } from '../networks/private-namespace.ts';
import { keyFunctions } from './cases.ts';
import { shortClamps, shortFilters, shortTranslations } from './short-lines.ts';

const skip = whyNotWith('iptables', 'ip6tables', 'iptables-save', 'nft') ?? false;
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const RUNS = Number(process.env.RUNS ?? 40);

const maybe = (piece: fc.Arbitrary<string>) => fc.oneof(fc.constant(''), piece);
const not = fc.constantFrom('', '', '! ');
const network = fc.constantFrom('10.0.0.0/8', '192.168.1.0/24', '10.67.0.2', '0.0.0.0/0', '172.16.0.0/255.240.0.0');
const device = fc.constantFrom('eth0', 'wg0', 'wg+', 'eth1');
const ports = fc.constantFrom('22', '80:90', '1024:', 'ssh');

const words = (...pieces: readonly fc.Arbitrary<string>[]) =>
  fc.tuple(...pieces).map((all) => all.filter((each) => each !== '').join(' '));

const transport = fc.constantFrom('tcp', 'udp').chain((protocol) =>
  words(
    fc.constant(`-p ${protocol}`),
    fc.oneof(
      fc.constant(''),
      words(fc.tuple(not, ports).map(([n, each]) => `${n}--dport ${each}`)),
      words(
        fc.constant('-m multiport'),
        fc.tuple(not, fc.constantFrom('22,80', '1000:2000,3000')).map(([n, each]) => `${n}--dports ${each}`),
      ),
      fc.constant('--sport 53'),
    ),
  ),
);

const matches = words(
  maybe(fc.tuple(not, device).map(([n, each]) => `${n}-i ${each}`)),
  maybe(fc.tuple(not, network).map(([n, each]) => (n !== '' && each.startsWith('0.') ? '' : `${n}-s ${each}`))),
  maybe(fc.tuple(not, network).map(([n, each]) => (n !== '' && each.startsWith('0.') ? '' : `${n}-d ${each}`))),
  fc.oneof(
    fc.constant(''),
    fc.constant(''),
    transport,
    fc.constant('-p icmp --icmp-type echo-request'),
    fc.constant('-p tcp --syn'),
    fc.constant('! -p udp'),
  ),
  fc.constantFrom(
    '',
    '',
    '-m conntrack --ctstate ESTABLISHED,RELATED',
    '-m state --state NEW',
    '-m conntrack ! --ctstate INVALID',
    '-m comment --comment "a; b \\" c"',
    '-m limit --limit 5/min',
    '-m addrtype --dst-type LOCAL',
    '-m iprange --src-range 10.0.0.3-10.0.0.9',
  ),
);

const filterRule = fc.constantFrom('FORWARD', 'FORWARD', 'mine').chain((chain) =>
  words(
    fc.constantFrom(`-A ${chain}`, `-A ${chain}`, `-I ${chain}`, `-I ${chain} 1`),
    matches,
    fc.constant('').chain(() => maybe(fc.tuple(not, device).map(([n, each]) => `${n}-o ${each}`))),
    fc.constantFrom(
      '-j ACCEPT',
      '-j DROP',
      '-j REJECT',
      '-j RETURN',
      '-j LOG --log-prefix "x y"',
      ...(chain === 'mine' ? [] : ['-j mine', '-g mine']),
    ),
  ),
);

const natRule = fc.oneof(
  words(
    fc.constant('-t nat -A POSTROUTING'),
    maybe(fc.tuple(not, network).map(([n, each]) => (n !== '' && each.startsWith('0.') ? '' : `${n}-s ${each}`))),
    maybe(fc.tuple(not, device).map(([n, each]) => `${n}-o ${each}`)),
    fc.constantFrom('-j MASQUERADE', '-j SNAT --to-source 192.168.1.5', '-j ACCEPT', '-j RETURN'),
  ),
  words(
    fc.constant('-t nat -A PREROUTING'),
    maybe(device.map((each) => `-i ${each}`)),
    transport,
    fc.constantFrom('-j DNAT --to-destination 10.67.0.2:8080', '-j DNAT --to 10.67.0.2', '-j RETURN'),
  ),
  fc.constant(
    '-t nat -A PREROUTING -i wg0 -d 10.77.1.0/24 -j NETMAP --to 192.168.1.0/24; iptables -t nat -A POSTROUTING -o wg0 -s 192.168.1.0/24 -j NETMAP --to 10.77.1.0/24',
  ),
  fc.constant('-t mangle -A FORWARD -o wg0 -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu'),
);

const rule = fc.oneof(filterRule, filterRule, natRule);
const hook = fc.oneof(
  rule.map((each) => `iptables ${each}`),
  rule.map((each) => `iptables ${each} || true`),
  filterRule.map((each) => `r=$(true); f() { iptables "$@"; }; f ${each}`),
  fc.constantFrom(
    'iptables -P FORWARD DROP',
    'iptables -F mine',
    'iptables -D FORWARD 1 || true',
    'for d in eth0 eth1; do iptables -A FORWARD -i $d -j ACCEPT; done',
  ),
  filterRule.map((each) => `iptables -C ${each.replace(/^-\S+ (\S+)( 1)?/, '$1')} 2>/dev/null || iptables ${each}`),
);

/** Interfaces that rules name, and one that only negations mean. */
const SURVEY =
  'machines:\n  box:\n    interfaces: {eth0: [192.168.1.5/24], eth1: [172.16.0.1/24], wg0: [10.67.0.3/24]}\n';

function outcome(files: Readonly<Record<string, string>>): { lines: string[]; notUnderstood: string[] } {
  const given = Object.entries({ ...files, 'survey.yaml': SURVEY }).map(([path, text]) => ({ path, text }));
  const { plan, notUnderstood } = importNetwork(given, keyFunctions);
  const box: Device = plan.devices[0]!;
  const lines = [
    ...shortFilters(box),
    ...shortFilters(box, 6).map((line) => `6 ${line}`),
    ...shortTranslations(box),
    ...shortClamps(box),
  ];
  return { lines, notUnderstood: notUnderstood.map(({ reason }) => reason) };
}

function configuration(hooks: readonly string[]): string {
  return ['[Interface]', 'Address = 10.67.0.3/24', ...hooks.map((each) => `PostUp = ${each}`), ''].join('\n');
}

describe('hooks against a real kernel', { skip }, () => {
  test(`iptables: ${RUNS} random lists (SEED=${SEED})`, () => {
    const lists = fc.sample(fc.array(hook, { minLength: 1, maxLength: 10 }), { seed: SEED, numRuns: RUNS });
    const flush =
      'for t in filter nat mangle; do iptables -t $t -F; iptables -t $t -X; done; iptables -P FORWARD ACCEPT; iptables -N mine';
    const script = (hooks: readonly string[]) =>
      [flush, ...hooks.map((each) => `( set +e; ${each}\n) >/dev/null 2>&1`), 'echo "@@"; iptables-save'].join('\n');
    const outputs: string[] = [];
    // An argument of a program has 128 KiB at most.
    for (let i = 0; i < lists.length; i += 25) {
      const some = lists.slice(i, i + 25).map(script);
      outputs.push(
        ...runPrivately(`set +e\n${some.join('\n')}\ntrue`)
          .split('@@\n')
          .slice(1),
      );
    }
    assert.equal(outputs.length, lists.length);
    for (const [i, hooks] of lists.entries()) {
      const followed = outcome({
        'box.conf': configuration(['iptables -P FORWARD ACCEPT; iptables -N mine', ...hooks]),
      });
      const listed = outcome({ 'box.conf': configuration([]), 'box.iptables-save': outputs[i]! });
      same(followed, listed, `${hooks.join('\n')}\n${outputs[i]}`);
    }
  });

  const tables: readonly (readonly [what: string, hooks: readonly string[]])[] = [
    [
      'a table in one text',
      [
        'nft "table inet t { chain f { type filter hook forward priority 0; policy drop; ct state established,related accept; iifname wg0 oifname { eth0, eth1 } accept; tcp dport { 22, 80-90 } ip saddr 10.0.0.0/8 accept; }; }"',
      ],
    ],
    [
      'commands',
      [
        'nft add table ip n',
        "nft add chain ip n post '{ type nat hook postrouting priority 100; }'",
        'nft add rule ip n post oifname eth0 ip saddr 10.67.0.0/24 masquerade',
        'nft insert rule ip n post ip daddr 10.0.0.0/8 accept',
        "nft 'add chain ip n pre { type nat hook prerouting priority -100; }'",
        'nft add rule ip n pre iifname eth0 tcp dport 80 dnat to 10.67.0.2:8080',
      ],
    ],
    [
      'chains that jump',
      [
        'nft "table ip t { chain lan { iifname eth1 return; tcp dport 22 drop; }; chain f { type filter hook forward priority 0; policy accept; iifname vmap { eth0 : jump lan, wg0 : accept }; ip daddr != 192.168.1.0/24 drop; }; }"',
      ],
    ],
    [
      'prefixes and sizes',
      [
        'nft "table inet t { chain out { type nat hook postrouting priority 100; oifname wg0 snat ip prefix to ip saddr map { 192.168.1.0/24 : 10.77.1.0/24 }; }; chain in { type nat hook prerouting priority -100; iifname wg0 dnat ip prefix to ip daddr map { 10.77.1.0/24 : 192.168.1.0/24 }; }; chain c { type filter hook forward priority -150; oifname wg0 tcp flags syn tcp option maxseg size set rt mtu; }; }"',
      ],
    ],
  ];
  test('nft: texts and commands', () => {
    const script = tables.map(([, hooks]) =>
      ['nft flush ruleset', ...hooks, 'echo "@@"; nft -j list ruleset'].join('\n'),
    );
    const outputs = runPrivately(script.join('\n')).split('@@\n').slice(1);
    for (const [i, [what, hooks]] of tables.entries()) {
      const followed = outcome({ 'box.conf': configuration(hooks) });
      const listed = outcome({ 'box.conf': configuration([]), 'box.nft.json': outputs[i]! });
      same(followed, listed, what);
      assert.deepEqual(followed.notUnderstood, []);
      assert.ok(followed.lines.length > 1);
    }
  });
});

/** Tells the first difference; a rule may be hundreds of lines. */
function same(followed: ReturnType<typeof outcome>, listed: ReturnType<typeof outcome>, what: string): void {
  const at = followed.lines.findIndex((line, i) => line !== listed.lines[i]);
  const lengths = followed.lines.length === listed.lines.length;
  const first =
    at < 0 && lengths
      ? ''
      : `followed ${followed.lines[at]}, listed ${listed.lines[at < 0 ? followed.lines.length : at]}`;
  assert.equal(first, '', what);
  assert.deepEqual(followed.notUnderstood, listed.notUnderstood, what);
}
