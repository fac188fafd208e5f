import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { keyFunctions } from '../../test/cases/cases.ts';
import { shortFilters, shortInterfaces, shortRoutes } from '../../test/cases/short-lines.ts';
import { formatPrefix } from '../net/prefix.ts';
import type { Device, ImportRule, Origin, Peer, TunnelInterface } from '../plan/plan.ts';
import { publicKeyOf } from '../wireguard/crypto/x25519.ts';
import { importNetwork } from './import-network.ts';
import type { Imported } from './imported.ts';

const HUB_KEY = 'wNI6kkYJGzyM6H4qkfCyVjFjs2XkC9dHZQGrmQAJh2I=';
const PHONE_KEY = 'GDeSFaJZ8yV8u3Wq9wEFt1l8mJZ4Tz3ZcYkC2Q1c9Fo=';

function publicText(privateText: string): string {
  return Buffer.from(publicKeyOf(new Uint8Array(Buffer.from(privateText, 'base64')))).toString('base64');
}

const [HUB_PUBLIC, PHONE_PUBLIC] = [publicText(HUB_KEY), publicText(PHONE_KEY)];

const HUB = `[Interface]
Address = 10.67.0.1/24
PrivateKey = ${HUB_KEY}
ListenPort = 51820
PostUp = iptables -A FORWARD -i %i -j ACCEPT

[Peer]
# phone
PublicKey = ${PHONE_PUBLIC}
PresharedKey = ${HUB_KEY}
AllowedIPs = 10.67.0.2/32
`;
const PHONE = `[Interface]
Address = 10.67.0.2/32
PrivateKey = ${PHONE_KEY}

[Peer]
PublicKey = ${HUB_PUBLIC}
AllowedIPs = 0.0.0.0/0
Endpoint = 203.0.113.5:51820
`;

function read(files: Readonly<Record<string, string>>): Imported {
  return importNetwork(
    Object.entries(files).map(([path, text]) => ({ path, text })),
    keyFunctions,
  );
}

function device(imported: Imported, name: string): Device {
  return imported.plan.devices.find((each) => each.name === name)!;
}

function tunnel(of: Device): TunnelInterface {
  return of.interfaces.find((each) => each.kind === 'wireguard')!;
}

function peers(of: Device): Peer[] {
  return of.interfaces.flatMap((each) => (each.kind === 'wireguard' ? each.peers : []));
}

/** An interface with this address, as `ip -j addr` shows it. */
function addressed(address: string): string {
  return `[{"ifname":"eth0","addr_info":[{"family":"inet","local":"${address}","prefixlen":24}]}]`;
}

describe('importing a network', () => {
  test('two configurations know each other by their keys', () => {
    const imported = read({ 'hub.conf': HUB, 'phone.conf': PHONE });
    assert.deepEqual(imported.diagnostics, []);
    assert.deepEqual(
      imported.plan.devices.map((each) => `${each.name} ${peers(each).map(({ name }) => name)}`),
      ['hub phone', 'phone hub'],
    );
    assert.equal(tunnel(device(imported, 'phone')).avoidsItself?.value, true);
    assert.equal(tunnel(device(imported, 'hub')).avoidsItself, undefined);
    assert.deepEqual(shortRoutes(device(imported, 'phone')), ['0.0.0.0/0 wg0']);
  });

  test('a peer whose key nobody has is nobody', () => {
    const imported = read({ 'hub.conf': HUB });
    assert.deepEqual(
      peers(device(imported, 'hub')).map(({ name, note }) => [name, note?.value]),
      [['', 'phone']],
    );
  });

  test('no private or preshared key is in what comes out', () => {
    const imported = read({ 'hub.conf': HUB, 'phone.conf': PHONE, 'odd.conf': HUB.replace('PrivateKey', 'PrivatKey') });
    const text = JSON.stringify(imported, (_, value) =>
      value instanceof Uint8Array
        ? Buffer.from(value).toString('base64')
        : typeof value === 'bigint'
          ? `${value}`
          : value,
    );
    for (const key of [HUB_KEY, PHONE_KEY]) assert.ok(!text.includes(key.slice(0, 42)));
    assert.ok(text.includes(HUB_PUBLIC));
    assert.equal(peers(device(imported, 'hub'))[0]!.presharedKeyHash?.value, keyFunctions.hashPresharedKey(HUB_KEY));
  });

  test('a prefix that a later peer takes is gone from the earlier one, and both places are named', () => {
    const text = `${HUB}\n[Peer]\nPublicKey = ${HUB_PUBLIC}\nAllowedIPs = 10.67.0.3/32, 10.67.0.2/32\n`;
    const imported = read({ 'hub.conf': text });
    const [first, second] = peers(device(imported, 'hub'));
    assert.deepEqual(first!.allowedIps, []);
    assert.deepEqual(
      first!.taken?.map(({ prefix }) => formatPrefix(prefix.value)),
      ['10.67.0.2/32'],
    );
    assert.equal(second!.allowedIps.length, 2);
    assert.deepEqual(
      imported.diagnostics.map(({ code, place, notes }) => [code, place.line, notes[0]?.place.line]),
      [['prefix-twice', 15, 11]],
    );
  });

  test('Table = off makes no routes of allowed IPs, another table neither', () => {
    for (const table of ['off', '200']) {
      const imported = read({ 'phone.conf': PHONE.replace('[Peer]', `Table = ${table}\n[Peer]`) });
      assert.deepEqual(shortRoutes(device(imported, 'phone')), []);
      assert.equal(tunnel(device(imported, 'phone')).avoidsItself, undefined);
    }
    const main = read({ 'phone.conf': PHONE.replace('[Peer]', 'Table = main\n[Peer]') });
    assert.deepEqual(shortRoutes(device(main, 'phone')), ['0.0.0.0/0 wg0']);
    assert.equal(tunnel(device(main, 'phone')).avoidsItself, undefined, 'an explicit table has no mark');
  });

  test('a command’s output wins over a survey, and a survey over a guess', () => {
    const survey = `machines:
  hub:
    interfaces: {eth0: [192.168.1.5/24]}
    routes: [10.9.0.0/16 via 192.168.1.7 dev eth0]
    forwarding: {ipv4: false}
    firewall: {forward: {policy: accept}}
`;
    const files = { 'hub.conf': HUB, 'survey.yaml': survey };
    const stated = device(read(files), 'hub');
    assert.deepEqual(shortInterfaces(stated), ['wireguard wg0 10.67.0.1', 'outer eth0 192.168.1.5/24']);
    assert.deepEqual(shortRoutes(stated), ['10.67.0.0/24 wg0', '10.9.0.0/16 via 192.168.1.7 eth0', '0.0.0.0/0 eth0']);
    assert.deepEqual(shortFilters(stated), ['forward iif wg0 accept']);
    assert.deepEqual(stated.forwarding, []);
    const shown = device(
      read({
        ...files,
        'hub-addr.json':
          '[{"ifname":"ens3","link_type":"ether","addr_info":[{"family":"inet","local":"198.51.100.7","prefixlen":24}]}]',
        'hub-routes.txt':
          'default via 198.51.100.1 dev ens3 proto dhcp metric 100\n10.67.0.0/24 dev wg0 proto kernel\n',
        'hub-iptables-save': '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i ens3 -j ACCEPT\nCOMMIT\n',
        'hub-sysctl': 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.ens3.rp_filter = 2\n',
      }),
      'hub',
    );
    assert.deepEqual(shortInterfaces(shown), ['wireguard wg0 10.67.0.1', 'outer ens3 198.51.100.7/24']);
    assert.deepEqual(shortRoutes(shown), ['0.0.0.0/0 via 198.51.100.1 ens3 metric 100', '10.67.0.0/24 wg0']);
    assert.deepEqual(shortFilters(shown), ['forward iif ens3 accept', 'forward drop']);
    assert.equal(shown.forwarding.length, 4);
  });

  test('what hooks do to parts that commands show is not complained of', () => {
    const odd = HUB.replace('-j ACCEPT', '-m set --match-set a src -j ACCEPT');
    assert.equal(read({ 'hub.conf': odd }).notUnderstood.length, 1);
    const save = '*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n';
    assert.deepEqual(read({ 'hub.conf': odd, 'hub.iptables-save': save }).notUnderstood, []);
  });

  test('peers as they run, with the endpoint’s name from the file', () => {
    const file = PHONE.replace('203.0.113.5', 'home.example');
    const dump = [
      `wg0\t(hidden)\t${PHONE_PUBLIC}\t40000\toff`,
      `wg0\t${HUB_PUBLIC}\t(none)\t203.0.113.9:51820\t10.67.0.0/24\t1700000000\t1\t2\t25`,
    ].join('\n');
    const imported = read({ 'phone.conf': file, 'phone.dump': dump });
    const [peer] = peers(device(imported, 'phone'));
    assert.deepEqual(
      [peer!.endpoint?.value.host, peer!.allowedIps.map(({ value }) => formatPrefix(value)), peer!.keepalive?.value],
      ['home.example', ['10.67.0.0/24'], 25],
    );
    assert.deepEqual(
      imported.observations.map(({ device: name, peer: who, endpoint, latestHandshake }) => [
        name,
        who,
        endpoint,
        latestHandshake,
      ]),
      [['phone', '', '203.0.113.9:51820', 1700000000]],
    );
  });

  test('the output of the collecting script is one machine with everything', () => {
    const section = (title: string, text: string) => `== wg-router survey 1: ${title} ==\n${text}\n`;
    const output = [
      section('host', 'name: box'),
      section(
        'wg-quick wg0',
        HUB.replace(`PrivateKey = ${HUB_KEY}`, `PublicKey = ${HUB_PUBLIC}`).replace(HUB_KEY, '0123456789abcdef'),
      ),
      section(
        'wg show all dump',
        `wg0\t(hidden)\t${HUB_PUBLIC}\t51820\toff\nwg0\t${PHONE_PUBLIC}\t0123456789abcdef\t(none)\t10.67.0.2/32\t0\t0\t0\toff`,
      ),
      section(
        'ip -j addr',
        '[{"ifname":"eth0","addr_info":[{"local":"192.168.1.5","prefixlen":24}]},{"ifname":"wg0","mtu":1380,"addr_info":[{"local":"10.67.0.1","prefixlen":24}]}]',
      ),
      section(
        'ip -4 -j route show table all',
        '[{"dst":"default","gateway":"192.168.1.1","dev":"eth0"},{"dst":"10.67.0.0/24","dev":"wg0"}]',
      ),
      section('ip -6 -j route show table all', '!! not there'),
      section('nft -j list ruleset', '{"nftables":[]}'),
      section('sysctl', 'net.ipv4.ip_forward = 1'),
      section('weather', 'fine'),
      section('end', ''),
    ].join('');
    const imported = read({ 'hub.survey': output, 'phone.conf': PHONE });
    const hub = device(imported, 'hub');
    assert.deepEqual(shortInterfaces(hub), ['wireguard wg0 10.67.0.1', 'lan hub-eth0 eth0 192.168.1.5/24']);
    assert.deepEqual(shortRoutes(hub), ['0.0.0.0/0 via 192.168.1.1 eth0', '10.67.0.0/24 wg0']);
    assert.equal(tunnel(hub).mtu.value, 1380);
    assert.equal(peers(hub)[0]!.name, 'phone');
    assert.equal(peers(hub)[0]!.presharedKeyHash?.value, '0123456789abcdef');
    assert.deepEqual(hub.filters, [], 'the listing of nft is empty, whatever the hook said');
    assert.deepEqual(hub.unknown, ['neighbour-proxies', 'outside', 'forwarding-ipv6']);
    assert.deepEqual(
      imported.diagnostics.map(({ code, place }) => [code, place.line]),
      [['section-unknown', 29]],
    );
    const route = hub.routes[0]!.origin;
    assert.deepEqual(route.kind === 'file' ? [route.place.line, route.place.column] : null, [22, 2]);
  });

  test('a whole survey of LANs, members and default gateways', () => {
    const survey = `machines:
  hub: {platform: container, behind-nat: true, public: []}
  box: {behind-nat: false}
lans:
  home:
    prefixes: [192.168.1.0/24]
    default-gateway: box
    members: {hub: 192.168.1.5, box: 192.168.1.1, nas: 192.168.1.10}
port-forwards: [{on: box, proto: udp, port: 51820, to: hub}]
question: {from: phone, to: home, via: hub}
`;
    const imported = read({ 'hub.conf': HUB, 'phone.conf': PHONE, 'survey.yaml': survey });
    assert.deepEqual(imported.diagnostics, []);
    const hub = device(imported, 'hub');
    assert.equal(hub.platform.value, 'docker');
    assert.deepEqual(shortInterfaces(hub), ['wireguard wg0 10.67.0.1', 'lan home (home) 192.168.1.5/24']);
    assert.deepEqual(shortRoutes(hub), ['10.67.0.0/24 wg0', '0.0.0.0/0 via 192.168.1.1 (home)']);
    const [lan] = imported.plan.lans;
    assert.deepEqual([lan!.defaultGatewayName?.value, lan!.hosts.map(({ name }) => name)], ['box', ['nas']]);
    assert.deepEqual(
      imported.questions.map(({ from, to, via }) => [from, to, via]),
      [[{ kind: 'device', name: 'phone' }, { kind: 'lan', name: 'home' }, 'hub']],
    );
    assert.deepEqual(
      device(imported, 'box').translations.map((each) => each.kind),
      ['destination'],
    );
  });

  test('machines without a survey stand on the LANs that they show, on one where they see the same default gateway', () => {
    const files = (mac: string) => ({
      'a/addr.json': addressed('192.168.1.5'),
      'a/routes': 'default via 192.168.1.1 dev eth0\n',
      'a/neigh.json': '[{"dst":"192.168.1.1","dev":"eth0","lladdr":"02:00:00:00:00:01"}]',
      'b/addr.json': addressed('192.168.1.6'),
      'b/routes': 'default via 192.168.1.1 dev eth0\n',
      'b/neigh.json': `[{"dst":"192.168.1.1","dev":"eth0","lladdr":"${mac}"}]`,
    });
    const lansOf = (imported: Imported) =>
      imported.plan.devices.map((each) =>
        each.interfaces.map((own) => (own.kind === 'lan' ? own.lan : own.kind)).join(),
      );
    const together = read(files('02:00:00:00:00:01'));
    assert.deepEqual(lansOf(together), ['a-eth0', 'a-eth0']);
    assert.equal(together.plan.lans[0]!.defaultGateway.length, 1);
    assert.deepEqual(lansOf(read(files('02:00:00:00:00:02'))), ['a-eth0', 'b-eth0']);
    assert.ok(
      together.plan.devices.every((each) => each.unknown!.includes('neighbour-proxies')),
      'neighbours are no proxies',
    );
  });

  test('a listing of nothing is recognised by its name', () => {
    const imported = read({
      'a/addr.json': addressed('10.0.0.1'),
      'a/neigh-proxy.json': '[]\n',
      'a/ip-rule.json': '[ ]',
    });
    assert.deepEqual(
      imported.files.map(({ kind }) => kind),
      ['ip-addr', 'ip-neigh', 'ip-rule'],
    );
    assert.ok(!imported.plan.devices[0]!.unknown!.includes('neighbour-proxies'));
  });

  test('a name that nothing has is a mistake', () => {
    const imported = read({ 'hub.conf': HUB, 'survey.yaml': 'question: {from: hub, to: moon}\n' });
    assert.deepEqual(
      imported.diagnostics.map(({ code, place }) => [code, place.line, place.column]),
      [['name-unknown', 1, 27]],
    );
    assert.deepEqual(imported.questions, []);
  });

  test('two machines with one key are told', () => {
    const imported = read({ 'hub.conf': HUB, 'twin.conf': HUB });
    assert.deepEqual(
      imported.diagnostics.map(({ code, place, notes }) => [code, place.file, notes[0]?.place.file]),
      [['key-twice', 'twin.conf', 'hub.conf']],
    );
  });

  test('what is not recognised is told, and nothing of it is read', () => {
    const imported = read({ 'hub.conf': HUB, 'letter.txt': 'Dear all,\n', 'picture.png': '\0PNG' });
    assert.deepEqual(
      imported.diagnostics.map(({ code, place }) => `${place.file} ${code}`),
      ['letter.txt file-not-recognised', 'picture.png file-not-recognised'],
    );
    assert.deepEqual(
      imported.plan.devices.map(({ name }) => name),
      ['hub'],
    );
  });

  test('every rule of the importers is documented, and makes a fact of some case', async () => {
    const type = readFileSync(new URL('../plan/plan.ts', import.meta.url), 'utf8');
    const rules = [...type.match(/export type ImportRule =([^;]*);/)![1]!.matchAll(/'([a-z-]+)'/g)].map(
      ([, rule]) => rule!,
    );
    const documented = readFileSync(new URL('../../docs/reference/importing.md', import.meta.url), 'utf8');
    for (const rule of rules) assert.ok(documented.includes(`\`${rule}\``), rule);
    const { CASES, filesOf } = await import('../../test/cases/cases.ts');
    const made = new Set<string>();
    for (const name of CASES) collectRules(importNetwork(filesOf(name)!, keyFunctions).plan, made);
    collectRules(read({ 'a/addr.json': addressed('192.168.1.5') }).plan, made);
    assert.deepEqual(
      rules.filter((rule) => !made.has(rule as ImportRule)),
      [],
    );
  });

  test('every code of a mistake is documented', async () => {
    const { MISTAKE_CODES } = await import('./mistakes.ts');
    const documented = readFileSync(new URL('../../docs/reference/importing.md', import.meta.url), 'utf8');
    assert.deepEqual(
      MISTAKE_CODES.filter((code) => !documented.includes(`\`${code}\``)),
      [],
    );
  });
});

test('every reason not to adopt is documented', () => {
  const type = readFileSync(new URL('adopt/refusal.ts', import.meta.url), 'utf8');
  const codes = [...type.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, code]) => code!);
  const documented = readFileSync(new URL('../../docs/reference/importing.md', import.meta.url), 'utf8');
  assert.ok(codes.length > 10);
  assert.deepEqual(
    codes.filter((code) => !documented.includes(`\`${code}\``)),
    [],
  );
});

function collectRules(value: unknown, rules: Set<string>): void {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return;
  const origin = value as Origin;
  if (origin.kind === 'rule') rules.add(origin.rule);
  for (const each of Object.values(value)) collectRules(each, rules);
}
