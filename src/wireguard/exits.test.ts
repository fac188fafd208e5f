import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBytes, parseAddress } from '../net/address.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../net/prefix.ts';
import { Exits } from './exits.ts';

const prefix = (text: string) => parsePrefix(text) as Prefix;

const HOME = 3;
const OFFICE = 4;

/** The exit for `user` towards `far`, with the two addresses somewhere in an arena. */
function exit(exits: Exits, user: string, far: string): number {
  const bytes = new Uint8Array(64);
  const [a, b] = [user, far].map((text) => addressBytes(parseAddress(text)!)) as [Uint8Array, Uint8Array];
  bytes.set(a, 5);
  bytes.set(b, 40);
  return a.length === 4 ? exits.lookup4(bytes, 5, 40) : exits.lookup6(bytes, 5, 40);
}

function example(): Exits {
  const exits = new Exits();
  exits.setDescribed(['10.66.0.0/24', '192.168.1.0/24', 'fd00:66::/48'].map(prefix));
  exits.insert(prefix('10.66.0.2/32'), HOME);
  exits.insert(prefix('fd00:66::2/128'), HOME);
  exits.insert(prefix('10.66.0.3/32'), OFFICE);
  return exits;
}

test('an exit is chosen by who uses it, and nobody else has one', () => {
  const exits = example();
  assert.equal(exit(exits, '10.66.0.2', '192.0.2.9'), HOME);
  assert.equal(exit(exits, '10.66.0.3', '192.0.2.9'), OFFICE);
  assert.equal(exit(exits, '10.66.0.4', '192.0.2.9'), -1);
  assert.equal(exit(exits, 'fd00:66::2', '2001:db8::9'), HOME);
  assert.equal(exit(exits, 'fd00:66::3', '2001:db8::9'), -1);
  assert.equal(exit(new Exits(), '10.66.0.2', '192.0.2.9'), -1);
});

test('no exit leads to what is described, whoever has it and whether anybody does', () => {
  const exits = example();
  for (const far of ['10.66.0.77', '192.168.1.9']) assert.equal(exit(exits, '10.66.0.2', far), -1, far);
  assert.equal(exit(exits, 'fd00:66::2', 'fd00:66:0:77::1'), -1);
  exits.setDescribed([prefix('10.66.0.0/24')]);
  assert.equal(exit(exits, '10.66.0.2', '192.168.1.9'), HOME);
  assert.equal(exit(exits, '10.66.0.2', '10.66.0.77'), -1);
});

test('an exit that is taken away, or whose peer goes, is none any more', () => {
  const exits = example();
  exits.remove(prefix('10.66.0.2/32'), OFFICE);
  assert.equal(exit(exits, '10.66.0.2', '192.0.2.9'), HOME, 'it was not that one');
  exits.remove(prefix('10.66.0.2/32'), HOME);
  assert.equal(exit(exits, '10.66.0.2', '192.0.2.9'), -1);
  assert.deepEqual(exits.usersOf(HOME).map(formatPrefix), ['fd00:66::2/128']);
  exits.removePeer(HOME);
  assert.equal(exit(exits, 'fd00:66::2', '2001:db8::9'), -1);
  assert.deepEqual(exits.usersOf(OFFICE).map(formatPrefix), ['10.66.0.3/32']);
});
