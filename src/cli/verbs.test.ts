import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { verbsDocument } from './command-line/document.ts';
import { GLOBAL_OPTIONS } from './command-line/globals.ts';
import { generalHelp, verbHelp } from './command-line/help.ts';
import { paintWith } from './terminal/paint.ts';
import { VERBS } from './verbs.ts';

const DOCUMENT = new URL('../../docs/reference/commands.md', import.meta.url);
const BEGIN = /<!-- verbs: .* -->\n/;
const END = '<!-- end of verbs -->';
const plain = paintWith(false);

describe('the table of verbs', () => {
  test('is what docs/reference/commands.md says', () => {
    const document = readFileSync(DOCUMENT, 'utf8');
    const begin = BEGIN.exec(document)!;
    const from = begin.index + begin[0].length;
    const to = document.indexOf(END);
    assert.ok(from < to);
    const written = `\n${verbsDocument(VERBS, GLOBAL_OPTIONS)}\n\n`;
    if (process.env.UPDATE) writeFileSync(DOCUMENT, document.slice(0, from) + written + document.slice(to));
    else assert.equal(document.slice(from, to), written);
  });

  test('names each verb and each option once', () => {
    assert.equal(new Set(VERBS.map((verb) => verb.name)).size, VERBS.length);
    for (const verb of VERBS) {
      const names = [...verb.options, ...GLOBAL_OPTIONS].map((option) => option.name);
      assert.equal(new Set(names).size, names.length, verb.name);
    }
  });

  test('has an example for each verb, and examples that begin with the verb', () => {
    for (const verb of VERBS) {
      assert.ok(verb.examples.length > 0, verb.name);
      for (const { command } of verb.examples) assert.ok(command.includes(`wg-router ${verb.name}`), command);
    }
  });

  test('puts what is optional or a list last', () => {
    for (const { name, positionals } of VERBS) {
      const lastNeeded = positionals.findLastIndex((each) => !each.isOptional);
      const firstOptional = positionals.findIndex((each) => each.isOptional);
      assert.ok(firstOptional < 0 || lastNeeded < firstOptional, name);
      assert.ok(
        positionals.slice(0, -1).every((each) => !each.isList),
        name,
      );
    }
  });

  test('gives help that fits 80 columns and names every verb and option', () => {
    const general = generalHelp(VERBS, plain);
    for (const verb of VERBS) {
      assert.ok(general.includes(`  ${verb.name} `), verb.name);
      const help = verbHelp(verb, plain);
      for (const option of [...verb.options, ...GLOBAL_OPTIONS]) assert.ok(help.includes(`--${option.name}`));
      for (const line of `${general}${help}`.split('\n')) assert.ok(line.length <= 80, line);
    }
  });
});
