/**
 * Completion in a real shell: verbs, options, the names of the file at hand, and silence where there is nothing to say.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { NETWORK, run, Workplace } from './workplace.ts';

/** What bash offers behind `words`; the last one is being typed. */
async function offered(place: Workplace, words: readonly string[], script: string): Promise<string[]> {
  writeFileSync(place.at('completion.bash'), script);
  const path = `${place.at('bin')}:${process.env.PATH}`;
  const offer = join(import.meta.dirname, 'offer.bash');
  const ran = await run('bash', ['--norc', offer, 'completion.bash', ...words], place.folder, {
    environment: { PATH: path },
  });
  assert.equal(ran.stderr, '', words.join(' '));
  return ran.stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function withCommand(place: Workplace): void {
  mkdirSync(place.at('bin'));
  symlinkSync(join(import.meta.dirname, '../../bin/wg-router'), place.at('bin', 'wg-router'));
}

describe('completion', () => {
  test('bash is offered verbs, options and names', async (t) => {
    const place = new Workplace(t);
    withCommand(place);
    place.write('network.yaml', NETWORK);
    const script = await place.good('completion', 'bash');
    assert.ok((await offered(place, [''], script)).includes('check'));
    assert.deepEqual(await offered(place, ['che'], script), ['check']);
    assert.deepEqual((await offered(place, ['add', ''], script)).sort(), ['host', 'lan', 'machine']);
    assert.deepEqual(await offered(place, ['config', 'ph'], script), ['phone']);
    assert.deepEqual((await offered(place, ['remove', ''], script)).filter((word) => !word.startsWith('-')).sort(), [
      'cloud',
      'laptop',
      'phone',
    ]);
    assert.ok((await offered(place, ['config', 'phone', '--q'], script)).includes('--qr'));
    const platforms = await offered(place, ['add', 'machine', 'x', '--platform', ''], script);
    assert.ok(platforms.includes('ios') && platforms.includes('openwrt'));
  });

  test('names come from the file that the line names', async (t) => {
    const place = new Workplace(t);
    withCommand(place);
    place.write('office.yaml', NETWORK.replace('phone', 'desk'));
    const script = await place.good('completion', 'bash');
    assert.deepEqual(await offered(place, ['config', '--file', 'office.yaml', 'de'], script), ['desk']);
  });

  test('a file with mistakes still offers its names, and a missing or hostile one offers nothing and says nothing', async (t) => {
    const place = new Workplace(t);
    withCommand(place);
    const script = await place.good('completion', 'bash');
    assert.deepEqual(await offered(place, ['config', 'ph'], script), []);
    place.write('network.yaml', `${NETWORK}    platfrom: x\nnonsense: 1\n`);
    assert.deepEqual(await offered(place, ['config', 'ph'], script), ['phone']);
    for (const hostile of [
      '\u0000\u0001',
      '{{{{',
      '- - -',
      '*a',
      `${'['.repeat(5000)}`,
      'machines: 3',
      'machines: {"$(touch owned)": {}, "`touch owned`": {}, "a b": {}}',
    ]) {
      place.write('network.yaml', hostile);
      const words = await offered(place, ['config', ''], script);
      assert.ok(
        words.every((word) => /^[a-z0-9=-]+$/i.test(word)),
        JSON.stringify(words),
      );
    }
    assert.ok(!place.list().includes('owned'));
  });

  test('zsh and fish get scripts too, and another shell a choice', async (t) => {
    const place = new Workplace(t);
    assert.match(await place.good('completion', 'zsh'), /#compdef wg-router/);
    assert.match(await place.good('completion', 'fish'), /complete .*wg-router/);
    assert.equal(spawnSync('bash', ['-n'], { input: await place.good('completion', 'bash') }).status, 0);
    const ran = await place.run(['completion', 'tcsh']);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /bash.*zsh.*fish/s);
  });
});
