/**
 * Help, from the table of verbs.
 */

import type { Paint } from '../terminal/paint.ts';
import { table } from '../terminal/table.ts';
import { folded } from '../terminal/width.ts';
import type { Option, Verb } from '../verb.ts';
import { usageOf } from './arguments.ts';
import { GLOBAL_OPTIONS } from './globals.ts';

const WIDTH = 80;

/** `wg-router --help`. */
export function generalHelp(verbs: readonly Verb[], paint: Paint): string {
  const shown = verbs.filter((verb) => !verb.isHidden);
  return lines([
    `${paint('bold', 'wg-router')}: a machine with a public address routes for all others`,
    '',
    'usage: wg-router VERB [options]',
    '',
    paint('bold', 'Verbs'),
    ...table(
      shown.map((verb) => [paint('name', verb.name), verb.summary]),
      '  ',
    ),
    '',
    paint('bold', 'Begin'),
    ...table(
      [
        ['wg-router init', 'a first network.yaml'],
        ['wg-router up', 'run the router'],
        ['wg-router add machine phone --platform android', 'describe a machine'],
        ['wg-router config phone --qr', 'and hand it its configuration'],
      ],
      '  ',
    ),
    '',
    paint('bold', 'Options of every verb'),
    ...optionLines(GLOBAL_OPTIONS, paint),
    '',
    'Exit codes: 0 good, 1 the answer is no, 2 the machine said no.',
    'wg-router VERB --help says more.',
  ]);
}

/** `wg-router VERB --help`. */
export function verbHelp(verb: Verb, paint: Paint): string {
  return lines([
    `${paint('bold', `wg-router ${verb.name}`)}: ${verb.summary}`,
    '',
    `usage: ${usageOf(verb)}`,
    ...verb.about.flatMap((paragraph) => ['', ...folded(paragraph, WIDTH)]),
    ...(verb.options.length === 0 ? [] : ['', paint('bold', 'Options'), ...optionLines(verb.options, paint)]),
    '',
    paint('bold', 'Options of every verb'),
    ...optionLines(GLOBAL_OPTIONS, paint),
    '',
    paint('bold', verb.examples.length === 1 ? 'Example' : 'Examples'),
    ...verb.examples.flatMap(({ command, what }) => [
      ...command.split('\n').map((line) => `  ${line}`),
      ...folded(what, WIDTH - 6).map((each) => paint('dim', `      ${each}`)),
    ]),
  ]);
}

/** `--output FILE`. */
export function optionText({ name, value, isList }: Option): string {
  return `--${name}${value === undefined ? '' : ` ${value}${isList ? '…' : ''}`}`;
}

function optionLines(options: readonly Option[], paint: Paint): string[] {
  const width = Math.max(...options.map((option) => optionText(option).length));
  return options.flatMap((option) => {
    const name = optionText(option);
    const [first = '', ...rest] = folded(option.summary, WIDTH - width - 4);
    return [
      `  ${paint('name', name)}${' '.repeat(width - name.length)}  ${first}`.trimEnd(),
      ...rest.map((each) => `${' '.repeat(width + 4)}${each}`),
    ];
  });
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
