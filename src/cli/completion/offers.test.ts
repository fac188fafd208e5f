import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VERBS } from '../verbs.ts';
import { type DescribedNames, offersFor } from './offers.ts';

const NAMES: DescribedNames = {
  routers: ['cloud'],
  machines: ['phone', 'pi'],
  lans: ['home'],
  hosts: ['nas'],
  groups: ['family'],
};

/** The words offered for a line; the file whose names were asked for. */
function offered(line: string): { words: string[] | string; file: string | null | undefined } {
  let file: string | null | undefined = null;
  const offers = offersFor(line.split(' '), VERBS, (asked) => {
    file = asked;
    return NAMES;
  });
  return { words: typeof offers === 'string' ? offers : offers.map(({ word }) => word), file };
}

describe('completion', () => {
  test('offers verbs, and what they do', () => {
    const offers = offersFor([''], VERBS, () => NAMES);
    assert.ok(Array.isArray(offers));
    assert.deepEqual(
      offers.find(({ word }) => word === 'add'),
      { word: 'add', what: 'machine, lan, host' },
    );
    assert.deepEqual(offered('ch').words, ['check']);
    assert.deepEqual(offered('add ').words, ['machine', 'lan', 'host']);
    assert.deepEqual(offered('--json st').words, ['status']);
  });

  test('offers the names that fit', () => {
    assert.deepEqual(offered('config ').words, ['phone', 'pi']);
    assert.deepEqual(offered('config --qr p').words, ['phone', 'pi']);
    assert.deepEqual(offered('config phone ').words, []);
    assert.deepEqual(offered('remove ').words, ['cloud', 'phone', 'pi', 'home', 'nas', 'family']);
    assert.deepEqual(offered('add lan office --via ').words, ['phone', 'pi']);
    assert.deepEqual(offered('add host tv --lan=h').words, ['--lan=home']);
    assert.deepEqual(offered('rename pi ').words, []);
  });

  test('asks for names only where one fits, and in the file that the line names', () => {
    assert.equal(offered('check --').file, null);
    assert.equal(offered('config ').file, undefined);
    assert.equal(offered('--file office.yaml config ').file, 'office.yaml');
    assert.equal(offered('config --file=office.yaml ').file, 'office.yaml');
  });

  test('offers options that are not given yet, and lists again', () => {
    assert.deepEqual(offered('config phone --q').words, ['--qr']);
    assert.deepEqual(offered('config phone --qr --q').words, []);
    assert.deepEqual(offered('add machine pi --lan home --lan').words, ['--lan', '--lan-address']);
    assert.deepEqual(offered('config -- --q').words, []);
  });

  test('offers values, files and folders', () => {
    assert.deepEqual(offered('add machine x --platform op').words, ['openwrt', 'opnsense', 'openbsd']);
    assert.deepEqual(offered('completion ').words, ['bash', 'zsh', 'fish']);
    assert.equal(offered('check ').words, 'file');
    assert.equal(offered('config --all ').words, 'folder');
    assert.equal(offered('config --png=').words, 'file');
    assert.deepEqual(offered('add machine x --note ').words, []);
  });
});
