/**
 * The instructions for a LAN's default gateway and DHCP server, given to the programs that read them: dnsmasq, Kea,
 * radvd, nft, iptables, ip, ifupdown, systemd. Devices that cannot be had here have their own lines checked by shape.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { notInstalled, runPrivately, whyNotWith } from './private-namespace.ts';

const here = import.meta.dirname;
const folder = mkdtempSync(join(tmpdir(), 'wg-router-gateways-'));
after(() => rmSync(folder, { recursive: true }));

/** Every file of instructions in the cases, as [case, name, text]. */
const FILES = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: network }) => {
    const gateways = join(here, network, 'gateways');
    const names = readdirSync(join(here, network)).includes('gateways') ? readdirSync(gateways) : [];
    return names.map((name) => ({ network, name, text: readFileSync(join(gateways, name), 'utf8') }));
  });

function textsOf(ending: string): string[] {
  const found = FILES.filter(({ name }) => name.endsWith(ending)).map(({ text }) => text);
  assert.ok(found.length > 0, `no file ends with ${ending}`);
  return found;
}

function textOf(name: string): string {
  return FILES.find((file) => file.network === 'gateway-platforms' && file.name === name)!.text;
}

/** What stands between `== title` and `==`. */
function blockOf(text: string, title: RegExp): string {
  const blocks = [...text.matchAll(/^== (.*)\n([\s\S]*?)^==$/gm)];
  const found = blocks.find(([, heading]) => title.test(heading!));
  assert.ok(found, `no block ${title}`);
  return found[2]!;
}

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function run(program: string, ...args: string[]): { status: number | null; said: string } {
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  });
  return { status, said: stdout + stderr };
}

function accepts(program: string, ...args: string[]): void {
  const { status, said } = run(program, ...args);
  assert.equal(status, 0, said);
}

const NETWORKD_NEEDS_ROOT = process.getuid?.() === 0 ? false : 'not root: networkd drops to a user of its own';

/** A host on the LAN that takes route information, as its kernel sees it: `await_host N` prints its routes once it has N. */
const HOST = `
ip netns add host; ip link add lan type veth peer name eth0 netns host
ip netns exec host sh -c '
  echo 2 > /proc/sys/net/ipv6/conf/eth0/accept_ra; echo 128 > /proc/sys/net/ipv6/conf/eth0/accept_ra_rt_info_max_plen
  echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad; ip link set eth0 up'
await_host() {
  for i in $(seq 150); do [ "$(ip -n host -6 route show proto ra | wc -l)" -ge $1 ] && break; sleep 0.1; done
  ip -n host -6 route show
}
`;

/** Everything is reached through one machine on the link, and nothing else is. */
function assertAnnounced(shown: string, prefixes: readonly string[]): void {
  const routes = [...shown.matchAll(/^(\S+) via (\S+) dev eth0 proto ra/gm)];
  assert.deepEqual(routes.map(([, to]) => to).sort(), [...prefixes].sort(), shown);
  assert.equal(new Set(routes.map(([, , via]) => via)).size, 1);
  assert.match(routes[0]![2]!, /^fe80::/);
  assert.doesNotMatch(shown, /^default/m);
}

describe('files for DHCP and router advertisements', () => {
  test('dnsmasq takes them', { skip: notInstalled(['dnsmasq']) ?? false }, () => {
    for (const text of textsOf('.dnsmasq.conf')) accepts('dnsmasq', '--test', '-C', written('dnsmasq.conf', text));
    const broken = textsOf('.dnsmasq.conf')[0]!.replace('classless-static-route', 'classless-route');
    assert.notEqual(run('dnsmasq', '--test', '-C', written('dnsmasq.conf', broken)).status, 0);
  });

  test('Kea takes them where their text says', { skip: notInstalled(['kea-dhcp4']) ?? false }, () => {
    for (const text of textsOf('.kea.conf')) {
      const subnet = /"subnet4" entry of\n\/\/ +([0-9./]+):/.exec(text)![1]!;
      const include = written('kea-option.conf', text);
      const config = written(
        'kea.conf',
        `{ "Dhcp4": { "interfaces-config": { "interfaces": [] }, "lease-database": { "type": "memfile", "persist": false },
           "subnet4": [ { "id": 1, "subnet": "${subnet}", "option-data": [ <?include "${include}"?> ] } ] } }`,
      );
      accepts('kea-dhcp4', '-t', config);
      written('kea-option.conf', text.replace('"data": "', '"data": "0g'));
      assert.notEqual(run('kea-dhcp4', '-t', config).status, 0, 'no octet');
    }
  });

  test('radvd takes them once the interface has its name', {
    skip: notInstalled(['radvd']) ?? false,
  }, () => {
    for (const text of textsOf('.radvd.conf')) {
      const named = text.replace(/^interface <lan-interface>/m, 'interface eth0');
      for (const each of [named, named.replace('  # prefix', '  prefix')]) {
        accepts('radvd', '--configtest', '-C', written('radvd.conf', each));
      }
      const broken = written('radvd.conf', named.replace('AdvRouteLifetime', 'RouteLifetime'));
      assert.notEqual(run('radvd', '--configtest', '-C', broken).status, 0);
    }
  });

  test('radvd sends the routes, and that it is nobody’s default router', {
    skip: whyNotWith('radvd', 'mount') ?? false,
  }, () => {
    const text = textOf('openwrt-lan-router-advertisement.radvd.conf').replace(
      '<lan-interface> {',
      'lan {\n  MinRtrAdvInterval 3; MaxRtrAdvInterval 4;',
    );
    const said = runPrivately(`${HOST}
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding; echo 0 > /proc/sys/net/ipv6/conf/lan/accept_dad; ip link set lan up
radvd --nodaemon --logmethod stderr -p /run/radvd.pid -C ${written('radvd-run.conf', text)} & radvd=$!
await_host 5
kill $radvd; wait $radvd || true
`);
    assertAnnounced(said, text.match(/(?<=^ {2}route )\S+/gm)!);
  });
});

describe('a host that asks for option 121', {
  skip: whyNotWith('networkctl', 'dnsmasq', 'mount') ?? NETWORKD_NEEDS_ROOT,
}, () => {
  test('gets the routes and keeps its default route', () => {
    const text = textOf('openwrt-lan-dhcp-option-121.dnsmasq.conf');
    const said = runPrivately(`
ip netns add host; ip link add lan type veth peer name eth0 netns host
ip address add 10.81.4.1/24 dev lan; ip link set lan up
mkdir -p /run/systemd/network
printf '[Match]\\nName=eth0\\n[Network]\\nDHCP=ipv4\\nLinkLocalAddressing=no\\n' > /run/systemd/network/50-eth0.network
chmod -R a+rX /run/systemd
dnsmasq --keep-in-foreground --conf-file=${written('dhcp-run.conf', text)} --port=0 --interface=lan --bind-interfaces \
  --dhcp-range=10.81.4.100,10.81.4.150,10m --dhcp-leasefile=/run/leases --pid-file= --user=root 2> /run/dnsmasq & dnsmasq=$!
ip netns exec host sh -c 'mount -o remount,ro,bind /sys; exec timeout 60 /lib/systemd/systemd-networkd' 2> /run/networkd & networkd=$!
for i in $(seq 150); do ip -n host route show default | grep -q . && break; sleep 0.1; done; sleep 0.2
ip -n host route show; kill $dnsmasq $networkd; wait || true; cat /run/dnsmasq /run/networkd >&2
`);
    const routes = [...said.matchAll(/^(\S+) via (\S+) dev eth0 proto dhcp/gm)].map(([, to, via]) => `${to} ${via}`);
    const value = /classless-static-route,(.*)/.exec(text)![1]!;
    const expected = value.match(/[^,]+,[^,]+/g)!.map((pair) => pair.replace(',', ' ').replace('0.0.0.0/0', 'default'));
    assert.deepEqual(routes.sort(), expected.sort(), said);
  });
});

describe('systemd', () => {
  test('the unit of the script is one', { skip: notInstalled(['systemd-analyze']) ?? false }, () => {
    const unit = blockOf(textOf('at-linux-default-gateway.txt'), /\.service$/);
    const { status, said } = run('systemd-analyze', 'verify', written('wg-router-at-linux.service', unit));
    assert.equal(status, 0, said);
    assert.doesNotMatch(said, /wg-router-at-linux.*(Unknown|Invalid|ignoring)/i);
  });

  test('networkd sets the routes and announces the others', {
    skip:
      whyNotWith('networkctl', 'mount') ??
      (process.getuid?.() === 0 ? false : 'not root: networkd drops to a user of its own'),
  }, () => {
    const routes = blockOf(textOf('networkd-lan-default-gateway.txt'), /systemd-networkd/);
    const announced = textOf('networkd-lan-router-advertisement.networkd.conf');
    const said = runPrivately(`${HOST}
mount -t sysfs -o ro sysfs /sys # without udev, which is what networkd takes a read-only /sys for
mkdir -p /run/systemd/network/50-lan.network.d
printf '[Match]\\nName=lan\\n[Network]\\nAddress=10.81.2.1/24\\nAddress=fd4c:91b7:2ae0:2::1/64\\nIPv6AcceptRA=no\\n' > /run/systemd/network/50-lan.network
cp ${written('networkd-routes.conf', routes)} /run/systemd/network/50-lan.network.d/10-routes.conf
cp ${written('networkd-ra.conf', announced)} /run/systemd/network/50-lan.network.d/20-ra.conf
chmod -R a+rX /run/systemd
SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console timeout 60 /lib/systemd/systemd-networkd > /run/log 2>&1 & networkd=$!
await_host 5
echo '--- routes'; ip -4 route show proto static; ip -6 route show proto static
kill $networkd; wait $networkd || true
echo '--- log'; grep -F /run/systemd/network/ /run/log
`);
    const [host, routesShown, log] = said.split(/--- (?:routes|log)\n/);
    for (const line of routes.matchAll(/Destination=(\S+)\nGateway=(\S+)/g)) {
      const [to, nextHop] = [line[1]!, line[2]!];
      assert.ok(routesShown!.includes(`${to} via ${nextHop} `), `${to}\n${said}`);
    }
    assertAnnounced(host!, announced.match(/(?<=^Route=).*/gm)!);
    assert.doesNotMatch(log!, /unknown|ignoring|invalid/i);
  });
});

describe('other ways to make it last on Linux', () => {
  test('nft takes the rule in a chain like the one it is for', { skip: whyNotWith('nft') ?? false }, () => {
    for (const text of textsOf('-default-gateway.txt').filter((each) => each.includes('/etc/nftables.conf'))) {
      const rule = blockOf(text, /nftables/);
      const chain = `table inet filter { chain forward { type filter hook forward priority filter; policy drop;\n${rule}ct state invalid drop\n}\n}\n`;
      runPrivately(`nft -c -f ${written('nftables.conf', chain)}`);
      assert.throws(() => runPrivately(`nft -c -f ${written('nftables.conf', chain.replace('daddr', 'addr'))}`));
    }
  });

  test('iptables takes the rules', { skip: whyNotWith('iptables', 'ip6tables') ?? false }, () => {
    const rules = blockOf(textOf('at-linux-default-gateway.txt'), /iptables/);
    const said = runPrivately(`${rules}\niptables -S FORWARD; ip6tables -S FORWARD`);
    assert.equal(said.match(/--comment "wg-router at-linux" -j ACCEPT/g)!.length, rules.trim().split('\n').length);
  });

  test('ifupdown runs the lines', { skip: notInstalled(['ifup']) ?? false }, () => {
    const lines = blockOf(textOf('at-linux-default-gateway.txt'), /ifupdown/);
    const file = written('interfaces', `iface lan inet static\n    address 10.81.1.1/24\n${lines}`);
    const { status, said } = run('ifup', '-n', '--force', '-i', file, 'lan');
    assert.equal(status, 0, said);
    assert.equal(
      said.match(/ip -[46] route replace \S+ via \S+ dev \$IFACE/g)?.length,
      lines.match(/^ +up /gm)!.length,
    );
  });
});

describe('devices of others', () => {
  test('OpenWrt: the script sets what it should, twice the same, and takes it back', () => {
    // A uci that keeps its options as lines `config.section.option=value` in one file.
    const uci = written(
      'uci',
      `#!/bin/sh
db=${folder}/uci.db; touch "$db"
[ "$1" = -q ] && shift
case $1 in
show) grep "^$2\\." "$db" ;;
delete) grep -v "^$2[.=]" "$db" > "$db.new"; mv "$db.new" "$db" ;;
batch) while read -r verb line; do case $verb in set|add_list) echo "$line" | sed "s/='\\(.*\\)'$/=\\1/" >> "$db" ;; *) echo "what is $verb?" >&2; exit 1 ;; esac; done ;;
commit) ;;
*) echo "what is $1?" >&2; exit 1 ;;
esac
`,
    );
    spawnSync('chmod', ['+x', uci]);
    const script = textOf('openwrt-lan-default-gateway.sh').replaceAll('/etc/init.d/', ': ');
    const database = join(folder, 'uci.db');
    const others = [
      'network.lan=interface',
      'network.wg_router_openwrt_lan_2_route1=route',
      'firewall.mine=rule',
      '',
    ].join('\n');
    const after = (...args: string[]) => {
      const { status, stderr } = spawnSync('sh', [written('openwrt.sh', script), ...args], {
        encoding: 'utf8',
        env: { PATH: `${folder}:${process.env.PATH}` },
      });
      assert.equal(stderr, '');
      assert.equal(status, 0);
      return readFileSync(database, 'utf8');
    };
    writeFileSync(database, others);
    const once = after();
    assert.equal(after(), once);
    assert.match(once, /^network\.wg_router_openwrt_lan_route1\.gateway=10\.81\.4\.5$/m);
    assert.match(once, /^network\.wg_router_openwrt_lan_route1\.interface=lan$/m);
    assert.match(once, /^firewall\.wg_router_openwrt_lan_untracked6\.target=NOTRACK$/m);
    for (const line of once.split('\n').slice(3, -1))
      assert.match(line, /^(network|firewall)\.[A-Za-z0-9_]+(\.[a-z_]+)?=\S/);
    assert.equal(after('down'), others);
  });

  test('RouterOS: brackets and quotes close, and what is added can be found again', () => {
    const text = textOf('routeros-lan-default-gateway.rsc').replace(/^#.*\n/gm, '');
    const open: string[] = [];
    for (const sign of text.replace(/"[^"\n]*"/g, '')) {
      assert.notEqual(sign, '"');
      if ('([{'.includes(sign)) open.push(sign);
      if (')]}'.includes(sign)) assert.equal(open.pop(), '([{'[')]}'.indexOf(sign)]);
    }
    assert.deepEqual(open, []);
    for (const [line] of text.matchAll(/^ *\/.*\/add .*$/gm)) assert.match(line, / comment="wg-router routeros-lan"/);
    for (const menu of new Set([...text.matchAll(/(\/\S+)\/add /g)].map(([, path]) => path))) {
      assert.ok(text.includes(`${menu}/remove [find comment="wg-router routeros-lan"]`), menu);
    }
  });

  test('VyOS: every line is a command or a comment, and everything set is deleted', () => {
    const text = textOf('vyos-lan-default-gateway.txt');
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const deleted = [...text.matchAll(/^# delete (.*)$/gm)].map(([, path]) => `set ${path}`);
    for (const line of lines) {
      assert.match(
        line,
        /^set (protocols static route6?|firewall (group|ipv[46])|system conntrack ignore ipv[46] rule \d+) [a-zA-Z0-9 :./-]+$/,
      );
      assert.ok(
        deleted.some((path) => line === path || line.startsWith(`${path} `)),
        line,
      );
    }
  });
});
