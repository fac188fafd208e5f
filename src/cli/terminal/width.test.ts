import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { table } from './table.ts';
import { folded, textWidth, wrapped } from './width.ts';

describe('text on a terminal', () => {
  test('is as wide as it looks: wide characters are two, colours nothing', () => {
    assert.equal(textWidth('phone'), 5);
    assert.equal(textWidth('\u001b[36mphone\u001b[0m'), 5);
    assert.equal(textWidth('電話'), 4);
  });

  test('folds between words and loses none', () => {
    assert.deepEqual(folded('one two three', 8), ['one two', 'three']);
    assert.deepEqual(folded('a-very-long-word x', 5), ['a-very-long-word', 'x']);
    assert.deepEqual(folded('all on one line', Number.POSITIVE_INFINITY), ['all on one line']);
  });

  test('wraps anywhere, so that the pieces are the text again', () => {
    assert.deepEqual(wrapped('abcdef', 4), ['abcd', 'ef']);
    assert.deepEqual(wrapped('', 4), ['']);
    assert.deepEqual(wrapped('電話番号', 5), ['電話', '番号']);
    assert.deepEqual(wrapped('電', 1), ['電']);
  });

  test('stands in columns, and empty columns vanish', () => {
    assert.deepEqual(
      table(
        [
          ['a', '', '\u001b[1mlong\u001b[0m', 'x'],
          ['bb', '', 's', ''],
        ],
        '  ',
      ),
      ['  a   \u001b[1mlong\u001b[0m  x', '  bb  s'],
    );
    assert.deepEqual(table([]), []);
  });
});
