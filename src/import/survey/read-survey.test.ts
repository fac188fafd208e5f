import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { complaints as newComplaints } from '../text/complaints.ts';
import { readSurvey } from './read-survey.ts';
import type { Survey } from './survey.ts';

function read(text: string): { survey: Survey | null; said: string[] } {
  const complaints = newComplaints();
  const survey = readSurvey('survey.yaml', text, complaints);
  const said = complaints.said().diagnostics.map(({ place, code }) => `${place.line}:${place.column} ${code}`);
  return { survey, said };
}

/** Values without where they stand. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? value.toString(16) : value;
  const { origin, place: _, keyPlace: __, ...rest } = value as Record<string, unknown>;
  if (origin !== undefined && Object.keys(rest).join() === 'value') return plain(rest.value);
  return Object.fromEntries(
    Object.entries(rest)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, plain(each)]),
  );
}

describe('survey.yaml', () => {
  test('every field of a machine', () => {
    const { survey, said } = read(`machines:
  hub:
    config: hub.conf
    platform: linux
    public: [203.0.113.5, "2001:db8::5"]
    behind-nat: no
    interfaces: {eth0: [203.0.113.5/24], eth1: 192.168.1.5/24, eth2: }
    routes: ["default via 203.0.113.1 dev eth0", "local 10.0.0.1 dev lo"]
    forwarding: {ipv4: true, ipv6: false}
    rp-filter: off
    proxy-arp: [192.168.1.200]
    proxy-ndp: []
    firewall:
      input: {policy: drop, accept: ["udp dport 51820", "tcp 22"], drop: [invalid]}
      forward: {policy: accept}
      masquerade: ["oif eth1 saddr 10.8.0.0/24"]
      mss-clamp: []
      dnat: ["iif eth0 udp dport 27015 to 10.8.0.2"]
    provider-firewall: {inbound: [udp sport 51820 dport 51820, icmp, any]}
    source-dest-check: true
    published-ports: ['51820:51821/udp', '127.0.0.1:80:8080']
    listens: {dns: [192.168.1.5, 10.0.0.0/8]}
    path-mtu: 1460
    clock: wrong
    endpoint-names: {home.example: {resolved-at-start: 198.51.100.7, now: 198.51.100.9}}
`);
    assert.deepEqual(said, []);
    const machine = plain(survey!.machines[0]) as Record<string, unknown>;
    const address = (family: number, bits: string) => ({ family, bits });
    assert.deepEqual(
      { ...machine, firewall: undefined, routes: undefined },
      {
        name: 'hub',
        config: 'hub.conf',
        platform: 'linux',
        publicAddresses: [address(4, 'cb007105'), address(6, '20010db8000000000000000000000005')],
        behindNat: false,
        interfaces: [
          { id: 'eth0', addresses: [{ address: address(4, 'cb007105'), length: 24 }] },
          { id: 'eth1', addresses: [{ address: address(4, 'c0a80105'), length: 24 }] },
          { id: 'eth2', addresses: [] },
        ],
        routes: undefined,
        forwarding: { ipv4: true, ipv6: false },
        rpFilter: 'off',
        proxyArp: [address(4, 'c0a801c8')],
        proxyNdp: [],
        firewall: undefined,
        inbound: [
          { protocol: 'udp', sourcePorts: { first: 51820, last: 51820 }, ports: { first: 51820, last: 51820 } },
          { protocol: 'icmp' },
          {},
        ],
        sourceDestCheck: true,
        publishedPorts: [
          { protocol: 'udp', outer: 51820, inner: 51821 },
          { protocol: 'tcp', outer: 80, inner: 8080 },
        ],
        listens: [
          { name: 'dns', addresses: [address(4, 'c0a80105')], answers: [{ family: 4, bits: 'a000000', length: 8 }] },
        ],
        pathMtu: 1460,
        clockIsWrong: true,
        endpointNames: [{ name: 'home.example', atStart: address(4, 'c6336407'), now: address(4, 'c6336409') }],
      },
    );
    assert.equal((machine.routes as unknown[]).length, 1);
    const { firewall } = survey!.machines[0]!;
    assert.deepEqual(
      [
        firewall!.input!.accept.length,
        firewall!.input!.drop.length,
        firewall!.input!.policy?.value,
        firewall!.forward!.policy?.value,
      ],
      [2, 1, 'drop', 'accept'],
    );
    assert.deepEqual(
      [firewall!.masquerade?.value.length, firewall!.mssClamp?.value.length, firewall!.dnat?.value.length],
      [1, 0, 1],
    );
  });

  test('LANs, port forwards, flows, notes', () => {
    const { survey, said } = read(`lans:
  home:
    prefixes: [192.168.1.0/24, "fd00::/64"]
    default-gateway: box
    members: {hub: [192.168.1.5, "fd00::5"], nas: null, tv: }
  shed: {prefixes: 10.0.0.0/24, members: [a, b]}
port-forwards: [{on: box, proto: udp, port: 51820, to: hub, to-port: 51821}]
question: {from: phone, to: nas, what: tcp/443, size: large, note: why}
works:
- {from: phone, to: internet, via: hub, what: handshake}
- {from: 10.0.0.0/24, to: "::/0", what: udp/5000-5010}
notes: one
`);
    assert.deepEqual(said, []);
    assert.deepEqual(
      plain(survey!.lans.map(({ name, members }) => [name, members.map((each) => [each.name, each.addresses.length])])),
      [
        [
          'home',
          [
            ['hub', 2],
            ['nas', 0],
            ['tv', 0],
          ],
        ],
        [
          'shed',
          [
            ['a', 0],
            ['b', 0],
          ],
        ],
      ],
    );
    assert.deepEqual(plain(survey!.portForwards), [
      { on: 'box', protocol: 'udp', port: 51820, to: 'hub', toPort: 51821 },
    ]);
    assert.deepEqual(plain(survey!.questions), [
      {
        from: 'phone',
        to: 'nas',
        what: { kind: 'protocol', protocol: 'tcp', ports: { first: 443, last: 443 } },
        large: true,
        note: 'why',
      },
    ]);
    assert.deepEqual(plain(survey!.works.map(({ what }) => what)), [
      { kind: 'handshake' },
      { kind: 'protocol', protocol: 'udp', ports: { first: 5000, last: 5010 } },
    ]);
    assert.deepEqual(plain(survey!.notes), ['one']);
  });

  test('mistakes have their places, and the rest is read', () => {
    const { survey, said } = read(`machines:
  hub:
    platfrom: linux
    public: [203.0.113.500]
    rp-filter: maybe
    firewall: {input: {accept: [everything from mars]}}
    path-mtu: much
  hub: {}
  nas: {clock: wrong}
question: {from: hub}
`);
    assert.deepEqual(said, [
      '8:3 word-twice',
      '3:5 word-unknown',
      '4:14 value-wrong',
      '5:16 value-wrong',
      '6:33 value-wrong',
      '7:15 value-wrong',
      '10:11 value-wrong',
    ]);
    assert.deepEqual(
      survey!.machines.map(({ name }) => name),
      ['hub', 'nas'],
    );
  });

  const refused: readonly (readonly [what: string, text: string, code: string])[] = [
    ['an anchor', 'machines: &a {}', 'yaml-syntax'],
    ['an alias', 'machines: *a', 'yaml-syntax'],
    ['a tag', 'machines: !!map {}', 'yaml-syntax'],
    ['a second document', 'notes: a\n---\nnotes: b\n---\n', 'yaml-syntax'],
    ['an open bracket', 'notes: [a', 'yaml-syntax'],
    ['deep nesting', `notes: ${'['.repeat(200_000)}`, 'nesting-too-deep'],
    ['too much', `notes: ${'x'.repeat(5_000_000)}`, 'file-too-large'],
  ];
  for (const [what, text, code] of refused) {
    test(`refused: ${what}`, () => {
      const { survey, said } = read(text);
      assert.equal(survey, null);
      assert.match(said[0]!, new RegExp(`${code}$`));
    });
  }
});
