import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { GATEWAY_FIREWALLS, PLATFORMS } from '../../description/network.ts';
import { parseNetwork } from '../../description/parse.ts';
import { formatAddress } from '../../net/address.ts';
import { formatPrefix, parsePrefix } from '../../net/prefix.ts';
import type { LanPlan, Plan } from '../../plan/plan.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import { dottedMask } from './dotted-mask.ts';
import { renderGateway } from './gateway.ts';

const ofCase = (name: string): Plan => {
  const file = new URL(`../../../test/networks/${name}/network.yaml`, import.meta.url);
  return planNetwork(parseNetwork(readFileSync(file, 'utf8'), 'network.yaml').network!).plan!;
};
const plan = ofCase('static-route');
const home: LanPlan = { ...plan.lans[0]!, gatewayFirewall: null, advertise: [] };
const on = (platform: (typeof PLATFORMS)[number], lan: LanPlan = home): LanPlan => ({
  ...lan,
  defaultGatewayPlatform: { value: platform, origin: { kind: 'file', place: lan.place } },
});

for (const platform of PLATFORMS) {
  test(`${platform}: the default gateway's files say every route and every prefix`, () => {
    const { files, refusals } = renderGateway(plan, on(platform));
    assert.deepEqual(refusals, []);
    const own = files.filter(({ name }) => name.startsWith('home-default-gateway.'));
    assert.ok(own.length > 0);
    const text = own.map((file) => file.text).join('\n');
    for (const { prefix, gateway } of home.gatewayRoutes) {
      const [network, length] = formatPrefix(prefix).split('/');
      // A FRITZ!Box has fields of their own for the length.
      const fields = new RegExp(`${network} .*(${dottedMask(prefix)}|\\b${length}\\b)`);
      assert.ok(text.includes(formatPrefix(prefix)) || fields.test(text), formatPrefix(prefix));
      assert.ok(text.includes(formatAddress(gateway)), formatAddress(gateway));
    }
    // The rule of the others knows no prefixes: it is one box to tick, or there is none.
    if (['opnsense', 'pfsense', 'fritzbox'].includes(platform)) return;
    for (const { value } of home.prefixes) assert.ok(text.includes(formatPrefix(value)), formatPrefix(value));
  });
}

test('every file begins with what it is for, where it goes and how it is undone', () => {
  for (const platform of PLATFORMS) {
    for (const { name, text } of renderGateway(plan, on(platform)).files) {
      const head = text.split('\n').slice(0, 20).join('\n');
      for (const word of ['What for:', 'Where:', 'Undo:']) assert.ok(head.includes(word), `${name}: ${word}`);
      assert.match(head, /LAN home of network home/);
      assert.match(text, /[^\n]\n$/, `${name} ends with one newline`);
      assert.doesNotMatch(text, / \n/, `${name}: space at the end of a line`);
    }
  }
});

test('file names have no folder, differ, and begin with the LAN', () => {
  for (const platform of PLATFORMS) {
    const names = renderGateway(plan, on(platform)).files.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^home-[a-z0-9-]+(\.[a-z]+)?\.(txt|sh|rsc|conf)$/);
  }
});

test('a LAN without routes to add needs nothing of anybody', () => {
  const gateways = ofCase('default-gateway');
  for (const lan of gateways.lans) assert.deepEqual(renderGateway(gateways, lan), { files: [], refusals: [] });
});

test('a LAN of one family has nothing of the other', () => {
  const six = ofCase('ipv6-only');
  const text = renderGateway(six, on('linux', six.lans[0]!))
    .files.map((file) => file.text)
    .join('\n');
  assert.doesNotMatch(text, /^iptables -I|^net\.ipv4|"\$1" 4 |option-121|\d\.\d+\.\d/m);
  const four = ofCase('seed');
  for (const file of renderGateway(four, on('linux', four.lans[0]!)).files) {
    assert.doesNotMatch(file.name, /router-advertisement/);
    assert.doesNotMatch(file.text, /^ip6tables -I|^net\.ipv6|"\$1" 6 |fd4c/m);
  }
});

test('instructions say what the firewall makes of this traffic, and what to write afterwards', () => {
  const said = GATEWAY_FIREWALLS.map((value) => {
    const lan = { ...home, gatewayFirewall: { value, origin: { kind: 'file', place: home.place } as const } };
    const text = renderGateway(plan, lan).files[0]!.text;
    assert.ok(text.includes(`gateway-firewall: ${value}`), value);
    return text;
  });
  assert.equal(new Set(said).size, GATEWAY_FIREWALLS.length);
  assert.match(renderGateway(plan, home).files[0]!.text, /`gateway-firewall` is absent/);
  const then = /write `gateway-firewall: exempt` for LAN home/;
  assert.deepEqual(
    GATEWAY_FIREWALLS.filter((_, i) => then.test(said[i]!)),
    ['drop-invalid', 'lan-to-wan-only'],
  );
});

test('what the network file asks for is named in the list of files', () => {
  const asked = (value: 'ra' | 'dhcp') => ({ value, origin: { kind: 'file', place: home.place } as const });
  const about = (lan: LanPlan) =>
    renderGateway(plan, lan)
      .files.map((file) => file.about)
      .join('\n');
  assert.doesNotMatch(about(home), /advertise/);
  assert.match(about({ ...home, advertise: [asked('ra')] }), /advertise: ra/);
  assert.match(about({ ...home, advertise: [asked('dhcp')] }), /advertise: dhcp/);
});

test('names that are as long as names may be fit into what devices take', () => {
  const name = `${'long-'.repeat(12)}abc`;
  assert.equal(name.length, 63);
  const lan: LanPlan = { ...home, name, via: { ...home.via!, value: name } };
  for (const platform of ['opnsense', 'pfsense'] as const) {
    const text = renderGateway(plan, on(platform, lan)).files[0]!.text;
    for (const [, word] of text.matchAll(/\b(?:Name|Gateway) +(WG_\w+)/g)) assert.match(word!, /^[A-Z0-9_]{1,31}$/);
  }
  const vyos = renderGateway(plan, on('vyos', lan)).files[0]!.text;
  for (const [, group] of vyos.matchAll(/network-group (\S+)/g)) assert.match(group!, /^[A-Z][A-Z0-9-]*$/);
});

test('a subnet mask has as many ones as the length', () => {
  for (let length = 0; length <= 32; length++) {
    const prefix = parsePrefix(`0.0.0.0/${length}`);
    assert.ok(typeof prefix === 'object');
    const bits = dottedMask(prefix)
      .split('.')
      .map((octet) => Number(octet).toString(2).padStart(8, '0'))
      .join('');
    assert.equal(bits, '1'.repeat(length) + '0'.repeat(32 - length));
  }
});
