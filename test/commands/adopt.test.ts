/**
 * `doctor --adopt`: a healthy network that others built becomes a network file that `check` takes as it is.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { filesOf } from '../cases/cases.ts';
import { assertFailure, type Ran, Workplace } from './workplace.ts';

function adopt(place: Workplace, name: string, ...options: string[]): Promise<Ran> {
  const files = filesOf(name)!;
  for (const { path, text } of files) place.write(path, text);
  return place.run(['doctor', ...files.map(({ path }) => path), '--adopt', 'home', ...options]);
}

describe('doctor --adopt', () => {
  for (const name of [
    'healthy-static-route',
    'healthy-masquerade',
    'healthy-two-phones',
    'healthy-dual-stack-gateway',
  ]) {
    test(`prints a file that check takes: ${name}`, async (t) => {
      const place = new Workplace(t);
      const ran = await adopt(place, name);
      assert.equal(ran.code, 0, ran.stderr);
      assert.match(ran.stdout, /^name: home$/m);
      place.write('network.yaml', ran.stdout);
      const checked = await place.run(['check']);
      assert.equal(checked.code, 0, checked.stdout + checked.stderr);
    });
  }

  test('says as JSON what the file does not carry over', async (t) => {
    const ran = await adopt(new Workplace(t), 'healthy-two-phones', '--json');
    const { network, changes } = JSON.parse(ran.stdout);
    assert.match(network, /^machines:\n {2}ann:/m);
    assert.ok(changes.some((each: string) => each.includes('preshared keys')));
  });

  test('refuses a network that does not work, with the causes', async (t) => {
    const ran = await adopt(new Workplace(t), 'case-01');
    assertFailure(ran, 1, 'not-healthy');
    assert.match(ran.stderr, /^help: wrong-public-key: hub /m);
    assert.equal(ran.stdout, '');
  });

  test('refuses what does not fit: the whole of the internet through the hub', async (t) => {
    const ran = await adopt(new Workplace(t), 'healthy-container-full-tunnel');
    assertFailure(ran, 1, 'internet-through-router');
  });
});
