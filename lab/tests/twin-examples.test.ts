/**
 * Twins of all examples: what they expect holds with real packets, and a host that is spoken to sees the true inside
 * address in every way to join a LAN but masquerade.
 */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { enterPrivateNamespaces } from '../private-namespaces.ts';
import type { Observation } from '../twin/trials/observation.ts';
import { brokenIn, sourcesOf, twinOf } from './twin-ground.ts';

const skip = enterPrivateNamespaces(import.meta.filename);

const EXAMPLES = globSync(`${import.meta.dirname}/../../examples/*.yaml`).sort();

/** Who speaks to whom, and from which addresses he is seen. */
const SEEN: Readonly<Record<string, readonly (readonly [from: string, to: string, sources: readonly string[]])[]>> = {
  'home-default-gateway': [
    ['phone', 'nas', ['10.66.0.2']],
    ['nas', 'phone', ['192.168.1.10']],
  ],
  'home-masquerade': [['phone', 'nas', ['192.168.1.5']]],
  'home-proxy': [
    ['phone', 'nas', ['192.168.1.200', 'fd4c:91b7:2ae0:1::200']],
    ['laptop', 'nas', ['192.168.1.201']],
    ['nas', 'phone', ['192.168.1.10', 'fd4c:91b7:2ae0:1::10']],
  ],
  'home-static-route': [
    ['phone', 'nas', ['10.66.0.2']],
    ['printer', 'laptop', ['192.168.1.20']],
  ],
  'three-sites-ula': [
    ['phone', 'a.unnamed', ['fd4c:91b7:2ae0::2']],
    ['a.unnamed', 'b.unnamed', ['fd4c:91b7:2ae0:1::fffe']],
    ['b.unnamed', 'c.unnamed', ['fd4c:91b7:2ae0:2::fffe']],
  ],
  'two-homes-same-addresses': [
    ['phone', 'nas-north', ['10.66.0.2']],
    ['phone', 'nas-south', ['192.168.1.7']],
    ['nas-north', 'nas-south', ['192.168.1.7']],
    ['nas-north', 'phone', ['10.77.1.10']],
  ],
};

describe('the twin of an example', { skip }, () => {
  test('there are six', () => assert.equal(EXAMPLES.length, 6));

  for (const file of EXAMPLES) {
    test(`does what it expects: ${basename(file)}`, async () => {
      const text = readFileSync(file, 'utf8');
      const twin = await twinOf(text);
      let observations: readonly Observation[];
      try {
        observations = await twin.tryAll((each) => (brokenIn(text, [each]).length > 0 ? 'strong' : 'none'));
      } finally {
        await twin.close();
      }
      assert.deepEqual(brokenIn(text, observations), []);
      for (const [from, to, sources] of SEEN[basename(file, '.yaml')]!) {
        assert.deepEqual(sourcesOf(observations, from, to), sources, `${to} sees ${from}`);
      }
    });
  }
});
