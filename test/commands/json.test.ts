/**
 * `--json`: one document on the standard output, whatever happens, and nothing beside it.
 */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { NETWORK, type Ran, Workplace } from './workplace.ts';

function documentOf(ran: Ran): Record<string, unknown> {
  assert.equal(ran.stderr, '');
  assert.ok(ran.stdout.endsWith('\n'));
  const value = JSON.parse(ran.stdout);
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value));
  return value;
}

describe('--json', () => {
  test('every verb that changes or looks answers with one document', async (t) => {
    const place = new Workplace(t);
    for (const words of [
      ['init', '--endpoint', 'vpn.example.net'],
      ['add', 'machine', 'phone', '--platform', 'ios'],
      ['add', 'machine', 'pi', '--platform', 'linux'],
      [
        ...['add', 'lan', 'office', '--prefix', '10.20.30.0/24', '--via', 'pi', '--lan-address', '10.20.30.5'],
        ...['--attach', 'static-route', '--default-gateway', '10.20.30.1'],
      ],
      ['add', 'host', 'nas', '--lan', 'office', '10.20.30.10'],
      ['config', 'phone'],
      ['config', 'phone', '--output', 'phone.conf'],
      ['config', 'phone', '--png', 'phone.png'],
      ['config', '--all', 'out'],
      ['check'],
      ['disable', 'phone'],
      ['enable', 'phone'],
      ['expire', 'phone', '2d'],
      ['rename', 'phone', 'mobile'],
      ['remove', 'mobile'],
      ['--version'],
    ]) {
      const ran = await place.run([...words, '--json']);
      assert.equal(ran.code, 0, `${words.join(' ')}: ${ran.stdout}${ran.stderr}`);
      documentOf(ran);
    }
  });

  test('the configuration is whole in its document', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const document = documentOf(await place.run(['config', 'phone', '--output', '-', '--json']));
    assert.equal(document.configuration, await place.good('config', 'phone', '--output', '-'));
  });

  test('a configuration is looked at without a key being made or shown', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const document = documentOf(await place.run(['config', 'phone', '--json']));
    assert.match(String(document.configuration), /PrivateKey = <private-key-of-phone>/);
    assert.ok(!place.list().includes('network.keys'));
    assert.doesNotMatch(place.read('network.yaml'), /hers\n(.*\n)?.*public-key/);
  });

  test('check names who is there with every address', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const ran = await place.run(['check', '--json']);
    assert.equal(ran.code, 0);
    documentOf(ran);
    for (const value of ['phone', 'laptop', 'cloud', '10.66.0.2', 'fd4c:91b7:2ae0::3']) {
      assert.ok(ran.stdout.includes(`"${value}"`), value);
    }
  });

  test('mistakes have code, place and help, and the exit code is 1', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK.replace('platform: ios', 'platfrom: ios').replace('2ae0::1', '2ae1::1'));
    for (const words of [['check'], ['config', 'phone'], ['add', 'machine', 'tablet']]) {
      const ran = await place.run([...words, '--json']);
      assert.equal(ran.code, 1);
      const { diagnostics } = documentOf(ran) as { diagnostics: Record<string, unknown>[] };
      const found = diagnostics.find((each) => each.code === 'unknown-word')!;
      assert.deepEqual(Object.keys(found).sort(), ['code', 'help', 'message', 'notes', 'place', 'severity']);
      assert.deepEqual((found.place as { line: number }).line, 11);
    }
  });

  test('refusals, wrong usage and what the machine refuses are documents too', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    for (const [exit, words] of [
      [1, ['config', 'nobody']],
      [1, ['config', 'cloud']],
      [1, ['remove', 'nobody']],
      [1, ['init']],
      [1, ['nonsense']],
      [1, ['check', '--nonsense']],
      [1, ['add', 'machine']],
      [2, ['check', '--file', 'nowhere.yaml']],
      [2, ['config', 'phone', '--output', 'nowhere/phone.conf']],
    ] as const) {
      const ran = await place.run([...words, '--json']);
      assert.equal(ran.code, exit, `${words.join(' ')}: ${ran.stdout}${ran.stderr}`);
      const { diagnostics } = documentOf(ran) as { diagnostics: { code: string; message: string }[] };
      assert.ok(diagnostics.length > 0);
      for (const { code, message } of diagnostics) {
        assert.match(code, /^[a-z0-9]+(-[a-z0-9]+)*$/);
        assert.match(message, /^Cannot /);
      }
    }
  });

  test('notes are in the document and not beside it', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    mkdirSync(place.at('network.keys'), { mode: 0o700 });
    chmodSync(place.at('network.keys'), 0o755);
    const ran = await place.run(['config', 'phone', '--output', 'phone.conf', '--json']);
    assert.equal(ran.code, 2);
    assert.match(ran.stdout, /chmod 700/);
    documentOf(ran);
  });
});
