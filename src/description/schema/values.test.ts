import assert from 'node:assert/strict';
import test from 'node:test';
import { parseNetwork } from '../parse.ts';
import { nameMistake, readPorts } from './values.ts';

function machine(fields: string) {
  const text = `name: home\ninside: [10.66.0.0/24]\nrouters: {cloud: {endpoint: vpn.example.net:51820}}\nmachines: {phone: {${fields}}}`;
  const { network, diagnostics } = parseNetwork(text, 'network.yaml');
  return { phone: network?.machines[0], codes: diagnostics.map(({ code }) => code) };
}

test('a name is an RFC 1123 label with a letter that YAML reads as a word', () => {
  for (const name of ['a', 'pi', 'pi-2', '2go', 'x1e5', '0xg', 'a'.repeat(63), 'nullable', '1-2e', 'e1'])
    assert.equal(nameMistake(name), null, name);
  for (const name of [
    '',
    '-a',
    'a-',
    'A',
    'a.b',
    'a_b',
    '12',
    '1-2',
    '1e5',
    '1e-5',
    '0x1f',
    '0o17',
    'null',
    'true',
    'false',
    'a'.repeat(64),
    'ä',
    'a b',
    'a\n',
  ])
    assert.notEqual(nameMistake(name), null, name);
});

test('a date counts to its end in UTC, a time to itself, whatever its offset', () => {
  const at = (text: string) => machine(`expires: ${text}`).phone?.expires?.value;
  assert.equal(at('2027-01-31'), Date.parse('2027-02-01T00:00:00Z'));
  assert.equal(at('2028-02-29'), Date.parse('2028-03-01T00:00:00Z'));
  assert.equal(at('"2027-01-31T18:00:00Z"'), Date.parse('2027-01-31T18:00:00Z'));
  assert.equal(at('"2027-01-31t18:00:00.5+02:00"'), Date.parse('2027-01-31T16:00:00.500Z'));
  assert.equal(at('"2027-01-31T18:00:00-05:30"'), Date.parse('2027-01-31T23:30:00Z'));
  assert.equal(at('0001-01-01'), Date.parse('0001-01-02T00:00:00Z'));
});

test('what is no date is none', () => {
  for (const text of [
    '2027-02-29',
    '2027-13-01',
    '2027-00-10',
    '"2027-01-31T24:00:00Z"',
    '"2027-01-31T23:59:60Z"',
    '"2027-01-31 18:00:00Z"',
    '"2027-01-31T18:00Z"',
    '27-01-31',
    'tomorrow',
  ])
    assert.deepEqual(machine(`expires: ${text}`).codes, ['bad-date'], text);
});

test('true and false are themselves, and what other readers of YAML take for them is none', () => {
  const at = (text: string) => machine(`disabled: ${text}`).phone?.disabled?.value;
  assert.deepEqual(['true', 'false', 'TRUE', '"true"'].map(at), [true, false, true, true]);
  for (const text of ['yes', 'on', '1', 'no', 'maybe', '"true "'])
    assert.deepEqual(machine(`disabled: ${text}`).codes, ['unknown-value'], text);
  assert.deepEqual(machine('disabled:').codes, ['value-missing']);
  assert.deepEqual(machine('disabled: [true]').codes, ['wrong-kind']);
});

test('numbers are decimal, whole, and within their range', () => {
  assert.equal(machine('mtu: 1280').phone?.mtu?.value, 1280);
  assert.equal(machine('keepalive: 25').phone?.keepalive?.value, 25);
  assert.equal(machine('keepalive: off').phone?.keepalive?.value, 0);
  for (const field of [
    'mtu: 1279',
    'mtu: 65456',
    'mtu: 1e4',
    'mtu: 0x600',
    'mtu: 1500.0',
    'mtu: 01500',
    'mtu: +1500',
    'keepalive: 0',
    'keepalive: -1',
    'keepalive: 65536',
    'path-mtu: 1_500',
  ])
    assert.deepEqual(machine(field).codes, ['bad-number'], field);
});

test('ports are a protocol and a range that goes upwards', () => {
  assert.deepEqual(readPorts('tcp/443'), { value: { protocol: 'tcp', first: 443, last: 443 } });
  assert.deepEqual(readPorts('udp/1-65535'), { value: { protocol: 'udp', first: 1, last: 65535 } });
  assert.deepEqual(readPorts('ping'), { value: { protocol: 'ping' } });
  for (const text of [
    'tcp',
    'tcp/',
    'tcp/0',
    'tcp/65536',
    'tcp/2-1',
    'icmp/1',
    'TCP/1',
    'tcp/1-',
    'tcp/01',
    'ping/1',
    'tcp/1-2-3',
  ])
    assert.ok('reason' in readPorts(text), text);
});

test("one spelling of an IPv6 address is as good as another, and the first and last of a LAN are nobody's", () => {
  assert.deepEqual(machine('address: ["FD4C:0:0::1"]').codes, []);
  assert.deepEqual(machine('address: [10.66.0.02]').codes, ['bad-address']);
  assert.deepEqual(machine('address: [169.254.1.1]').codes, []);
  for (const address of [
    '127.0.0.1',
    '0.0.0.0',
    '0.1.2.3',
    '224.0.0.1',
    '239.255.255.255',
    '255.255.255.255',
    '"::"',
    '"::1"',
    '"ff02::1"',
    '"fe80::1"',
    '"::ffff:10.0.0.1"',
  ])
    assert.deepEqual(machine(`address: [${address}]`).codes, ['address-not-usable'], address);
});
