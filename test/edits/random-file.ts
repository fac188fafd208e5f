/**
 * A model written as YAML in a random style: block and flow, every kind of quote, comments everywhere, deep or shallow
 * indentation, LF or CRLF, with or without byte order mark and final line break.
 *
 * Each line knows which part of the model it says, so that a test can tell which lines an edit may touch.
 */

import type { MapModel, Model } from './model.ts';
import type { Random } from './random.ts';

export interface WrittenLine {
  /** Words from the root, joined by `/`; elements of lists by number. A comment's is the entry that it stands in. */
  readonly path: string;
  /** Whether all that lies under `path` stands on this line, or on this and its neighbours. */
  readonly isWhole: boolean;
  readonly text: string;
}

export interface WrittenFile {
  readonly text: string;
  readonly lines: readonly WrittenLine[];
}

interface Style {
  readonly random: Random;
  readonly step: number;
  readonly listStep: number;
  readonly comments: number;
  readonly flow: number;
  readonly explicitKeys: number;
  comment: number;
}

export function randomFile(model: MapModel, random: Random): WrittenFile {
  const step = random.pick([2, 2, 4, 3]);
  const style: Style = {
    random,
    step,
    listStep: random.pick([0, step]),
    comments: random.pick([0, 0.1, 0.3]),
    flow: random.pick([0, 0.3, 0.8]),
    explicitKeys: random.pick([0, 0, 0.1]),
    comment: 0,
  };
  const lines: WrittenLine[] = [];
  if (random.chance(0.2)) lines.push({ path: '', isWhole: false, text: '# The network' });
  if (random.chance(0.2)) lines.push({ path: '', isWhole: false, text: '---' });
  if (random.chance(0.05)) lines.push({ path: '', isWhole: true, text: flow(model, style) });
  else lines.push(...blockMap(model, '', 0, style));
  if (random.chance(0.2))
    lines.push({ path: '', isWhole: false, text: '' }, { path: '', isWhole: false, text: '# the end' });
  const newline = random.chance(0.2) ? '\r\n' : '\n';
  const body = lines.map(({ text }) => text).join(newline);
  return { text: `${random.chance(0.1) ? '\ufeff' : ''}${body}${random.chance(0.85) ? newline : ''}`, lines };
}

function blockMap(map: MapModel, path: string, column: number, style: Style): WrittenLine[] {
  const { random } = style;
  const lines: WrittenLine[] = [];
  for (const [word, value] of map) {
    const inner = path === '' ? word : `${path}/${word}`;
    if (path === '' && random.chance(0.4)) lines.push({ path, isWhole: false, text: '' });
    if (random.chance(style.comments)) lines.push(commentLine(path, column, style));
    lines.push(...blockPair(word, value, inner, column, style));
    // Behind a literal text it would be part of it.
    const isLiteral = lines.at(-1)!.text.startsWith(' '.repeat(column + style.step)) && typeof value === 'string';
    if (!isLiteral && random.chance(style.comments / 2)) lines.push(commentLine(inner, column + style.step, style));
  }
  return lines;
}

function blockPair(word: string, value: Model, path: string, column: number, style: Style): WrittenLine[] {
  const { random } = style;
  const explicit = random.chance(style.explicitKeys);
  const key = scalar(word, style, false);
  const start = `${' '.repeat(column)}${explicit ? `? ${key}` : `${key}:`}`;
  const open: WrittenLine[] = explicit ? [{ path, isWhole: false, text: start }] : [];
  const lead = explicit ? `${' '.repeat(column)}:` : start;
  const isEmpty = value === null || (value instanceof Map && value.size === 0);
  if (isEmpty)
    return [...open, { path, isWhole: true, text: `${lead}${random.chance(0.5) ? '' : ' {}'}${trailing(style)}` }];
  if (typeof value === 'string') {
    if (value.includes('\n') && random.chance(0.5)) return [...open, ...literal(value, lead, path, column, style)];
    return [...open, { path, isWhole: true, text: `${lead} ${scalar(value, style, false)}${trailing(style)}` }];
  }
  if (random.chance(style.flow) || (Array.isArray(value) && value.length === 0))
    return [...open, ...flowLines(value, lead, path, column, style)];
  const first: WrittenLine = { path, isWhole: false, text: `${lead}${trailing(style)}` };
  if (value instanceof Map) return [...open, first, ...blockMap(value, path, column + style.step, style)];
  return [...open, first, ...blockList(value, path, column + style.listStep, style)];
}

function blockList(list: readonly Model[], path: string, column: number, style: Style): WrittenLine[] {
  const { random } = style;
  return list.flatMap((element, i) => {
    const inner = `${path}/${i}`;
    const before = random.chance(style.comments) ? [commentLine(path, column, style)] : [];
    const dash = `${' '.repeat(column)}-`;
    if (element instanceof Map && random.chance(0.5)) {
      const lines = blockMap(element, inner, column + 2, { ...style, comments: 0, explicitKeys: 0 }).filter(
        ({ text }) => text !== '',
      );
      const [first, ...rest] = lines;
      return [...before, { ...first!, text: `${dash} ${first!.text.trimStart()}` }, ...rest];
    }
    const text = typeof element === 'string' ? scalar(element, style, false) : flow(element, style);
    return [...before, { path: inner, isWhole: true, text: `${dash} ${text}${trailing(style)}` }];
  });
}

/** A flow collection on one line, or with a line for each item. */
function flowLines(value: Model[] | MapModel, lead: string, path: string, column: number, style: Style): WrittenLine[] {
  const { random } = style;
  if (random.chance(0.7)) return [{ path, isWhole: true, text: `${lead} ${flow(value, style)}${trailing(style)}` }];
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const items = flowItems(value, style);
  const indent = ' '.repeat(column + style.step + 1);
  const lines = items.map((item, i) => {
    const comma = i < items.length - 1 || random.chance(0.3) ? ',' : '';
    return { path, isWhole: true, text: `${indent}${item}${comma}${trailing(style)}` };
  });
  return [
    { path, isWhole: true, text: `${lead} ${open}${trailing(style)}` },
    ...lines,
    { path, isWhole: true, text: `${' '.repeat(column + 1)}${close}${trailing(style)}` },
  ];
}

function flow(value: Model, style: Style): string {
  const { random } = style;
  if (value === null) return '{}';
  if (typeof value === 'string') return scalar(value, style, true);
  const space = random.chance(0.2) ? ' ' : '';
  const comma = random.chance(0.1) && (Array.isArray(value) ? value.length : value.size) > 0 ? ',' : '';
  const inner = flowItems(value, style).join(random.chance(0.2) ? ' , ' : ', ');
  return Array.isArray(value) ? `[${space}${inner}${comma}${space}]` : `{${space}${inner}${comma}${space}}`;
}

function flowItems(value: Model[] | MapModel, style: Style): string[] {
  if (Array.isArray(value)) return value.map((each) => flow(each, style));
  return [...value].map(([word, each]) => {
    const key = scalar(word, style, true);
    if (each === null && style.random.chance(0.5)) return style.random.chance(0.5) ? `${key}:` : key;
    return `${key}: ${flow(each, style)}`;
  });
}

function literal(value: string, lead: string, path: string, column: number, style: Style): WrittenLine[] {
  const indent = ' '.repeat(column + style.step);
  const lines = value.replace(/\n$/, '').split('\n');
  return [`${lead} |`, ...lines.map((line) => indent + line)].map((text) => ({ path, isWhole: true, text }));
}

function scalar(text: string, style: Style, inFlow: boolean): string {
  const plain = inFlow ? /^[a-z0-9][a-z0-9./ -]*[a-z0-9]$|^[a-z0-9]$/ : /^[a-z0-9][a-z0-9./ :-]*[a-z0-9]$|^[a-z0-9]$/;
  const isPlain = plain.test(text) && !text.includes(': ');
  if (isPlain && style.random.chance(0.8)) return text;
  return style.random.chance(0.5) && !text.includes('\n') ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}

function trailing(style: Style): string {
  return style.random.chance(style.comments) ? `${style.random.pick([' ', '   '])}# ${commentText(style)}` : '';
}

function commentLine(path: string, column: number, style: Style): WrittenLine {
  return { path: `${path}#`, isWhole: false, text: `${' '.repeat(column)}# ${commentText(style)}` };
}

/** Every comment is another one, and some look like entries. */
function commentText(style: Style): string {
  return `${style.random.pick(['note', 'm9x: {platform: ios}', '- item', '[a, b]'])} ${style.comment++}`;
}
