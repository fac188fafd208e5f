import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Verb } from '../verb.ts';
import { asksForJson, type CommandLine, readCommandLine } from './arguments.ts';
import { Refused } from './outcome.ts';

const verb = (name: string, rest: Partial<Verb> = {}): Verb => ({
  name,
  summary: '',
  about: [],
  positionals: [],
  options: [],
  examples: [],
  run: async () => 0,
  ...rest,
});

const VERBS: readonly Verb[] = [
  verb('add machine', {
    positionals: [{ name: 'NAME' }],
    options: [
      { name: 'lan', value: 'LAN', isList: true, summary: '' },
      { name: 'note', value: 'TEXT', summary: '' },
    ],
  }),
  verb('add host', { positionals: [{ name: 'NAME' }, { name: 'ADDRESS', isList: true }] }),
  verb('config', {
    positionals: [{ name: 'MACHINE', isOptional: true }],
    options: [
      { name: 'qr', summary: '' },
      { name: 'output', value: 'FILE', summary: '' },
    ],
  }),
];

function read(...words: string[]): CommandLine {
  const command = readCommandLine(words, VERBS);
  assert.ok('options' in command);
  return command;
}

function refused(...words: string[]): Refused {
  try {
    readCommandLine(words, VERBS);
  } catch (error) {
    assert.ok(error instanceof Refused, String(error));
    return error;
  }
  throw new Error(`${words.join(' ')} was accepted`);
}

describe('a command line', () => {
  test('has a verb of one word or two, wherever the options of every verb stand', () => {
    assert.equal(read('config').verb.name, 'config');
    assert.equal(read('add', 'machine', 'phone').verb.name, 'add machine');
    const command = read('--file', 'x.yaml', 'add', 'machine', '--json', 'phone', '--color=never');
    assert.deepEqual(command.positionals, ['phone']);
    assert.deepEqual(command.options.get('file'), ['x.yaml']);
    assert.deepEqual(command.options.get('json'), []);
    assert.deepEqual(command.options.get('color'), ['never']);
  });

  test('splits lists at commas and gathers them', () => {
    const command = read('add', 'machine', 'pi', '--lan', 'a,b', '--lan=c');
    assert.deepEqual(command.options.get('lan'), ['a', 'b', 'c']);
  });

  test('keeps commas, dashes and equals signs in single values', () => {
    assert.deepEqual(read('add', 'machine', 'pi', '--note', 'a, b').options.get('note'), ['a, b']);
    assert.deepEqual(read('add', 'machine', 'pi', '--note=-x=y').options.get('note'), ['-x=y']);
    assert.deepEqual(read('config', 'pi', '--output', '-').options.get('output'), ['-']);
  });

  test('takes what stands behind -- as it is', () => {
    assert.deepEqual(read('config', '--', '--qr').positionals, ['--qr']);
    assert.equal(asksForJson(['config', '--', '--json']), false);
    assert.equal(asksForJson(['config', '--json']), true);
  });

  test('asks for help in every usual way', () => {
    for (const words of [[], ['--help'], ['-h'], ['help']]) {
      assert.deepEqual(readCommandLine(words, VERBS), { asks: 'help' }, words.join(' '));
    }
    for (const words of [
      ['config', '--help'],
      ['config', 'pi', '-h', '--qr'],
      ['help', 'config'],
      ['--help', 'config'],
    ]) {
      const request = readCommandLine(words, VERBS);
      assert.ok('asks' in request && request.verb?.name === 'config', words.join(' '));
    }
    const request = readCommandLine(['help', 'add', 'machine'], VERBS);
    assert.ok('asks' in request && request.verb?.name === 'add machine');
    assert.deepEqual(readCommandLine(['--version'], VERBS), { asks: 'version' });
  });

  test('that is wrong is refused with its cure', () => {
    const cases: readonly (readonly [words: string, code: string, help: RegExp])[] = [
      ['confg pi', 'unknown-verb', /did you mean: wg-router config/],
      ['add', 'verb-missing', /add machine, wg-router add host/],
      ['add thing', 'unknown-verb', /add machine/],
      ['config pi --outptu x', 'unknown-option', /--output/],
      ['--nonsense', 'unknown-option', /behind it/],
      ['config pi -q', 'unknown-option', /config --help/],
      ['config --output', 'value-missing', /usage/],
      ['config --output --qr', 'value-missing', /usage/],
      ['config --output=', 'value-missing', /usage/],
      ['config --qr=yes', 'value-unexpected', /usage/],
      ['config --output a --output b', 'option-repeated', /usage/],
      ['add machine', 'argument-missing', /add machine NAME/],
      ['add host nas', 'argument-missing', /ADDRESS…/],
      ['config a b', 'argument-surplus', /usage/],
      ['add machine pi --lan ,', 'value-missing', /usage/],
    ];
    for (const [words, code, help] of cases) {
      const error = refused(...words.split(' '));
      assert.equal(error.code, code, words);
      assert.match(error.help.join('\n'), help, words);
      assert.match(error.message, /^Cannot /);
    }
    assert.equal(refused('config', '').code, 'argument-empty');
  });
});
