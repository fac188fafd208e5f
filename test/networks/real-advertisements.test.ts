/**
 * A carrier that has its IPv6 default route from router advertisements keeps it while its tunnel is up: with radvd, whose
 * routes live for seconds, and with the generated file as it is.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { notInstalled, whyNot } from './private-namespace.ts';
import { groundOf } from './real-ground.ts';

const skip = whyNot() ?? notInstalled(['radvd']) ?? false;

/**
 * Three times up and down: as it is, on a kernel with one IPv6 switch for all interfaces, and, to see that it would be
 * missed, without the switch `accept_ra`.
 */
const STEPS = `
make box; plug br0 box b0 eth0; in_ns box sysctl -qw net.ipv6.conf.all.forwarding=1; ip -n box addr add fd01::1/64 dev eth0
printf 'interface eth0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 5; prefix fd01::/64 { }; };' > /run/radvd.conf
in_ns box radvd -C /run/radvd.conf -p /run/radvd.pid -n >/dev/null 2>&1 &
route() { ip -n pi -6 route show default proto ra | grep -v 'expires -' || true; }
has() { echo "$1: $([ "$(route)" ] && echo a || echo no) default route, accept_ra $(in_ns pi cat /proc/sys/net/ipv6/conf/lan0/accept_ra)"; }
learn() { for i in $(seq 80); do [ "$(route)" ] && return; sleep 0.1; done; }
down pi; in_ns pi sysctl -qw net.ipv6.conf.lan0.accept_ra=1; learn; has before
as_is=\${file[pi]}; file[pi]=$(dirname $as_is)/other/wg-test.conf; mkdir $(dirname \${file[pi]})
for sed in '' 's/force_forwarding/no_such_switch/g' 's/\\[ "$(cat "[^"]*accept_ra")" != 1 \\] || on "[^"]*accept_ra" 2/:/g'; do
  (umask 077; sed "$sed" $as_is > \${file[pi]}); up pi; sleep 6; has up; down pi; has down; learn
done`;

test('a default route from router advertisements stays while a carrier forwards and answers for lent addresses', {
  skip,
}, () => {
  const text = readFileSync(join(import.meta.dirname, 'proxy/network.yaml'), 'utf8');
  assert.deepEqual(groundOf(text).run(STEPS), [
    'before: a default route, accept_ra 1',
    'up: a default route, accept_ra 2',
    'down: a default route, accept_ra 1',
    'up: a default route, accept_ra 2',
    'down: a default route, accept_ra 1',
    'up: no default route, accept_ra 1',
    'down: no default route, accept_ra 1',
  ]);
});
