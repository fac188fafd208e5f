import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseNetwork } from '../description/parse.ts';
import { machineMtu, routerMtu } from './mtu.ts';

/** MTU of router and machine when they say this about themselves. */
function mtus(router: string, machine: string): [number, number] {
  const text = `name: n\ninside: [10.66.0.0/24]\nrouters:\n  r: {${router}}\nmachines:\n  m: {${machine}}\n`;
  const { network, diagnostics } = parseNetwork(text, 'n.yaml');
  assert.ok(network, diagnostics[0]?.message);
  const [r, m] = [network.routers[0]!, network.machines[0]!];
  return [routerMtu(r).value, machineMtu(m, r, routerMtu(r)).value];
}

const NAME = 'endpoint: "vpn.example.net:51820"';
const IPV4 = 'endpoint: "203.0.113.5:51820"';
const IPV6 = 'endpoint: "[2001:db8::5]:51820"';

test('where nobody says anything it is 1420, whatever the endpoint', () => {
  for (const endpoint of [NAME, IPV4, IPV6]) assert.deepEqual(mtus(endpoint, ''), [1420, 1420]);
});

test('a stated path is used to the last byte where the outer packet is certainly IPv4', () => {
  assert.deepEqual(mtus(`${IPV4}, path-mtu: 1500`, 'path-mtu: 1500'), [1440, 1440]);
  assert.deepEqual(mtus(`${IPV4}, path-mtu: 1500`, 'path-mtu: 1492'), [1440, 1432]);
  assert.deepEqual(mtus(`${IPV4}, path-mtu: 1500`, ''), [1440, 1420]);
  assert.deepEqual(mtus(IPV4, 'path-mtu: 1430'), [1420, 1370]);
});

test('80 bytes are taken where it may be IPv6', () => {
  assert.deepEqual(mtus(NAME, 'path-mtu: 1492'), [1420, 1412]);
  assert.deepEqual(mtus(`${IPV6}, path-mtu: 1480`, 'path-mtu: 1500'), [1400, 1400]);
  const dialled = 'path-mtu: 1500, endpoint: "beacon.example.net:51820"';
  assert.deepEqual(mtus(`${IPV4}, path-mtu: 1500`, dialled), [1440, 1420]);
});

test('paths that are known to be narrow, over IPv4 and over IPv6 outside', () => {
  const wide = (endpoint: string) => `${endpoint}, path-mtu: 1500`;
  for (const [path, overIpv4, overIpv6] of [
    [1500, 1440, 1420], // Ethernet
    [1492, 1432, 1412], // PPPoE
    [1480, 1420, 1400], // an IPv6 tunnel of the provider
    [1460, 1400, 1380], // DS-Lite
    [1430, 1370, 1350], // mobile
  ] as const) {
    assert.equal(mtus(wide(IPV4), `path-mtu: ${path}`)[1], overIpv4);
    assert.equal(mtus(wide(IPV6), `path-mtu: ${path}`)[1], overIpv6);
    // A name may mean either.
    assert.equal(mtus(wide(NAME), `path-mtu: ${path}`)[1], overIpv6);
    // The router's own path narrows everybody's.
    assert.deepEqual(mtus(`${IPV4}, path-mtu: ${path}`, 'path-mtu: 1500'), [overIpv4, overIpv4]);
  }
});

test('a machine is never above the router, unless it says so', () => {
  assert.deepEqual(mtus(`${IPV4}, mtu: 1300`, 'path-mtu: 1500'), [1300, 1300]);
  assert.deepEqual(mtus(IPV4, 'path-mtu: 1492'), [1420, 1420]);
  assert.deepEqual(mtus(`${NAME}, mtu: 1300`, 'mtu: 1400'), [1300, 1400]);
  assert.deepEqual(mtus(`${NAME}, path-mtu: 1400`, ''), [1320, 1320]);
});
