/**
 * `doctor`: what a person and a program are told about a network that others built, and the exit code.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertFailure, Workplace } from './workplace.ts';

const CAUSES = join(import.meta.dirname, '../causes');

/** Writes the made-up network of a cause into the folder `net`. */
function network(place: Workplace, code: string): void {
  for (const name of readdirSync(join(CAUSES, code)).filter((each) => each !== 'expect.yaml')) {
    place.write(name, readFileSync(join(CAUSES, code, name), 'utf8'));
  }
}

describe('doctor', () => {
  test('names the cause, the guilty line, the way to it and the cure, and ends with 1', async (t) => {
    const place = new Workplace(t);
    network(place, 'hub-allowedips-missing-lan');
    const ran = await place.run(['doctor', '.']);
    assert.equal(ran.code, 1, ran.stderr);
    assert.equal(ran.stderr, '');
    assert.match(ran.stdout, /^3 machines, 1 LAN, from 4 files; 1 question\nthe cause is found\n/);
    assert.match(ran.stdout, /^proved {3}hub-allowedips-missing-lan$/m);
    assert.match(ran.stdout, /^see {6}hub\.conf:14$/m);
    assert.match(ran.stdout, /✗ internet/);
    assert.match(ran.stdout, /^cure {5}on hub: add 192\.168\.1\.0\/24 to AllowedIPs of peer gw/m);
  });

  test('ends with 0 when nothing is wrong', async (t) => {
    const place = new Workplace(t);
    network(place, 'hub-allowedips-missing-lan');
    const hub = place.read('hub.conf').replace('10.8.0.3/32', '10.8.0.3/32, 192.168.1.0/24');
    place.write('hub.conf', hub);
    place.write('survey.yaml', place.read('survey.yaml').replace(/^question:.*\n/m, ''));
    const ran = await place.run(['doctor', '.']);
    assert.equal(ran.code, 0, ran.stdout);
    assert.match(ran.stdout, /nothing is wrong as far as the files say/);
  });

  test('answers a program in the shape that is documented', async (t) => {
    const place = new Workplace(t);
    network(place, 'ip-forward-off');
    const ran = await place.run(['doctor', '.', '--json']);
    assert.equal(ran.code, 1, ran.stderr);
    const answer = JSON.parse(ran.stdout);
    assert.deepEqual(Object.keys(answer), ['findings', 'unknown']);
    const [finding] = answer.findings;
    assert.deepEqual(Object.keys(finding), ['cause', 'machine', 'flows', 'certainty', 'evidence', 'cure']);
    assert.deepEqual(finding.flows, [{ from: 'phone', to: 'nas', direction: 'forward' }]);
    assert.equal(finding.machine, 'hub');
    assert.equal(finding.certainty, 'proved');
    assert.match(finding.cure, /net\.ipv4\.ip_forward=1/);
  });

  test('shows no key', async (t) => {
    const place = new Workplace(t);
    network(place, 'preshared-key-mismatch');
    const { stdout } = await place.run(['doctor', '.']);
    assert.match(stdout, /PresharedKey = •+/);
    assert.doesNotMatch(stdout, /[A-Za-z0-9+/]{43}=/);
  });

  test('says of files that are none of its kind what they are not', async (t) => {
    const place = new Workplace(t);
    place.write('recipe.txt', 'two eggs\n');
    const ran = await place.run(['doctor', 'recipe.txt']);
    assertFailure(ran, 1, 'nothing-to-examine');
    assert.match(ran.stderr, /recipe\.txt: Cannot tell what this file is/);
  });

  test('ends with 2 when a path is not there', async (t) => {
    const ran = await new Workplace(t).run(['doctor', 'nowhere.conf']);
    assertFailure(ran, 2, 'file-missing');
  });

  test('reads ten megabytes of nonsense within seconds', async (t) => {
    const place = new Workplace(t);
    place.write('nonsense.conf', 'AllowedIPs nonsense\n'.repeat(500_000));
    const ran = await place.run(['doctor', 'nonsense.conf']);
    assertFailure(ran, 1, 'nothing-to-examine');
    assert.match(ran.stderr, /it has 10000000 bytes, and 8388608 are read/);
  });
});
