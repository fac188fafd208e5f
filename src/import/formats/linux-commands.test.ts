/**
 * What commands of a real machine printed (`test/vectors/linux-commands`), read back: `machine.sh` there says what is so.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  shortClamps,
  shortFilters,
  shortInterfaces,
  shortProxies,
  shortRoutes,
  shortTranslations,
} from '../../../test/cases/short-lines.ts';
import { importNetwork } from '../import-network.ts';
import type { Imported } from '../imported.ts';

const folder = join(import.meta.dirname, '../../../test/vectors/linux-commands');

function read(...names: string[]): Imported {
  const files = names.map((name) => ({ path: `box/${name}`, text: readFileSync(join(folder, name), 'utf8') }));
  return importNetwork(files, { publicKeyOf: (key) => key, hashPresharedKey: () => '' });
}

describe('outputs of a Linux machine', () => {
  test('each is recognised, and they are one machine', () => {
    const { files } = read('ip-addr.json', 'ip-route-all.json', 'ip-rule.json', 'ip-neigh-proxy.json', 'ip-route.txt');
    assert.deepEqual(
      files.map(({ kind, machine }) => `${machine} ${kind}`),
      ['box ip-addr', 'box ip-route', 'box ip-rule', 'box ip-neigh', 'box ip-route-text'],
    );
    const others = read('iptables-save', 'ip6tables-save', 'nft.json', 'nft.txt', 'sysctl.txt');
    assert.deepEqual(
      others.files.map(({ kind }) => kind),
      ['iptables-save', 'ip6tables-save', 'nft-json', 'nft', 'sysctl'],
    );
  });

  test('interfaces with addresses that are more than the link’s', () => {
    const [box] = read('ip-addr.json').plan.devices;
    assert.deepEqual(shortInterfaces(box!), [
      'lan box-eth0 eth0 192.168.1.5/24 fd00:1::5/64',
      'outer wg0 10.67.0.3/24',
    ]);
  });

  test('routes of all tables, with the table for everything but a tunnel’s own packets', () => {
    const imported = read('ip-addr.json', 'ip-route-all.json', 'ip-6-route-all.json', 'ip-rule.json');
    assert.deepEqual(imported.notUnderstood, []);
    assert.deepEqual(shortRoutes(imported.plan.devices[0]!), [
      '0.0.0.0/0 wg0',
      '0.0.0.0/0 via 192.168.1.1 eth0 metric 100',
      '10.0.0.0/8 unreachable',
      '10.9.0.0/16 via 192.168.1.7 eth0',
      '10.67.0.0/24 wg0',
      '192.168.1.0/24 eth0',
      'fd00:1::/64 eth0 metric 256',
      'fd00:9::/64 wg0 metric 1024',
      '::/0 via fd00:1::1 eth0 metric 1024',
    ]);
  });

  test('`ip route` in words says the same of the main table', () => {
    const [inWords] = read('ip-addr.json', 'ip-route.txt').plan.devices;
    const [inJson] = read('ip-addr.json', 'ip-route-all.json').plan.devices;
    assert.deepEqual(
      shortRoutes(inWords!),
      shortRoutes(inJson!).filter((line) => !line.includes(':') && line !== '0.0.0.0/0 wg0'),
    );
  });

  test('addresses it answers for', () => {
    const [box] = read('ip-addr.json', 'ip-neigh-proxy.json').plan.devices;
    assert.deepEqual(shortProxies(box!), ['192.168.1.200 eth0', 'fd00:1::200 eth0']);
    assert.ok(!box!.unknown!.includes('neighbour-proxies'));
  });

  test('switches', () => {
    const [box] = read('ip-addr.json', 'sysctl.txt').plan.devices;
    assert.deepEqual(box!.forwarding, []);
    assert.deepEqual(
      box!.reversePathFilters?.map(({ interface: id, mode }) => `${id} ${mode}`),
      ['eth0 off', 'wg0 off'],
    );
    assert.ok(!box!.unknown!.includes('forwarding-ipv4') && !box!.unknown!.includes('reverse-path-filter'));
  });

  test('iptables: filters, translations, clamps', () => {
    const imported = read('ip-addr.json', 'iptables-save', 'ip6tables-save');
    const [box] = imported.plan.devices;
    assert.deepEqual(imported.notUnderstood, []);
    const filters = shortFilters(box!);
    assert.deepEqual(
      filters.filter((line) => !line.includes('saddr')),
      [
        'input icmp accept',
        'input iif lo accept',
        'forward iif wg0 accept',
        'forward oif wg0 established+related accept',
        'forward drop',
      ],
    );
    // "Not from 10.0.0.0/8" is eight prefixes, each for three ports.
    assert.equal(
      filters.filter((line) => /^input saddr \S+ tcp dport (22-22|80-80|443-443) accept$/.test(line)).length,
      24,
    );
    assert.deepEqual(shortFilters(box!, 6), ['forward saddr fd00::/8 accept']);
    assert.deepEqual(shortTranslations(box!), [
      'ipv4 destination iif eth0 udp dport 27015-27015 to 10.67.0.2 port 27016',
      'ipv4 keep daddr 192.168.1.5/32',
      'ipv4 keep daddr 10.67.0.3/32',
      'ipv4 masquerade oif eth0 saddr 10.67.0.0/24',
      'one-to-one 192.168.1.0/24 10.77.1.0/24 wg0',
    ]);
    assert.deepEqual(shortClamps(box!), ['ipv4 wg0 leaving']);
  });

  test('nft in JSON and in words says the same', () => {
    const [json, words] = [read('ip-addr.json', 'nft.json'), read('ip-addr.json', 'nft.txt')];
    const [a, b] = [json.plan.devices[0]!, words.plan.devices[0]!];
    for (const short of [shortFilters, shortTranslations, shortClamps]) assert.deepEqual(short(a), short(b));
    assert.deepEqual(shortFilters(a, 6), shortFilters(b, 6));
    assert.deepEqual(
      [json, words].map(({ notUnderstood }) => notUnderstood.map(({ concerns }) => concerns)),
      [[['translations']], [['translations']]],
      'only the redirect to the machine itself',
    );
    assert.deepEqual(shortFilters(a), [
      'input iif eth0 daddr 10.67.0.3/32 drop',
      'forward iif eth0 daddr 10.67.0.3/32 drop',
      'forward iif eth0 oif wg0 accept',
      ...['0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/9', '192.128.0.0/11', '192.160.0.0/13', '192.168.0.0/24'].map(
        accepted,
      ),
      'forward iif wg0 daddr 192.168.1.0/32 accept',
      ...['192.168.1.2/31', '192.168.1.4/30', '192.168.1.8/29', '192.168.1.16/28', '192.168.1.32/27'].map(accepted),
      ...['192.168.1.64/26', '192.168.1.128/25', '192.168.2.0/23', '192.168.4.0/22', '192.168.8.0/21'].map(accepted),
      ...['192.168.16.0/20', '192.168.32.0/19', '192.168.64.0/18', '192.168.128.0/17', '192.169.0.0/16'].map(accepted),
      ...['192.170.0.0/15', '192.172.0.0/14', '192.176.0.0/12', '192.192.0.0/10', '193.0.0.0/8', '194.0.0.0/7'].map(
        accepted,
      ),
      ...['196.0.0.0/6', '200.0.0.0/5', '208.0.0.0/4', '224.0.0.0/3'].map(accepted),
      'forward iif wg0 oif wg0 reject',
      'forward tcp dport 53-53 accept',
      'forward udp dport 53-53 accept',
      'forward drop',
      'forward drop',
      'input established accept',
      'input invalid drop',
      'input related accept',
      'input iif lo accept',
      'input iif wg0 accept',
      'input saddr 10.0.0.0/8 tcp dport 22-22 accept',
      'input saddr 192.168.0.0/16 tcp dport 22-22 accept',
      'input saddr 10.0.0.0/8 tcp dport 8000-8010 accept',
      'input saddr 192.168.0.0/16 tcp dport 8000-8010 accept',
      'input udp dport 51820-51820 accept',
      'input icmp accept',
      'input drop',
    ]);
    assert.deepEqual(shortTranslations(a), [
      'ipv4 destination iif eth0 udp dport 27015-27015 to 10.67.0.2 port 27016',
      'ipv4 masquerade iif wg0 oif eth0',
      'ipv4 source saddr 10.1.0.0/24 to 192.168.1.9',
      'ipv6 masquerade iif wg0 oif eth0',
      'one-to-one 192.168.1.0/24 10.77.1.0/24 wg0',
    ]);
    assert.deepEqual(shortClamps(a), [
      'ipv4 eth0',
      'ipv4 wg0',
      'ipv4 wg0 leaving 1360',
      'ipv6 eth0',
      'ipv6 wg0',
      'ipv6 wg0 leaving 1360',
    ]);
  });

  test('what iptables-nft made counts once when both listings are there', () => {
    const nft = `table ip filter {
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
		iifname "wg0" counter packets 0 bytes 0 accept
	}
}
`;
    const save = '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i wg0 -j ACCEPT\nCOMMIT\n';
    const { plan } = importNetwork(
      [
        { path: 'box/nft.txt', text: nft },
        { path: 'box/iptables-save', text: save },
      ],
      { publicKeyOf: (key) => key, hashPresharedKey: () => '' },
    );
    assert.deepEqual(shortFilters(plan.devices[0]!), ['forward iif wg0 accept', 'forward drop']);
  });
});

function accepted(prefix: string): string {
  return `forward iif wg0 daddr ${prefix} accept`;
}

describe('rules of firewalls that distributions bring along', () => {
  const addresses =
    '[{"ifname":"eth0","addr_info":[{"local":"203.0.113.5","prefixlen":24}]},{"ifname":"wg0","addr_info":[{"local":"10.8.0.1","prefixlen":24}]},{"ifname":"docker0","addr_info":[{"local":"172.17.0.1","prefixlen":16}]}]';
  const readOne = (name: string) =>
    importNetwork(
      [
        { path: 'box/addr.json', text: addresses },
        { path: `box/${name}`, text: readFileSync(join(folder, name), 'utf8') },
      ],
      { publicKeyOf: (key) => key, hashPresharedKey: () => '' },
    );

  test('ufw with Docker beside it: everything is understood', () => {
    const { plan, notUnderstood } = readOne('ufw-docker.iptables-save');
    assert.deepEqual(notUnderstood, []);
    const filters = shortFilters(plan.devices[0]!);
    assert.deepEqual(
      filters.filter((line) => line.startsWith('forward')),
      [
        'forward oif docker0 established+related accept',
        'forward iif eth0 oif docker0 daddr 172.17.0.2/32 tcp dport 80-80 accept',
        'forward iif wg0 oif docker0 daddr 172.17.0.2/32 tcp dport 80-80 accept',
        'forward iif docker0 oif eth0 accept',
        'forward iif docker0 oif wg0 accept',
        'forward iif docker0 oif docker0 accept',
        'forward established+related accept',
        'forward icmp accept',
        'forward iif wg0 oif eth0 accept',
        'forward tcp new accept',
        'forward drop',
      ],
    );
    assert.ok(filters.includes('input daddr 203.0.113.5/32 udp dport 51820-51820 accept'));
    assert.equal(filters.at(-1), 'forward drop');
    assert.ok(shortTranslations(plan.devices[0]!).includes('ipv4 masquerade oif eth0 saddr 172.17.0.0/16'));
  });

  test('OpenWrt’s: everything is understood', () => {
    const { plan, notUnderstood } = readOne('openwrt-fw4.nft');
    assert.deepEqual(notUnderstood, []);
    assert.deepEqual(
      shortFilters(plan.devices[0]!).filter((line) => line.startsWith('forward')),
      [
        'forward established accept',
        'forward related accept',
        'forward iif br-lan oif wan invalid drop',
        'forward iif br-lan oif wan accept',
        'forward iif br-lan daddr 192.168.1.5/32 accept',
        'forward iif br-lan oif br-lan accept',
        'forward iif wan oif br-lan other accept',
        'forward iif wan daddr 192.168.1.5/32 accept',
        'forward iif wan oif wan tcp reject',
        'forward iif wan oif wan reject',
        'forward tcp reject',
        'forward reject',
        'forward drop',
      ],
    );
    assert.deepEqual(shortTranslations(plan.devices[0]!), [
      'ipv4 destination iif wan udp dport 51820-51820 to 192.168.1.5 port 51820',
      'ipv4 masquerade oif wan',
    ]);
    assert.deepEqual(shortClamps(plan.devices[0]!), ['ipv4 wan leaving', 'ipv6 wan leaving']);
  });
});
