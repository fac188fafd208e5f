/**
 * The collecting script of `wg-router survey` on a machine with a tunnel, a packet filter and secrets in many places: what it
 * prints is read back whole, and no key is in it.
 */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { SURVEY_SCRIPT } from '../../src/cli/diagnosis/survey-script.ts';
import { importNetwork } from '../../src/import/import-network.ts';
import { formatAddress } from '../../src/net/address.ts';
import { formatKey } from '../../src/net/key.ts';
import { keyFunctions } from '../cases/cases.ts';
import { notInstalled, runPrivately, whyNot } from './private-namespace.ts';

const folder = mkdtempSync(join(tmpdir(), 'wg-router-survey-'));
after(() => rmSync(folder, { recursive: true }));
const script = join(folder, 'survey.sh');
writeFileSync(script, SURVEY_SCRIPT);

/** Keys by rule: nothing here is secret. */
const [OWN, PRESHARED, OTHER] = [0x11, 0x22, 0x33].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [
  string,
  string,
  string,
];
const otherPublic = formatKey(keyFunctions.publicKeyOf(Buffer.alloc(32, 0x33)));

const CONFIGURATION = `# secret ${OWN}
[Interface] # hub
PrivateKey = ${OWN}
Address = 10.9.0.1/24 # the hub
ListenPort = 51999
Token = hunter2
PostUp = sysctl -w net.ipv4.ip_forward=1; curl -H 'Token: hunter2' https://example.net/; iptables -A FORWARD -i %i -m comment --comment 'a; b' -j ACCEPT && echo hunter2 | tee /tmp/hunter2
PostUp = wg set %i private-key <(echo ${OWN}); nft add table inet "$(cat /etc/hunter2)"; /usr/sbin/ip route add 10.77.0.0/16 dev %i
[Peer]
# phone
PublicKey = ${otherPublic}
PresharedKey = ${PRESHARED}
AllowedIPs = 10.9.0.2/32
`;

writeFileSync(join(folder, 'wg0.conf'), CONFIGURATION);

const GROUND = `
mount -t tmpfs tmpfs /etc/wireguard; cp ${folder}/wg0.conf /etc/wireguard/wg0.conf
ip link add eth0 type veth peer name eth0.10; ip link set eth0 up; ip link set eth0.10 up
ip address add 192.168.7.1/24 dev eth0.10; ip address add 203.0.113.9/24 dev eth0
wireguard-go wg0 >/dev/null 2>&1
printf '[Interface]\\nPrivateKey = ${OWN}\\nListenPort = 51999\\n[Peer]\\nPublicKey = ${otherPublic}\\nPresharedKey = ${PRESHARED}\\nAllowedIPs = 10.9.0.2/32\\n' > /run/wg.conf
wg setconf wg0 /run/wg.conf; ip address add 10.9.0.1/24 dev wg0; ip link set wg0 up
ip route add unreachable 10.50.0.0/16
nft add table inet filter; nft 'add chain inet filter forward { type filter hook forward priority 0; policy drop; }'; nft add rule inet filter forward iifname wg0 accept
echo 1 > /proc/sys/net/ipv4/ip_forward
`;

describe('the script of survey', { skip: whyNot() ?? notInstalled(['nft', 'iptables', 'mount']) ?? false }, () => {
  for (const shell of ['dash', 'bash', 'busybox sh']) {
    const isThere = ['/bin', '/usr/bin'].some((path) => existsSync(`${path}/${shell.split(' ')[0]}`));
    if (!isThere) continue;
    test(`collects all that the doctor reads, and no key: ${shell}`, () => {
      const printed = runPrivately(`${GROUND}\n${shell} ${script}`);
      for (const secret of [OWN, PRESHARED, OTHER, 'hunter2', 'Token']) {
        assert.ok(!printed.includes(secret), `${secret} is printed`);
      }
      assert.doesNotMatch(printed, /^!!/m);
      const { plan, notUnderstood, diagnostics } = importNetwork([{ path: 'hub.txt', text: printed }], keyFunctions);
      assert.deepEqual(
        [...notUnderstood.map((each) => each.reason), ...diagnostics.map((each) => each.message)],
        [],
        printed,
      );
      const [hub] = plan.devices;
      const tunnel = hub!.interfaces.find((each) => each.kind === 'wireguard')!;
      assert.deepEqual(tunnel.publicKey?.value, keyFunctions.publicKeyOf(Buffer.alloc(32, 0x11)));
      assert.equal(tunnel.peers[0]!.presharedKeyHash?.value, keyFunctions.hashPresharedKey(PRESHARED));
      assert.deepEqual(
        tunnel.addresses.map(({ value }) => formatAddress(value)),
        ['10.9.0.1'],
      );
      assert.ok(hub!.forwarding.some((each) => each.family === 4));
      assert.ok(hub!.filters.some((each) => each.action === 'drop' && (each.hook ?? 'forward') === 'forward'));
      assert.ok(hub!.routes.some(({ via }) => via.kind === 'unreachable'));
    });
  }
});
