import assert from 'node:assert/strict';
import test from 'node:test';
import type { Diagnostic } from './diagnostic.ts';
import { formatDiagnostics } from './print-diagnostics.ts';

function at(line: number, column: number, endColumn: number, more: Partial<Diagnostic> = {}): Diagnostic {
  const place = { file: 'office.yaml', line, column, endColumn };
  return {
    code: 'some-code',
    severity: 'error',
    place,
    message: 'Cannot do it: no reason',
    notes: [],
    help: [],
    ...more,
  };
}

function caretLines(text: string, diagnostic: Diagnostic): string[] {
  return formatDiagnostics([diagnostic], text, { colour: false }).split('\n').slice(1, 3);
}

test('place, code, message, line with caret, notes, help', () => {
  const text = `${'\n'.repeat(30)}    prefixes: [10.20.0.0/16]\n`;
  const place = { file: 'office.yaml', line: 12, column: 10, endColumn: 11 };
  const diagnostic = at(31, 16, 28, {
    code: 'prefix-overlap',
    message: 'Cannot give 10.20.0.0/16 to LAN "lyon": it contains 10.20.4.0/22 of LAN "turin"',
    notes: [{ place, message: '"turin" takes 10.20.4.0/22 here' }],
    help: ['narrow the prefix', 'or use `seen-as:`'],
  });
  assert.equal(
    formatDiagnostics([diagnostic], text, { colour: false }),
    `office.yaml:31:16: error[prefix-overlap]: Cannot give 10.20.0.0/16 to LAN "lyon": it contains 10.20.4.0/22 of LAN "turin"
  31 |     prefixes: [10.20.0.0/16]
     |                ^^^^^^^^^^^^
office.yaml:12:10: note: "turin" takes 10.20.4.0/22 here
help: narrow the prefix
help: or use \`seen-as:\`
`,
  );
});

test('none give nothing, several stand an empty line apart, and what is beyond the limit is counted', () => {
  assert.equal(formatDiagnostics([], 'a: b\n', { colour: false }), '');
  const many = Array.from({ length: 12 }, () => at(1, 1, 2));
  const said = formatDiagnostics(many, 'a: b\n', { colour: false, limit: 10 });
  assert.equal(said.match(/error\[some-code\]/g)?.length, 10);
  assert.ok(said.includes('^\n\noffice.yaml'));
  assert.ok(said.endsWith('\n\n… and 2 more errors\n'));
  assert.ok(
    formatDiagnostics([at(1, 1, 2), at(1, 1, 2, { severity: 'warning' })], '', { colour: false, limit: 1 }).endsWith(
      '… and 1 more warning\n',
    ),
  );
});

test('the caret stands under its text behind tabs, wide characters, marks and emoji', () => {
  assert.deepEqual(caretLines('\tname: x', at(1, 8, 9)), ['   1 |     name: x', '     |           ^']);
  assert.deepEqual(caretLines('a\tb: x', at(1, 6, 7)), ['   1 | a   b: x', '     |        ^']);
  assert.deepEqual(caretLines('漢字: x', at(1, 5, 6)), ['   1 | 漢字: x', '     |       ^']);
  assert.deepEqual(caretLines('漢字: x', at(1, 1, 3)), ['   1 | 漢字: x', '     | ^^^^']);
  assert.deepEqual(caretLines('e\u0301: x', at(1, 5, 6)), ['   1 | e\u0301: x', '     |    ^']);
  assert.deepEqual(caretLines('😀: x', at(1, 5, 6)), ['   1 | 😀: x', '     |     ^']);
});

test('a byte order mark and a carriage return are not shown and move nothing', () => {
  assert.deepEqual(caretLines('\ufeffname: x\r\nb: c\r\n', at(1, 7, 8)), ['   1 | name: x', '     |       ^']);
});

test('of a long line the part around the caret is shown', () => {
  const [line, caret] = caretLines(`${'a'.repeat(5000)}HERE${'b'.repeat(5000)}`, at(1, 5001, 5005));
  assert.ok(line!.length < 200 && line!.includes('…') && line!.endsWith('…'));
  assert.equal(line!.slice(caret!.indexOf('^'), caret!.lastIndexOf('^') + 1), 'HERE');
});

test('a place behind the text has no excerpt, one behind its line points to the end', () => {
  assert.equal(formatDiagnostics([at(9, 1, 2)], 'a: b\n', { colour: false }).split('\n').length, 2);
  assert.deepEqual(caretLines('a: b', at(1, 5, 6)), ['   1 | a: b', '     |     ^']);
});

test('control characters reach the terminal as pictures only', () => {
  const hostile = at(1, 1, 2, { message: 'Cannot use "\u001b[2J\u202e"', help: ['\u0007'] });
  const said = formatDiagnostics([hostile], 'a: \u001b]0;x\u0007\u009b', { colour: false });
  assert.doesNotMatch(said, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  assert.ok(said.includes('␛]0;x␇�'));
});

test('keys are dots, public ones apart, even where a long line is cut', () => {
  const key = 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=';
  const shown = (text: string, column = 1) => caretLines(text, at(1, column, column + 1))[0]!;
  assert.ok(!shown(`private-key: ${key}`).includes('yAnz'));
  assert.ok(!shown(`psk: "hunter2", x: y`).includes('hunter2'));
  assert.ok(!shown(`note: my key is ${key}`).includes('yAnz'));
  assert.ok(!shown(`PrivateKey = ${key.slice(0, 42)}`).includes('yAnz'));
  assert.ok(!shown(`x: ${'0123456789abcdef'.repeat(4)}`).includes('0123'));
  assert.ok(shown(`public-key: ${key}`).includes(key));
  assert.ok(shown(`{public-key: "${key}", platform: ios}`).includes(key));
  for (let before = 60; before < 120; before++)
    assert.doesNotMatch(
      shown(
        `${'a '.repeat(200)}private-key: ${key}${' '.repeat(before)}HERE${' b'.repeat(200)}`,
        400 + 13 + 44 + before + 1,
      ),
      /fBmk|yAnz|3fBm/,
    );
  const said = formatDiagnostics([at(1, 1, 2, { message: `Cannot use "${key}"`, help: [key] })], '', { colour: false });
  assert.ok(!said.includes('yAnz'));
});

test('colour marks kinds and nothing else', () => {
  const plain = formatDiagnostics([at(1, 1, 2, { help: ['x'] })], 'a: b', { colour: false });
  const painted = formatDiagnostics([at(1, 1, 2, { help: ['x'] })], 'a: b', { colour: true });
  assert.ok(painted.includes('\u001b[1;31merror[some-code]\u001b[0m'));
  assert.equal(painted.replaceAll(/\u001b\[[0-9;]*m/g, ''), plain);
});
