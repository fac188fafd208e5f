import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { blockLines, flowText, type Pair, scalarText, scalarTextLike } from './scalar-text.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'a1 :#-\'"{}[],&*!|>%@`?\n\t\\.~='.split('')) }),
  fc.constantFrom(
    'null',
    'true',
    '~',
    '',
    'fd4c:91b7:2ae0::',
    '::1',
    '- a',
    'a: b',
    'a #b',
    '10.66.0.1:51820',
    '---',
    '...',
    ' a',
    'a ',
    '0x10',
    '\u0085',
    '\u2028',
    '\ufeff',
  ),
);

test('any text reads back as itself, in block and in flow style, whatever quotes stood there', () => {
  fc.assert(
    fc.property(
      anyText,
      fc.constantFrom(undefined, 'PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL'),
      (text, style) => {
        const asText = (value: unknown) => (typeof value === 'number' ? text : value);
        assert.equal(asText(parse(`a: ${scalarText(text, false)} # c`).a), text);
        assert.equal(asText(parse(`{a: ${scalarText(text, true)}, b: [${scalarText(text, true)}]}`).a), text);
        assert.equal(asText(parse(`a: ${scalarTextLike(style, text, false)}\n`).a), text);
        const [key] = parse(`${scalarText(text, false)}: 1`, { mapAsMap: true }).keys();
        assert.equal(asText(key), text);
      },
    ),
    { numRuns: 2000 },
  );
});

test('what people write without quotes has none', () => {
  assert.equal(scalarText('192.168.1.0/24', true), '192.168.1.0/24');
  assert.equal(scalarText('vpn.example.net:51820', false), 'vpn.example.net:51820');
  assert.equal(scalarText('vpn.example.net:51820', true), '"vpn.example.net:51820"');
  assert.equal(scalarText('fd4c:91b7:2ae0::1', true), '"fd4c:91b7:2ae0::1"');
  assert.equal(scalarText('my phone', false), 'my phone');
  assert.equal(
    scalarText('yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=', true),
    'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=',
  );
});

test('block lines and flow text say the same', () => {
  const pairs: Pair[] = [
    [
      'pi',
      {
        pairs: [
          ['platform', 'linux'],
          ['address', ['10.66.0.3', 'fd4c::3']],
          ['note', 'a: b'],
          ['hosts', { pairs: [['nas', []]] }],
        ],
      },
    ],
    ['phone', { pairs: [] }],
  ];
  assert.deepEqual(parse(blockLines(pairs, 2, 4).join('\n')), { ...parse(flowText({ pairs })), phone: null });
});
