import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatAddress } from '../../net/address.ts';
import { ownEndpointAddress } from './own-address.ts';

function chosen(...addresses: readonly string[]): string | null {
  const own = ownEndpointAddress({
    lo: [{ address: '127.0.0.1', internal: true }],
    eth0: addresses.map((address) => ({ address, internal: false })),
  });
  return own && `${formatAddress(own.address)} ${own.isPublic ? 'public' : 'private'}`;
}

describe('the address that others most likely dial', () => {
  test('is a public one, IPv4 before IPv6', () => {
    assert.equal(chosen('10.0.0.5', '2a01:4f8::1', '8.8.4.4'), '8.8.4.4 public');
    assert.equal(chosen('172.31.4.4', 'fd00::1', '2a01:4f8::1'), '2a01:4f8::1 public');
  });

  test('is a private one where there is no other', () => {
    assert.equal(chosen('fe80::1', 'fd00::1', '192.168.1.5'), '192.168.1.5 private');
    assert.equal(chosen('fd00::1'), 'fd00::1 private');
    assert.equal(chosen('100.64.3.3'), '100.64.3.3 private');
    assert.equal(chosen('2001:db8::1'), '2001:db8::1 private');
  });

  test('is none where there is only the link or nothing', () => {
    assert.equal(chosen(), null);
    assert.equal(chosen('fe80::1', '169.254.3.4'), null);
  });
});
