import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatAddress, parseAddress } from './address.ts';
import { type EndpointName, formatEndpoint, parseEndpointName, sameEndpoint } from './endpoint.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const port = fc.integer({ min: 1, max: 65535 });

test('an endpoint that was read prints as text that reads the same', () => {
  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  const host = fc.oneof(
    name,
    fc.ipV4(),
    fc.ipV6().map((text) => formatAddress(parseAddress(text)!)),
  );
  fc.assert(
    fc.property(host, port, (each, number) => {
      const text = formatEndpoint({ host: each, port: number });
      const read = parseEndpointName(text) as EndpointName;
      assert.deepEqual(read, { host: each, address: parseAddress(each), port: number });
      assert.equal(formatEndpoint(read), text);
    }),
  );
});

test('a host and port are read as the URL standard reads them', () => {
  for (const text of ['vpn.example.net:51820', '203.0.113.5:1', '[2001:db8::5]:65535', 'VPN.Example.net:51820']) {
    const url = new URL(`http://${text}`);
    const read = parseEndpointName(text) as EndpointName;
    assert.equal(read.host.includes(':') ? `[${read.host}]` : read.host, url.hostname);
    assert.equal(String(read.port), url.port);
  }
});

test('an address keeps its value and its canonical spelling', () => {
  const read = parseEndpointName('[2001:DB8:0::5]:51820') as EndpointName;
  assert.equal(read.host, '2001:db8::5');
  assert.deepEqual(read.address, parseAddress('2001:db8::5'));
  assert.equal((parseEndpointName('vpn.example.net:51820') as EndpointName).address, null);
});

test('each mistake in an endpoint has its name', () => {
  const mistakes = [
    ['vpn.example.net', 'port-missing'],
    ['vpn.example.net:', 'port-missing'],
    ['[::1]', 'port-missing'],
    ['vpn.example.net:0', 'port-out-of-range'],
    ['vpn.example.net:65536', 'port-out-of-range'],
    ['vpn.example.net:051820', 'port-out-of-range'],
    ['vpn.example.net:http', 'port-out-of-range'],
    ['2001:db8::5:51820', 'brackets-missing'],
    ['2001:db8::5', 'brackets-missing'],
    ['[203.0.113.5]:51820', 'host-invalid'],
    ['[::1%eth0]:51820', 'host-invalid'],
    ['[::1]51820', 'host-invalid'],
    ['[::1:51820', 'host-invalid'],
    ['203.0.113:51820', 'host-invalid'],
    ['203.0.113.256:51820', 'host-invalid'],
    ['0xcb007105:51820', 'host-invalid'],
    ['203.0.0x7105:51820', 'host-invalid'],
    ['-vpn.example.net:51820', 'host-invalid'],
    ['vpn..example.net:51820', 'host-invalid'],
    ['vpn example.net:51820', 'host-invalid'],
    ['https://vpn.example.net', 'port-out-of-range'],
    [':51820', 'host-invalid'],
    [`${'a'.repeat(64)}.net:51820`, 'host-invalid'],
    [`${'a.'.repeat(127)}a:51820`, 'host-invalid'],
  ] as const;
  for (const [text, mistake] of mistakes) {
    const read = parseEndpointName(text);
    assert.equal(typeof read === 'string' ? read : 'no mistake', mistake, text);
  }
});

test('a name may end in a dot, and the dot stays: it means that no search domain is tried', () => {
  assert.equal((parseEndpointName('vpn.example.net.:51820') as EndpointName).host, 'vpn.example.net.');
});

test('endpoints are the same when address and port are', () => {
  const a = { family: 4 as const, address: '203.0.113.5', port: 51820 };
  assert.equal(sameEndpoint(a, { ...a }), true);
  assert.equal(sameEndpoint(a, { ...a, port: 1 }), false);
  assert.equal(sameEndpoint(a, { ...a, address: '203.0.113.6' }), false);
});
