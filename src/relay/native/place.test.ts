import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameEndpoint, samePath } from '../../net/endpoint.ts';
import { PLACE_LOCAL, Places, placeOf } from './place.ts';

const interfaces = {
  interfaceName: (index: number) => (index === 3 ? 'eth0' : ''),
  interfaceIndex: (name: string) => (name === 'eth0' ? 3 : 0),
};

test('an endpoint becomes a place and is read back as it was', () => {
  for (const endpoint of [
    { family: 4, address: '203.0.113.5', port: 51820 },
    { family: 4, address: '203.0.113.5', port: 1, local: '198.51.100.1' },
    { family: 6, address: '2001:db8::5', port: 65535, local: '2001:db8::1' },
    { family: 6, address: 'fe80::1%eth0', port: 4 },
    { family: 6, address: 'fe80::1%7', port: 4 },
  ] as const) {
    const place = placeOf(endpoint, interfaces)!;
    const { family, address, port, local } = place;
    assert.deepEqual({ family, address, port, ...(local === undefined ? {} : { local }) }, endpoint);
    assert.ok(samePath(place, endpoint));
    assert.equal(placeOf(place, interfaces), place);
  }
});

test('what is no address of its family has no place', () => {
  assert.equal(placeOf({ family: 4, address: 'example.net', port: 1 }, interfaces), null);
  assert.equal(placeOf({ family: 4, address: '2001:db8::5', port: 1 }, interfaces), null);
});

test('one place seen again is the same object; another, or another address of ours, is not', () => {
  const places = new Places(4, interfaces);
  const table = new Int32Array(24);
  const endpoint = { family: 4, address: '203.0.113.5', port: 7, local: '198.51.100.1' } as const;
  table.set(placeOf(endpoint, interfaces)!.columns, 12);
  const first = places.find(table, 12);
  assert.equal(places.find(table, 12), first);
  table[12 + PLACE_LOCAL] = 1;
  const second = places.find(table, 12);
  assert.notEqual(second, first);
  assert.ok(sameEndpoint(first, second) && !samePath(first, second));
  // What is done to the table later does not change what was found in it.
  table.fill(0);
  assert.equal(first.address, '203.0.113.5');
});

test('the table of places is bounded, and right whatever falls on one entry', () => {
  const places = new Places(2, interfaces);
  for (let port = 1; port < 200; port++) {
    const { columns } = placeOf({ family: 4, address: '203.0.113.5', port }, interfaces)!;
    assert.equal(places.find(columns, 0).port, port);
    assert.equal(places.find(columns, 0), places.find(columns, 0));
  }
});

test('an address of ours that is gone is forgotten', () => {
  const place = placeOf({ family: 4, address: '203.0.113.5', port: 7, local: '198.51.100.1' }, interfaces)!;
  assert.equal(place.local, '198.51.100.1');
  place.forgetLocal();
  assert.equal(place.local, undefined);
  assert.equal(place.address, '203.0.113.5');
});
