import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CASES, filesOf, keyFunctions } from '../../test/cases/cases.ts';
import type { Network } from '../description/network.ts';
import { parseNetwork } from '../description/parse.ts';
import { formatAddress } from '../net/address.ts';
import { formatKey } from '../net/key.ts';
import { planNetwork } from '../plan/plan-network.ts';
import { adopt } from './adopt.ts';
import { importNetwork } from './import-network.ts';
import type { Imported } from './imported.ts';

function imported(name: string): Imported {
  return importNetwork(filesOf(name)!, keyFunctions);
}

function adopted(from: Imported): { text: string; changes: readonly string[] } {
  const result = adopt(from, 'home');
  if ('refusals' in result) assert.fail(result.refusals.map(({ message }) => message).join('\n'));
  return result;
}

/** The text as a network, which must have no mistake. */
function networkOf(text: string): Network {
  const { network, diagnostics } = parseNetwork(text, 'network.yaml');
  const planned = network ? planNetwork(network).diagnostics : [];
  const errors = [...diagnostics, ...planned].filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    errors.map(({ message }) => message),
    [],
    text,
  );
  return network!;
}

function codes(from: Imported): string[] {
  const result = adopt(from, 'home');
  return 'refusals' in result ? result.refusals.map(({ code }) => code) : [];
}

describe('adopting a network', () => {
  test('two machines and a router', () => {
    const { text, changes } = adopted(imported('healthy-two-phones'));
    const key = (name: string) => publicKeyIn(imported('healthy-two-phones'), name);
    assert.equal(
      text,
      `# Adopted from configurations that were there: keys, addresses and names are theirs.
name: home

inside:
  - 10.66.0.0/24

routers:
  hub:
    endpoint: "203.0.113.5:51820"
    address: [10.66.0.1]
    public-key: ${key('hub')}

machines:
  ann:
    platform: android
    address: [10.66.0.2]
    public-key: ${key('ann')}
  ben:
    platform: ios
    address: [10.66.0.3]
    public-key: ${key('ben')}

lans:
`,
    );
    assert.deepEqual(changes, [
      'keep the preshared keys of ann, ben: put each into the key folder as NAME.psk',
      'the packet filter of hub is not in the file: it stays as it is on the machine',
    ]);
    networkOf(text);
  });

  const attached: readonly (readonly [name: string, lan: readonly string[]])[] = [
    [
      'healthy-masquerade',
      [
        '    prefixes: [192.168.1.0/24]',
        '    via: pi',
        '    attach: masquerade',
        '    default-gateway: [192.168.1.1]',
        '    hosts:',
        '      nas: [192.168.1.10]',
      ],
    ],
    [
      'healthy-static-route',
      [
        '    prefixes: [192.168.8.0/24]',
        '    via: pi',
        '    attach: static-route',
        '    default-gateway: [192.168.8.1]',
        '    hosts:',
        '      nas: [192.168.8.10]',
      ],
    ],
    [
      'healthy-dual-stack-gateway',
      [
        '    prefixes: [192.168.20.0/24, "fd5a:3c1e:77b0:20::/64"]',
        '    via: gw',
        '    attach: default-gateway',
        '    hosts:',
        '      nas: [192.168.20.10, "fd5a:3c1e:77b0:20::10"]',
      ],
    ],
  ];
  for (const [name, lines] of attached) {
    test(`${name}: the LAN is attached as it was found`, () => {
      const { text } = adopted(imported(name));
      const at = text.indexOf('\nlans:\n  home-lan:\n') >= 0 ? '  home-lan:\n' : '  home:\n';
      assert.equal(text.slice(text.indexOf(at, text.indexOf('\nlans:')) + at.length), `${lines.join('\n')}\n`);
      networkOf(text);
    });
  }

  test('addresses that are lent stay lent', () => {
    const files = filesOf('made-proxy-arp')!.map((file) => ({
      ...file,
      text: file.text.replace('proxy-arp: [192.168.1.201]', 'proxy-arp: [192.168.1.200, 192.168.1.201]'),
    }));
    const { text } = adopted(importNetwork(files, keyFunctions));
    const { lans, machines } = networkOf(text);
    assert.deepEqual(
      lans.map(({ attach, lend }) => [
        attach?.value,
        lend.map(({ machine, addresses }) => `${machine.value} ${addresses.map(({ value }) => formatAddress(value))}`),
      ]),
      [['proxy', ['phone 192.168.1.200', 'laptop 192.168.1.201']]],
    );
    assert.deepEqual(
      machines.map(({ name, address }) => [name.value, address.length]),
      [
        ['phone', 0],
        ['laptop', 0],
        ['pi', 1],
      ],
    );
  });

  test('an address that nobody answers for is not lent', () => {
    assert.deepEqual(codes(imported('made-proxy-arp')), ['address-not-inside']);
  });

  test('keys, addresses and names of every case that can be adopted are kept', () => {
    let kept = 0;
    for (const name of CASES) {
      const from = imported(name);
      const result = adopt(from, 'home');
      if ('refusals' in result) {
        assert.ok(result.refusals.length > 0);
        continue;
      }
      kept++;
      const { network } = parseNetwork(result.text, 'network.yaml');
      assert.ok(network, `${name}\n${result.text}`);
      for (const machine of [...network.routers, ...network.machines]) {
        const device = from.plan.devices.find((each) => each.name === machine.name.value)!;
        const tunnel = device.interfaces.find((each) => each.kind === 'wireguard')!;
        assert.equal(formatKey(machine.publicKey!.value), formatKey(tunnel.publicKey!.value));
        const own = tunnel.addresses.map(({ value }) => formatAddress(value));
        assert.ok(machine.address.every(({ value }) => own.includes(formatAddress(value))));
      }
    }
    assert.ok(kept >= 6, `${kept}`);
  });

  const refused: readonly (readonly [name: string, code: string])[] = [
    ['healthy-container-full-tunnel', 'internet-through-router'],
    ['case-01', 'key-not-known'],
  ];
  for (const [name, code] of refused) {
    test(`refused: ${name} (${code})`, () =>
      assert.ok(codes(imported(name)).includes(code), `${codes(imported(name))}`));
  }

  test('refused: nothing, two routers, peers beside the router, no endpoint, no address of a LAN', () => {
    const read = (files: Readonly<Record<string, string>>) =>
      importNetwork(
        Object.entries(files).map(([path, text]) => ({ path, text })),
        keyFunctions,
      );
    assert.deepEqual(codes(read({})), ['no-wireguard']);
    const [a, b, c] = [1, 2, 3].map((n) => Buffer.alloc(32, 8 * n).toString('base64'));
    const pub = (text: string) => formatKey(keyFunctions.publicKeyOf(new Uint8Array(Buffer.from(text, 'base64'))));
    const conf = (key: string, n: number, more: string, ...peers: readonly string[]) =>
      `[Interface]\nPrivateKey = ${key}\nAddress = 10.0.0.${n}/24\n${more}${peers.map((peer) => `[Peer]\nPublicKey = ${peer}\n`).join('')}`;
    const dialled = 'Endpoint = 203.0.113.5:51820\n';
    assert.deepEqual(
      codes(
        read({
          'a.conf': conf(a!, 1, '', `${pub(b!)}\n${dialled}AllowedIPs = 10.0.0.2/32`),
          'b.conf': conf(b!, 2, '', `${pub(a!)}\n${dialled}AllowedIPs = 10.0.0.1/32`),
        }),
      ),
      ['several-routers'],
    );
    const hub = conf(
      a!,
      1,
      'ListenPort = 51820\n',
      `${pub(b!)}\nAllowedIPs = 10.0.0.2/32`,
      `${pub(c!)}\nAllowedIPs = 10.0.0.3/32, 192.168.7.0/24`,
    );
    assert.deepEqual(codes(read({ 'a.conf': hub })), ['endpoint-not-known']);
    const leaf = (key: string, n: number, ...more: readonly string[]) =>
      conf(key, n, '', `${pub(a!)}\n${dialled}AllowedIPs = 10.0.0.0/24`, ...more);
    assert.deepEqual(
      codes(
        read({ 'a.conf': hub, 'b.conf': leaf(b!, 2, `${pub(c!)}\nAllowedIPs = 10.9.0.3/32`), 'c.conf': leaf(c!, 3) }),
      ),
      ['peers-beside-router', 'lan-address-not-known', 'attach-not-clear'],
    );
    assert.deepEqual(
      codes(read({ 'a.conf': hub, 'b.conf': leaf(b!, 2), 'd.conf': leaf(Buffer.alloc(32, 99).toString('base64'), 9) })),
      ['key-not-known', 'lan-address-not-known', 'attach-not-clear'],
    );
  });

  test('names become names of a network file, each once', () => {
    const files = filesOf('healthy-masquerade')!.map((file) => ({
      path: file.path === 'pi.conf' ? 'Home.conf' : file.path,
      text: file.path === 'survey.yaml' ? file.text.replaceAll(/\bpi\b/g, 'Home') : file.text,
    }));
    const { text } = adopted(importNetwork(files, keyFunctions));
    const network = networkOf(text);
    assert.deepEqual(
      [network.machines.map(({ name }) => name.value), network.lans.map(({ name, via }) => [name.value, via?.value])],
      [['phone', 'home'], [['home-lan', 'home']]],
    );
  });
});

function publicKeyIn({ plan }: Imported, name: string): string {
  const device = plan.devices.find((each) => each.name === name)!;
  const key = formatKey(device.interfaces.find((each) => each.kind === 'wireguard')!.publicKey!.value);
  return /^[A-Za-z0-9]/.test(key) ? key : JSON.stringify(key);
}
