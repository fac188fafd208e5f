import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import { formatAddress } from '../net/address.ts';
import { formatKey } from '../net/key.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Place, Sourced } from './diagnostic.ts';
import type { Network } from './network.ts';
import { parseNetwork } from './parse.ts';
import { formatDiagnostics } from './print-diagnostics.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const EXAMPLES = new URL('../../examples/', import.meta.url);
const examples = readdirSync(EXAMPLES).filter((file) => file.endsWith('.yaml'));

const HEAD = `name: home
inside: [10.66.0.0/24, "fd4c:91b7:2ae0::/64"]
routers:
  cloud: {endpoint: vpn.example.net:51820}
`;

function networkIn(text: string): Network {
  const { network, diagnostics } = parseNetwork(text, 'network.yaml', { allowUnsupported: true });
  assert.ok(network, formatDiagnostics(diagnostics, text, { colour: false }));
  return network;
}

function codesIn(text: string): string[] {
  return parseNetwork(text, 'network.yaml').diagnostics.map(({ code }) => code);
}

for (const file of examples) {
  test(`example ${file} is a network, and everything in it is supported`, () => {
    const text = readFileSync(new URL(file, EXAMPLES), 'utf8');
    assert.deepEqual(parseNetwork(text, file).diagnostics, []);
  });
}

test('every word of the file arrives in the network', () => {
  const network = networkIn(`
name: home
ula: FD4C:91B7:2AE0::/48
inside: [10.66.0.0/24, carve]
routers:
  cloud:
    endpoint: VPN.example.net:51820
    listen: 51821
    address: [10.66.0.1, "fd4c:91b7:2ae0:0::1"]
    public-key: yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
    backend: relay
    mtu: 1420
    path-mtu: 1500
    note: a router
machines:
  phone:
  pi:
    platform: debian-networkd
    address: [10.66.0.3]
    public-key: TrMvSoP4jYQlY6RIzBgbssQqY3vxI2Pi+y71lOWWXX0=
    endpoint: "[2001:db8::5]:51820"
    note: |
      two
      lines
    expires: 2027-01-31
    lan: [home-lan, office]
    lan-address: [192.168.7.5, 192.168.8.5, carve]
    routes: [inside, office]
    internet: home-lan
    keepalive: off
    mtu: 1280
    path-mtu: 1492
lans:
  home-lan:
    prefixes: [192.168.7.0/24, carve]
    via: pi
    attach: proxy
    default-gateway: {address: [192.168.7.1], platform: fritzbox}
    gateway-firewall: drop-invalid
    advertise: ra
    lend: {phone: [192.168.7.200]}
    hosts:
      nas: [192.168.7.10]
      printer: {address: [192.168.7.11], platform: other}
  office:
    prefixes: [192.168.8.0/24]
    seen-as: [10.77.8.0/24]
    default-gateway: [192.168.8.1]
    advertise: [ra, dhcp]
groups: {family: [phone, everyone]}
access:
  - {from: family, to: nas, ports: [tcp/443, udp/5000-5010, ping]}
expect:
  - phone does not reach nas on tcp/443 over ipv6
dns: {domain: home.internal, upstream: [9.9.9.9]}
`);
  const [router] = network.routers;
  const pi = network.machines[1]!;
  const [home, office] = network.lans;
  const words = (items: readonly Sourced<unknown>[]) => items.map(({ value }) => value);
  const addresses = (items: readonly Sourced<Parameters<typeof formatAddress>[0] | 'carve'>[]) =>
    items.map(({ value }) => (value === 'carve' ? value : formatAddress(value)));
  assert.equal(formatPrefix(network.ula!.value), 'fd4c:91b7:2ae0::/48');
  assert.equal(network.inside[1]!.value, 'carve');
  assert.deepEqual(router!.endpoint.value, { host: 'vpn.example.net', address: null, port: 51820 });
  assert.equal(router!.listen!.value, 51821);
  assert.deepEqual(addresses(router!.address), ['10.66.0.1', 'fd4c:91b7:2ae0::1']);
  assert.equal(formatKey(router!.publicKey!.value), 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=');
  assert.deepEqual([router!.backend!.value, router!.mtu!.value, router!.pathMtu!.value], ['relay', 1420, 1500]);
  assert.deepEqual({ ...network.machines[0], name: 'phone' }, { ...emptyMachine, name: 'phone' });
  assert.equal(pi.platform!.value, 'debian-networkd');
  assert.equal(pi.endpoint!.value.host, '2001:db8::5');
  assert.equal(pi.note!.value, 'two\nlines\n');
  assert.equal(pi.expires!.value, Date.UTC(2027, 1, 1));
  assert.deepEqual(words(pi.lan), ['home-lan', 'office']);
  assert.deepEqual(addresses(pi.lanAddress), ['192.168.7.5', '192.168.8.5', 'carve']);
  assert.deepEqual(words(pi.routes!.value), ['inside', 'office']);
  assert.deepEqual(
    [pi.internet!.value, pi.keepalive!.value, pi.mtu!.value, pi.pathMtu!.value],
    ['home-lan', 0, 1280, 1492],
  );
  assert.deepEqual(
    [home!.via!.value, home!.attach!.value, home!.gatewayFirewall!.value],
    ['pi', 'proxy', 'drop-invalid'],
  );
  assert.deepEqual(addresses(home!.defaultGateway), ['192.168.7.1']);
  assert.equal(home!.defaultGatewayPlatform!.value, 'fritzbox');
  assert.deepEqual([words(home!.advertise), words(office!.advertise)], [['ra'], ['ra', 'dhcp']]);
  assert.deepEqual(
    home!.lend.map(({ machine, addresses: lent }) => [machine.value, addresses(lent)]),
    [['phone', ['192.168.7.200']]],
  );
  assert.deepEqual(
    home!.hosts.map(({ name, address, platform }) => [name.value, addresses(address), platform?.value]),
    [
      ['nas', ['192.168.7.10'], undefined],
      ['printer', ['192.168.7.11'], 'other'],
    ],
  );
  assert.equal(formatPrefix(office!.seenAs[0]!.value), '10.77.8.0/24');
  assert.deepEqual(
    network.groups.map(({ name, members }) => [name.value, words(members)]),
    [['family', ['phone', 'everyone']]],
  );
  assert.deepEqual(words(network.access!.value[0]!.ports), [
    { protocol: 'tcp', first: 443, last: 443 },
    { protocol: 'udp', first: 5000, last: 5010 },
    { protocol: 'ping' },
  ]);
  assert.deepEqual(network.expect[0]!.value, {
    from: 'phone',
    to: 'nas',
    reaches: false,
    on: { protocol: 'tcp', first: 443, last: 443 },
    over: 6,
  });
  assert.deepEqual(
    [network.dns!.value.domain!.value, addresses(network.dns!.value.upstream)],
    ['home.internal', ['9.9.9.9']],
  );
});

const emptyMachine = {
  platform: undefined,
  address: [],
  publicKey: undefined,
  endpoint: undefined,
  note: undefined,
  expires: undefined,
  disabled: undefined,
  lan: [],
  lanAddress: [],
  routes: undefined,
  internet: undefined,
  keepalive: undefined,
  mtu: undefined,
  pathMtu: undefined,
};

test('every value knows the text it came from, with a byte order mark and CRLF too', () => {
  const text = `\ufeff${HEAD}machines:\n  'phone': {platform: ios, address: ["10.66.0.2"]}\n`.replaceAll('\n', '\r\n');
  const network = networkIn(text);
  const lines = text.slice(1).split('\r\n');
  const textAt = ({ line, column, endColumn }: Place) => lines[line - 1]!.slice(column - 1, endColumn - 1);
  const [phone] = network.machines;
  assert.equal(textAt(network.name.place), 'home');
  assert.equal(textAt(network.inside[1]!.place), '"fd4c:91b7:2ae0::/64"');
  assert.equal(textAt(phone!.name.place), "'phone'");
  assert.equal(textAt(phone!.platform!.place), 'ios');
  assert.equal(textAt(phone!.address[0]!.place), '"10.66.0.2"');
  assert.equal(network.name.place.file, 'network.yaml');
});

test('one mistake hides no other, and is not found twice', () => {
  const text = `${HEAD}machines:
  Phone: {platform: iOS, lan: [home-lan]}
  pi: {lan: home-lan, lan-address: [192.168.7.5]}
lans:
  home-lan: {prefixes: [192.168.7.5/24], via: pi, hosts: {nas: [192.168.7.300]}}
groups: {family: [Phone, nas]}
`;
  assert.deepEqual(codesIn(text), ['bad-name', 'unknown-value', 'host-bits-set', 'bad-address']);
});

test('a router whose endpoint is wrong is still known by its name', () => {
  const text = 'name: home\ninside: [10.66.0.0/24]\nrouters: {cloud: {endpoint: nowhere}}\ngroups: {all: [cloud]}\n';
  assert.deepEqual(codesIn(text), ['bad-endpoint']);
});

test('diagnostics stand in the order of the file', () => {
  const { diagnostics } = parseNetwork('expect: [a]\nmachines: {X: }\nname: X\nroutes: {}\n', 'network.yaml');
  const places = diagnostics.map(({ place }) => place.line * 1000 + place.column);
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.ok(diagnostics.length >= 4);
});

test('the core schema leaves no, on and yes to be names', () => {
  assert.deepEqual(
    networkIn(`${HEAD}machines: {no: , on: , yes: , y: , null-device: }`).machines.map(({ name }) => name.value),
    ['no', 'on', 'yes', 'y', 'null-device'],
  );
});

test('words that every object has are unknown like any other', () => {
  assert.deepEqual(codesIn(`${HEAD}machines: {phone: {constructor: 1, __proto__: {a: 1}, toString: x}}`), [
    'unknown-word',
    'unknown-word',
    'unknown-word',
  ]);
  assert.deepEqual(
    networkIn(`${HEAD}machines: {constructor: , valueof: }`).machines.map(({ name }) => name.value),
    ['constructor', 'valueof'],
  );
});

test('20,000 machines and their references are read', () => {
  assert.equal(networkIn(manyMachines(20_000)).machines.length, 20_000);
});

test('a fault among many machines is found', () => {
  assert.deepEqual(codesIn(manyMachines(500).replace('m499: {', 'm498: {')), ['unknown-name', 'name-taken']);
});

function manyMachines(count: number): string {
  const names = Array.from({ length: count }, (_, i) => `m${i}`);
  const machines = names
    .map((name, i) => `  ${name}: {address: [10.${i >> 8}.${i & 255}.9], lan: home-lan}\n`)
    .join('');
  return `${HEAD.replace(/inside.*/, 'inside: [10.0.0.0/8]')}lans: {home-lan: {prefixes: [192.168.7.0/24]}}\ngroups: {all: [${names.join(', ')}]}\nmachines:\n${machines}`;
}

test('a chain of 20,000 groups does not exhaust the stack, and its circle is found', () => {
  const chain = Array.from({ length: 20_000 }, (_, i) => `  g${i}: [g${(i + 1) % 20_000}]\n`).join('');
  assert.deepEqual(codesIn(`${HEAD}groups:\n${chain}`), ['group-cycle']);
});

test('whatever the text, mistakes have places within it and are printed without control characters', () => {
  const alphabet = fc.constantFrom(
    ...'abz09-_ \t\n\r{}[]:,#&*!|>\'"%@`?.~\\/\u0000\u001b\ufeff\u202e漢😀\ud800'.split(''),
    ': ',
    '- ',
    '\n  ',
    '10.66.0.1',
    'name: ',
    'machines:\n',
    '"\\x1b[2J"',
  );
  const mutation = fc.record({ at: fc.nat(2000), cut: fc.nat(20), insert: fc.array(alphabet, { maxLength: 6 }) });
  const texts = examples.map((file) => readFileSync(new URL(file, EXAMPLES), 'utf8'));
  fc.assert(
    fc.property(
      fc.constantFrom(...texts, ''),
      fc.array(mutation, { minLength: 1, maxLength: 6 }),
      (base, mutations) => {
        let text = base;
        for (const { at, cut, insert } of mutations) text = text.slice(0, at) + insert.join('') + text.slice(at + cut);
        const { network, diagnostics } = parseNetwork(text, 'network.yaml');
        const lines = text.replace(/^\ufeff/, '').split('\n');
        for (const { place, message } of diagnostics) {
          assert.ok(place.line >= 1 && place.line <= lines.length, message);
          assert.ok(
            place.column >= 1 && place.endColumn > place.column && place.column <= lines[place.line - 1]!.length + 1,
            message,
          );
        }
        assert.doesNotMatch(
          formatDiagnostics(diagnostics, text, { colour: false }),
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/,
        );
        assert.equal(
          network === null,
          diagnostics.some(({ severity }) => severity === 'error'),
        );
      },
    ),
    { numRuns: 2000 },
  );
});

test('the files in the documentation are networks', () => {
  const reference = readFileSync(new URL('../../docs/reference/network-file.md', import.meta.url), 'utf8');
  const blocks = [...reference.matchAll(/```yaml\n(name: [\s\S]*?)```/g)].map(([, block]) => block!);
  assert.ok(blocks.length >= 1);
  for (const block of blocks) assert.deepEqual(parseNetwork(block, 'network-file.md').diagnostics, []);
});
