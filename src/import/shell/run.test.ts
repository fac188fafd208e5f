import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
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
import type { Device } from '../../plan/plan.ts';
import { importNetwork } from '../import-network.ts';
import type { Imported } from '../imported.ts';

/** A machine with one tunnel and these hooks; `facts` stand in the survey. */
function hooked(hooks: readonly string[], facts = ''): { device: Device; imported: Imported } {
  const configuration = ['[Interface]', 'Address = 10.8.0.1/24', ...hooks.map((hook) => `PostUp = ${hook}`)].join('\n');
  const survey = `machines:\n  box:\n    interfaces: {eth0: [192.168.1.5/24], wg0: [10.8.0.1/24]}\n${facts}`;
  const imported = importNetwork(
    [
      { path: 'box.conf', text: configuration },
      { path: 'survey.yaml', text: survey },
    ],
    { publicKeyOf: (key) => key, hashPresharedKey: () => '' },
  );
  return { device: imported.plan.devices[0]!, imported };
}

/** Everything that hooks can change. */
function effects(hooks: readonly string[], facts = ''): string[] {
  const { device, imported } = hooked(hooks, facts);
  const given = ['10.8.0.0/24 wg0', '0.0.0.0/0 eth0'];
  return [
    ...shortRoutes(device)
      .filter((line) => !given.includes(line))
      .map((line) => `route ${line}`),
    ...shortFilters(device),
    ...shortFilters(device, 6).map((line) => `ipv6 ${line}`),
    ...shortTranslations(device),
    ...shortClamps(device).map((line) => `clamp ${line}`),
    ...shortProxies(device).map((line) => `proxy ${line}`),
    ...(device.switches ?? []).map(({ path, value }) => `${path}=${value.value}`),
    ...imported.notUnderstood.map(({ reason }) => reason),
  ];
}

const FORWARD_WG = 'forward iif wg0 accept';

describe('hooks', () => {
  const cases: readonly (readonly [what: string, hooks: readonly string[], effects: readonly string[]])[] = [
    ['%i is the tunnel', ['iptables -A FORWARD -i %i -j ACCEPT'], [FORWARD_WG]],
    [
      'commands follow each other',
      ['iptables -A FORWARD -i %i -j ACCEPT; sysctl -w net.ipv4.ip_forward=1'],
      [FORWARD_WG, 'ipv4/conf/all/forwarding=1'],
    ],
    [
      'a rule is inserted before others',
      ['iptables -A FORWARD -j DROP', 'iptables -I FORWARD -i %i -j ACCEPT'],
      [FORWARD_WG, 'forward drop'],
    ],
    [
      '… at a number',
      ['iptables -A FORWARD -s 10.1.0.0/16 -j DROP && iptables -I FORWARD 2 -i wg0 -j ACCEPT'],
      ['forward saddr 10.1.0.0/16 drop', FORWARD_WG],
    ],
    [
      'a rule is taken away again',
      ['iptables -A FORWARD -i %i -j ACCEPT', 'iptables -D FORWARD -i %i -j ACCEPT || true'],
      [],
    ],
    ['a policy', ['iptables -P FORWARD DROP', 'ip6tables -P FORWARD DROP'], ['forward drop', 'ipv6 forward drop']],
    [
      'look whether it is there, else add it',
      [
        'iptables -C FORWARD -i %i -j ACCEPT 2>/dev/null || iptables -A FORWARD -i %i -j ACCEPT',
        'iptables -C FORWARD -i %i -j ACCEPT || iptables -A FORWARD -i %i -j ACCEPT',
      ],
      [FORWARD_WG],
    ],
    [
      'long options, quotes, waiting',
      ['iptables -w 5 --append FORWARD --in-interface "%i" --match comment --comment "a; b && c" --jump ACCEPT'],
      [FORWARD_WG],
    ],
    [
      'translation',
      ['iptables -t nat -A POSTROUTING -s 10.8.0.0/24 ! -d 10.8.0.0/24 -o eth0 -j SNAT --to-source 192.168.1.5'],
      expandedSnat(),
    ],
    [
      'a port is sent on',
      ['iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 80 -j DNAT --to-destination 10.8.0.2:8080'],
      ['ipv4 destination iif eth0 tcp dport 80-80 to 10.8.0.2 port 8080'],
    ],
    [
      'one to one',
      [
        'iptables -t nat -A PREROUTING -i %i -d 10.77.1.0/24 -j NETMAP --to 192.168.1.0/24',
        'iptables -t nat -A POSTROUTING -o %i -s 192.168.1.0/24 -j NETMAP --to 10.77.1.0/24',
      ],
      ['one-to-one 192.168.1.0/24 10.77.1.0/24 wg0'],
    ],
    [
      'half of one to one',
      ['iptables -t nat -A PREROUTING -i %i -d 10.77.1.0/24 -j NETMAP --to 192.168.1.0/24'],
      ['cannot hold a translation of prefixes in one direction only'],
    ],
    [
      'segments',
      ['iptables -t mangle -A FORWARD -o %i -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1240'],
      ['clamp ipv4 wg0 leaving 1240'],
    ],
    ['flags of no ordinary connection', ['iptables -A INPUT -p tcp --tcp-flags ALL NONE -j DROP'], []],
    [
      'logging and marking',
      ['iptables -A FORWARD -m limit --limit 1/s -j LOG', 'iptables -t mangle -A FORWARD -j MARK --set-mark 1'],
      [],
    ],
    [
      'Docker’s chain goes first',
      ['iptables -A FORWARD -j DROP', 'iptables -I DOCKER-USER -i %i -j ACCEPT'],
      [FORWARD_WG, 'forward drop'],
    ],
    [
      'ufw',
      ['ufw route allow in on wg0 out on eth0'],
      ['forward iif wg0 oif eth0 accept', 'ipv6 forward iif wg0 oif eth0 accept'],
    ],
    [
      'ufw, a port',
      ['ufw allow 51820/udp'],
      ['input udp dport 51820-51820 accept', 'ipv6 input udp dport 51820-51820 accept'],
    ],
    ['nft, a rule', ['nft add rule ip nat postrouting oifname "eth0" masquerade'], ['ipv4 masquerade oif eth0']],
    [
      'nft, a table in one text',
      [
        'nft "table ip mine { chain out { type nat hook postrouting priority 100; ip saddr 10.8.0.0/24 oifname eth0 masquerade; }; }"',
      ],
      ['ipv4 masquerade oif eth0 saddr 10.8.0.0/24'],
    ],
    [
      'nft, commands one by one',
      [
        "nft add table inet t; nft add chain inet t f '{ type filter hook forward priority 0; policy drop; }'; nft add rule inet t f iifname %i accept",
      ],
      [FORWARD_WG, 'forward drop', `ipv6 ${FORWARD_WG}`, 'ipv6 forward drop'],
    ],
    [
      'nft, from the echo',
      ['echo "add rule inet filter forward iifname wg0 accept" | nft -f -'],
      [FORWARD_WG, `ipv6 ${FORWARD_WG}`],
    ],
    [
      'a route',
      [
        'ip route add 10.9.0.0/16 via 192.168.1.7 dev eth0',
        'ip -6 route add unreachable fd00::/48',
        'ip r a 10.10.0.0/16 dev %i metric 5',
      ],
      ['route 10.9.0.0/16 via 192.168.1.7 eth0', 'route fd00::/48 unreachable', 'route 10.10.0.0/16 wg0 metric 5'],
    ],
    ['a route is taken away', ['ip route add 10.9.0.0/16 dev %i', 'ip route del 10.9.0.0/16'], []],
    [
      'neighbours',
      ['ip neigh add proxy 192.168.1.200 dev eth0', 'ip neigh replace proxy 192.168.1.200 dev eth0'],
      ['proxy 192.168.1.200 eth0'],
    ],
    [
      'switches',
      [
        'sysctl -qw net.ipv4.conf.%i.rp_filter=2 net/ipv6/conf/all/forwarding=1',
        'echo 1 > /proc/sys/net/ipv4/conf/eth0/proxy_arp',
        'echo 0 | sudo tee /proc/sys/net/ipv4/conf/all/rp_filter',
      ],
      [
        'ipv4/conf/wg0/rp_filter=2',
        'ipv6/conf/all/forwarding=1',
        'ipv4/conf/eth0/proxy_arp=1',
        'ipv4/conf/all/rp_filter=0',
      ],
    ],
    [
      'the device of the default route',
      [
        "iptables -t nat -A POSTROUTING -o $(ip route show default | awk '{print $5}') -j MASQUERADE",
        "DEV=`ip -4 route ls | grep default | grep -Po '(?<=dev )(\\S+)' | head -1`; iptables -t nat -A POSTROUTING -o $DEV -j MASQUERADE",
      ],
      ['ipv4 masquerade oif (outward)', 'ipv4 masquerade oif (outward)'],
    ],
    [
      'variables and functions',
      [
        'add() { iptables -A FORWARD -i "$1" $2 $' +
          '{3:-} -j ACCEPT; }; add %i; for each in eth0 eth1; do add $each; done',
      ],
      [FORWARD_WG, 'forward iif eth0 accept', 'forward iif eth1 accept'],
    ],
    [
      'texts are compared',
      [
        'if [ "%i" = wg0 ]; then sysctl -w net.ipv4.ip_forward=1; else false; fi',
        '[ -z "" ] && sysctl -w net.ipv6.conf.all.forwarding=1',
      ],
      ['ipv4/conf/all/forwarding=1', 'ipv6/conf/all/forwarding=1'],
    ],
    [
      'what changes nothing',
      [
        'logger up; sleep 1 || true',
        'resolvectl dns %i 10.8.0.1',
        'ip link set %i up',
        'wg set %i private-key /etc/wireguard/key',
      ],
      [],
    ],
    ['a rule for the tunnel’s own packets only', ['ip rule add table main suppress_prefixlength 0'], []],
  ];
  for (const [what, hooks, expected] of cases) {
    test(what, () => assert.deepEqual(effects(hooks), expected));
  }

  test('rules of the survey stand before those that hooks append, and before its policy', () => {
    const facts = '    firewall: {forward: {policy: drop, accept: [established]}}\n';
    assert.deepEqual(effects(['iptables -A FORWARD -i %i -j ACCEPT'], facts), [
      'forward established+related accept',
      FORWARD_WG,
      'forward drop',
      'ipv6 forward established+related accept',
      'ipv6 forward drop',
    ]);
  });

  test('what hooks do before the interface is there comes first', () => {
    const text = '[Interface]\nPostUp = iptables -A FORWARD -j DROP\nPreUp = iptables -A FORWARD -i %i -j ACCEPT\n';
    const { plan } = importNetwork([{ path: 'box.conf', text }], {
      publicKeyOf: (key) => key,
      hashPresharedKey: () => '',
    });
    assert.deepEqual(shortFilters(plan.devices[0]!), [FORWARD_WG, 'forward drop']);
  });

  const notUnderstood: readonly (readonly [hook: string, reason: RegExp])[] = [
    ['/etc/wireguard/up.sh %i', /cannot tell what \/etc\/wireguard\/up.sh wg0 does/],
    ['iptables -A FORWARD -m set --match-set good src -j ACCEPT', /match -m set/],
    ['iptables -A FORWARD -i $(cat /etc/device) -j ACCEPT', /cannot tell what/],
    ['iptables-restore < /etc/rules', /cannot tell what iptables-restore/],
    ['nft -f /etc/nftables.conf', /cannot see the file that nft reads/],
    ['nft add rule inet filter forward meta mark 1 accept', /expression meta mark/],
    ['ip rule add from 10.8.0.0/24 table 200', /cannot follow ip rule/],
    ['ip route add default dev wg0 table 200', /routes of table 200/],
    ['wg set %i peer abc allowed-ips 10.0.0.0/8', /cannot follow wg set/],
    ['sysctl -p', /cannot see the file that sysctl -p reads/],
    ["iptables -A FORWARD -i 'wg0 -j ACCEPT", /a quote is not closed/],
    ['if true; then iptables -P FORWARD DROP', /"fi" is missing/],
    ['case x in *) true;; esac', /cannot read this as commands/],
    ['ping -c1 10.0.0.1 | iptables -A FORWARD -j ACCEPT', /cannot follow what goes into/],
  ];
  for (const [hook, reason] of notUnderstood) {
    test(`not followed, and said: ${hook}`, () => {
      const { imported } = hooked([hook]);
      assert.equal(imported.notUnderstood.length, 1, JSON.stringify(imported.notUnderstood.map((each) => each.reason)));
      const [each] = imported.notUnderstood;
      assert.match(each!.reason, reason);
      assert.ok(each!.concerns.length > 0);
      assert.equal(`${each!.machine} ${each!.place.file}:${each!.place.line}`, 'box box.conf:3');
    });
  }

  test('a key in a command is not repeated', () => {
    const key = 'wNI6kkYJGzyM6H4qkfCyVjFjs2XkC9dHZQGrmQAJh2I=';
    const { imported } = hooked([`wg set %i peer ${key} preshared-key x`, `setkey ${key}`]);
    assert.equal(imported.notUnderstood.length, 2);
    assert.ok(!JSON.stringify(imported.notUnderstood).includes(key.slice(4, 40)));
  });

  test('loops and functions that never end are given up', () => {
    const hooks = [
      'f() { f; f; }; f',
      'while true; do sleep 1; done',
      'for a in 1 2 3; do for b in 1 2 3; do echo; done; done',
    ];
    const { imported } = hooked(hooks);
    assert.deepEqual(
      imported.notUnderstood.map(({ reason }) => reason),
      ['cannot follow so many commands'],
    );
  });

  test('everything that this program writes into hooks is followed', () => {
    const folder = join(import.meta.dirname, '../../../test/networks');
    const networks = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /machines\/[^/]+\.conf$/.test(path),
    );
    assert.ok(networks.length > 40);
    for (const path of networks) {
      const text = readFileSync(join(folder, path), 'utf8');
      const { notUnderstood } = importNetwork([{ path, text }], {
        publicKeyOf: (key) => key,
        hashPresharedKey: () => '',
      });
      assert.deepEqual(notUnderstood, [], path);
    }
  });

  test('the address of an interface finds it', () => {
    const { device } = hooked([
      'lan=$(ip -o addr show to 192.168.1.5 | awk \'{ print $2; exit }\'); iptables -A FORWARD -i "$lan" -o %i -j ACCEPT',
    ]);
    assert.deepEqual(shortFilters(device), ['forward iif eth0 oif wg0 accept']);
    assert.deepEqual(shortInterfaces(device), ['wireguard wg0 10.8.0.1', 'outer eth0 192.168.1.5/24']);
  });
});

function expandedSnat(): string[] {
  // All of IPv4 without 10.8.0.0/24: as many prefixes as that is long.
  const { device } = hooked([
    'iptables -t nat -A POSTROUTING -s 10.8.0.0/24 ! -d 10.8.0.0/24 -o eth0 -j SNAT --to-source 192.168.1.5',
  ]);
  const lines = shortTranslations(device);
  assert.equal(lines.length, 24);
  assert.ok(lines.every((line) => /^ipv4 source oif eth0 saddr 10.8.0.0\/24 daddr \S+ to 192.168.1.5$/.test(line)));
  return lines;
}
