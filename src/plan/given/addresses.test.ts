import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNetwork } from '../../description/parse.ts';
import { type Address, formatAddress } from '../../net/address.ts';
import { type Prefix, parsePrefix } from '../../net/prefix.ts';
import { directoryOf } from '../directory.ts';
import { hostAddress, insideAddresses } from './addresses.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const ROUTERS = 'routers:\n  cloud: {endpoint: "vpn.example.net:51820"}\n';

test('host number 17 is .17 and ::17, and 261 is .1.5 and ::261', () => {
  const spelled = (prefix: string, number: bigint) => {
    const address = hostAddress(parsePrefix(prefix) as Prefix, number);
    return address && formatAddress(address);
  };
  assert.equal(spelled('10.66.0.0/24', 17n), '10.66.0.17');
  assert.equal(spelled('fd00::/64', 17n), 'fd00::17');
  assert.equal(spelled('10.66.0.0/16', 261n), '10.66.1.5');
  assert.equal(spelled('fd00::/64', 261n), 'fd00::261');
});

test('the first and the last IPv4 address and ::0 are never given', () => {
  const first = (prefix: string) => hostAddress(parsePrefix(prefix) as Prefix, 0n);
  assert.equal(first('10.66.0.0/24'), null);
  assert.equal(first('fd00::/64'), null);
  assert.equal(hostAddress(parsePrefix('10.66.0.0/24') as Prefix, 255n), null);
  assert.equal(formatAddress(hostAddress(parsePrefix('10.66.0.0/24') as Prefix, 254n)!), '10.66.0.254');
  for (const prefix of ['10.66.0.0/31', '10.66.0.0/32'])
    assert.equal(hostAddress(parsePrefix(prefix) as Prefix, 1n), null);
  assert.equal(hostAddress(parsePrefix('fd00::/124') as Prefix, 10n), null, '::10 is the 17th address');
  assert.equal(formatAddress(hostAddress(parsePrefix('fd00::/127') as Prefix, 1n)!), 'fd00::1');
});

test('routers come first, then machines in file order, and one number serves both families', () => {
  const text = `name: n\nmachines:\n  a: {}\n  b: {}\n${ROUTERS}inside: [10.66.0.0/24, "fd00::/64"]\n`;
  assert.deepEqual(give(text), [
    'cloud 10.66.0.1',
    'cloud fd00::1',
    'a 10.66.0.2',
    'a fd00::2',
    'b 10.66.0.3',
    'b fd00::3',
  ]);
});

test('a number is free when neither spelling is in use, also by somebody later in the file', () => {
  const machines = 'machines:\n  a: {}\n  b: {address: [10.66.0.2]}\n  c: {address: ["fd00::3", 10.66.0.9]}\n';
  const text = `name: n\ninside: [10.66.0.0/24, "fd00::/64"]\n${ROUTERS}${machines}`;
  assert.deepEqual(give(text), ['cloud 10.66.0.1', 'cloud fd00::1', 'a 10.66.0.4', 'a fd00::4', 'b fd00::5']);
});

test('an IPv6 address with letters takes no number', () => {
  const text = `name: n\ninside: ["fd00::/64"]\n${ROUTERS}machines:\n  a: {address: ["fd00::1f"]}\n  b: {}\n`;
  assert.deepEqual(give(text), ['cloud fd00::1', 'b fd00::2']);
});

test('a full prefix is one mistake that counts who got nothing', () => {
  const text = `name: n\ninside: [10.66.0.0/30]\n${ROUTERS}machines:\n  a: {}\n  b: {}\n  c: {}\n`;
  const { diagnostics, given } = addressesOf(text);
  assert.deepEqual(
    given.map((each) => each.device),
    ['cloud', 'a'],
  );
  assert.equal(diagnostics.length, 1);
  assert.equal(diagnostics[0]!.code, 'prefix-full');
  assert.match(diagnostics[0]!.message, /"b" \(and 1 more\).*10\.66\.0\.0\/30/);
});

test('given addresses are those that a search from one each time finds', () => {
  const lists = fc.array(
    fc.record({
      four: fc.option(fc.integer({ min: 1, max: 30 }), { freq: 2 }),
      six: fc.option(fc.integer({ min: 1, max: 0x40 }), { freq: 2 }),
    }),
    { maxLength: 15 },
  );
  fc.assert(
    fc.property(lists, fc.constantFrom('both', '4', '6'), (machines, families) => {
      const inside = { both: ['10.66.0.0/26', 'fd00::/64'], '4': ['10.66.0.0/26'], '6': ['fd00::/64'] }[families]!;
      const taken = new Set<string>();
      const stated = machines.map(({ four, six }) =>
        [
          ...(four && families !== '6' ? [`10.66.0.${four}`] : []),
          ...(six && families !== '4' ? [`fd00::${six.toString(16)}`] : []),
        ].filter((address) => !taken.has(address) && taken.add(address)),
      );
      const lines = stated.map((list, i) => `  m${i}: {address: [${list.map((each) => `"${each}"`).join(', ')}]}\n`);
      const text = `name: n\ninside: [${inside.map((each) => `"${each}"`).join(', ')}]\n${ROUTERS}machines: ${lines.length ? `\n${lines.join('')}` : '{}\n'}`;
      assert.deepEqual(
        give(text),
        searchEachTime(inside, [['cloud', []], ...stated.map((list, i) => [`m${i}`, list] as const)]),
      );
    }),
  );
});

/** The contract read literally: for everybody who lacks a family, the first n of which no spelling is in use. */
function searchEachTime(
  inside: readonly string[],
  devices: readonly (readonly [string, readonly string[]])[],
): string[] {
  const inUse = new Set(devices.flatMap(([, addresses]) => addresses));
  const spell = (prefix: string, n: number) => (prefix.startsWith('10') ? `10.66.0.${n}` : `fd00::${n}`);
  return devices.flatMap(([name, addresses]) => {
    const lacking = inside.filter((prefix) => !addresses.some((each) => each.includes(':') === prefix.includes(':')));
    if (lacking.length === 0) return [];
    let n = 1;
    while (inside.some((prefix) => inUse.has(spell(prefix, n)))) n++;
    for (const prefix of lacking) inUse.add(spell(prefix, n));
    return lacking.map((prefix) => `${name} ${spell(prefix, n)}`);
  });
}

function addressesOf(text: string) {
  const { network, diagnostics } = parseNetwork(text, 'n.yaml');
  assert.deepEqual(
    diagnostics.map((each) => each.message),
    [],
  );
  return insideAddresses(directoryOf(network!)!);
}

function give(text: string): string[] {
  const { of, given } = addressesOf(text);
  for (const each of given) assert.ok(of.get(each.device)!.some(({ value }) => value === each.address));
  return given.map((each: { device: string; address: Address }) => `${each.device} ${formatAddress(each.address)}`);
}
