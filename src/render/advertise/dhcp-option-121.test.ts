import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseNetwork } from '../../description/parse.ts';
import { addressFromBytes, formatAddress, parseAddress } from '../../net/address.ts';
import { formatPrefix, parsePrefix, prefixOf } from '../../net/prefix.ts';
import type { Plan } from '../../plan/plan.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import { renderGateway } from '../gateway/gateway.ts';
import { type ClasslessRoute, encodeClasslessRoutes } from './dhcp-option-121.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

/** RFC 3442 read the other way: how a host takes the option apart. */
function decode(bytes: Uint8Array): string[] {
  const routes: string[] = [];
  for (let i = 0; i < bytes.length; ) {
    const length = bytes[i++]!;
    assert.ok(length <= 32, `a length of ${length} bits`);
    const destination = new Uint8Array(4);
    for (let octet = 0; octet * 8 < length; octet++) destination[octet] = bytes[i++]!;
    assert.ok(i + 4 <= bytes.length, 'the option ends within a route');
    const nextHop = bytes.subarray(i, i + 4);
    i += 4;
    routes.push(
      `${formatAddress(addressFromBytes(destination))}/${length} ${formatAddress(addressFromBytes(nextHop))}`,
    );
  }
  return routes;
}

const routeOf = (prefix: string, nextHop: string): ClasslessRoute => {
  const parsed = parsePrefix(prefix);
  assert.ok(typeof parsed === 'object', prefix);
  return { prefix: parsed, nextHop: parseAddress(nextHop)! };
};

const address = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => addressFromBytes(bytes));
const route: fc.Arbitrary<ClasslessRoute> = fc
  .tuple(address, fc.integer({ min: 0, max: 32 }), address)
  .map(([network, length, nextHop]) => ({ prefix: prefixOf(network, length), nextHop }));

test('a route is its length, the octets that matter and the next hop, as in the table of RFC 3442', () => {
  const destinations: [string, number[]][] = [
    ['0.0.0.0/0', [0]],
    ['10.0.0.0/8', [8, 10]],
    ['10.0.0.0/24', [24, 10, 0, 0]],
    ['10.17.0.0/16', [16, 10, 17]],
    ['10.27.129.0/24', [24, 10, 27, 129]],
    ['10.229.0.128/25', [25, 10, 229, 0, 128]],
    ['10.198.122.47/32', [32, 10, 198, 122, 47]],
  ];
  for (const [prefix, octets] of destinations) {
    assert.deepEqual([...encodeClasslessRoutes([routeOf(prefix, '10.0.0.1')])], [...octets, 10, 0, 0, 1], prefix);
  }
});

test('a host that follows RFC 3442 reads every route back, in order', () => {
  fc.assert(
    fc.property(fc.array(route, { maxLength: 40 }), (routes) => {
      const expected = routes.map(({ prefix, nextHop }) => `${formatPrefix(prefix)} ${formatAddress(nextHop)}`);
      assert.deepEqual(decode(encodeClasslessRoutes(routes)), expected);
    }),
  );
});

test('all files for DHCP say the same routes, the default route among them', () => {
  const files = filesOf(
    planOf([
      ['10.90.0.0/24', 1],
      ['10.92.8.0/22', 2],
    ]),
  );
  const expected = [
    '10.66.0.0/24 10.91.0.5',
    '10.90.0.0/24 10.91.0.5',
    '10.92.8.0/22 10.91.0.5',
    '0.0.0.0/0 10.91.0.1',
  ];
  const kea = /"data": "([0-9A-F]+)"/.exec(files.get('house-dhcp-option-121.kea.conf')!)![1]!;
  assert.deepEqual(decode(Uint8Array.from(Buffer.from(kea, 'hex'))), expected);
  const pairs = (text: string) => text.match(/[^,]+,[^,]+/g)!.map((pair) => pair.replace(',', ' '));
  const dnsmasq = /^dhcp-option=option:classless-static-route,(.*)$/m.exec(
    files.get('house-dhcp-option-121.dnsmasq.conf')!,
  )![1]!;
  assert.deepEqual(pairs(dnsmasq), expected);
  const others = files.get('house-dhcp-option-121.txt')!;
  for (const [, bytes] of others.matchAll(/(?:value=0x|^ {2})([0-9a-f]{10,})$/gm)) {
    assert.deepEqual(decode(Uint8Array.from(Buffer.from(bytes!, 'hex'))), expected);
  }
  assert.deepEqual(pairs(/dhcp_option='121,(.*)'/.exec(others)![1]!), expected);
  assert.equal(others.match(/[0-9a-f]{20,}/g)!.length, 2);
});

test('routes that do not fit into one option are refused, and the instructions for the default gateway are there', () => {
  // Every second /24, so that none become one: 31 and the default route are 8 bytes each but for the last.
  const lans = (count: number) =>
    Array.from({ length: count }, (_, i): [string, number] => [`10.100.${2 * i}.0/24`, i]);
  const fits = renderGateway(...planOf(lans(30)));
  assert.deepEqual(fits.refusals, []);
  const { files, refusals } = renderGateway(...planOf(lans(31)));
  assert.deepEqual(
    refusals.map(({ code, message }) => [code, message]),
    [
      [
        'option-too-long',
        'Cannot write DHCP option 121 for LAN "house": 33 routes are 261 bytes, and an option holds 255',
      ],
    ],
  );
  assert.deepEqual(
    files.map(({ name }) => name),
    ['house-default-gateway.txt'],
  );
});

test('without a default gateway in the prefix of the machine that carries the LAN there is no option', () => {
  const [plan, lan] = planOf([]);
  const elsewhere = {
    ...lan,
    defaultGateway: lan.defaultGateway.map((fact) => ({ ...fact, value: parseAddress('10.91.9.1')! })),
  };
  const { files, refusals } = renderGateway(plan, elsewhere);
  assert.deepEqual(
    refusals.map(({ code }) => code),
    ['gateway-off-link'],
  );
  assert.equal(files.length, 1);
});

function filesOf([plan, lan]: ReturnType<typeof planOf>): Map<string, string> {
  return new Map(renderGateway(plan, lan).files.map(({ name, text }) => [name, text]));
}

/** A network whose LAN `house` needs instructions, and others with these prefixes. */
function planOf(others: readonly [prefix: string, number: number][]): [Plan, Plan['lans'][number]] {
  const text = [
    'name: home',
    'inside: [10.66.0.0/24]',
    'routers: {cloud: {endpoint: "198.51.100.1:51820"}}',
    'machines:',
    '  pi: {lan: house, lan-address: [10.91.0.5]}',
    ...others.map(([prefix, n]) => `  gw-${n}: {lan: lan-${n}, lan-address: [${prefix.replace(/\.0\/\d+$/, '.1')}]}`),
    'lans:',
    '  house: {prefixes: [10.91.0.0/24], via: pi, attach: static-route, default-gateway: [10.91.0.1]}',
    ...others.map(([prefix, n]) => `  lan-${n}: {prefixes: [${prefix}], via: gw-${n}, attach: default-gateway}`),
  ].join('\n');
  const { network, diagnostics } = parseNetwork(text, 'n.yaml');
  assert.ok(network, diagnostics[0]?.message);
  const { plan, diagnostics: mistakes } = planNetwork(network);
  assert.ok(plan, mistakes[0]?.message);
  return [plan, plan.lans.find(({ name }) => name === 'house')!];
}
