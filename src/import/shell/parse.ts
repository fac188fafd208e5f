/**
 * Text of the shell to a tree: lists, pipelines, groups, if, for, while, functions. Not: case, here-documents, arithmetic,
 * arrays; a script that has one is not understood as a whole.
 */

import { NotShell, type Token, tokensOf } from './lexer.ts';
import type { Command, Pipeline, Redirect, Script, Word, WordPart } from './syntax.ts';

/** Characters of one hook. */
const TEXT_AT_MOST = 16_384;

/** Commands within commands. */
const DEPTH_AT_MOST = 24;

/** The tree of `text`, or why there is none. */
export function parseShell(text: string): Script | string {
  if (text.length > TEXT_AT_MOST) return `it has more than ${TEXT_AT_MOST} characters`;
  try {
    return parse(text, 0);
  } catch (error) {
    if (error instanceof NotShell) return error.message;
    throw error;
  }
}

function parse(text: string, depth: number): Script {
  const parser = new Parser(text, tokensOf(text, parse, depth));
  return parser.script();
}

const RESERVED = new Set([
  'if',
  'then',
  'elif',
  'else',
  'fi',
  'for',
  'in',
  'while',
  'until',
  'do',
  'done',
  '{',
  '}',
  '!',
]);
const ENDS = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', '}']);

class Parser {
  private at = 0;
  private depth = 0;
  private readonly text: string;
  private readonly tokens: readonly Token[];

  constructor(text: string, tokens: readonly Token[]) {
    this.text = text;
    this.tokens = tokens;
  }

  script(): Script {
    const list = this.list();
    if (this.at < this.tokens.length) throw new NotShell(`it does not end where it should`);
    return list;
  }

  /** Pipelines up to a word that ends the construct around them. */
  private list(): Script {
    if (++this.depth > DEPTH_AT_MOST) throw new NotShell('commands lie too deep in each other');
    const list: { when: 'always' | 'and' | 'or'; pipeline: Pipeline }[] = [];
    let when: 'always' | 'and' | 'or' = 'always';
    for (;;) {
      while (this.isOperator(';', '&', '\n')) this.at++;
      if (this.at >= this.tokens.length || this.isOperator(')') || ENDS.has(this.reserved() ?? '')) break;
      list.push({ when, pipeline: this.pipeline() });
      when = this.isOperator('&&') ? 'and' : this.isOperator('||') ? 'or' : 'always';
      if (when !== 'always') {
        this.at++;
        while (this.isOperator('\n')) this.at++;
      } else if (
        this.at < this.tokens.length &&
        !this.isOperator(';', '&', '\n', ')') &&
        !ENDS.has(this.reserved() ?? '')
      ) {
        throw new NotShell('something stands where a command should end');
      }
    }
    this.depth--;
    return list;
  }

  private pipeline(): Pipeline {
    let isNegated = false;
    while (this.reserved() === '!') {
      isNegated = !isNegated;
      this.at++;
    }
    const commands = [this.command()];
    while (this.isOperator('|')) {
      this.at++;
      commands.push(this.command());
    }
    return { isNegated, commands };
  }

  private command(): Command {
    switch (this.reserved()) {
      case '{': {
        this.at++;
        const body = this.list();
        this.expect('}');
        return this.withRedirects({ kind: 'group', body });
      }
      case 'if':
        return this.withRedirects(this.conditional());
      case 'for':
        return this.withRedirects(this.loop());
      case 'while':
      case 'until': {
        const isUntil = this.reserved() === 'until';
        this.at++;
        const condition = this.list();
        return this.withRedirects({ kind: 'while', condition, body: this.doBody(), isUntil });
      }
    }
    if (this.isOperator('(')) {
      this.at++;
      const body = this.list();
      if (!this.isOperator(')')) throw new NotShell('a parenthesis is not closed');
      this.at++;
      return this.withRedirects({ kind: 'group', body });
    }
    if (this.isFunction()) {
      const name = literalOf(this.wordAt(this.at))!;
      this.at += 3;
      while (this.isOperator('\n')) this.at++;
      return { kind: 'function', name, body: this.command() };
    }
    return this.simple();
  }

  private conditional(): Command {
    const branches: { condition: Script; body: Script }[] = [];
    do {
      this.at++;
      const condition = this.list();
      this.expect('then');
      branches.push({ condition, body: this.list() });
    } while (this.reserved() === 'elif');
    if (this.reserved() === 'else') {
      this.at++;
      branches.push({ condition: [], body: this.list() });
    }
    this.expect('fi');
    return { kind: 'if', branches };
  }

  private loop(): Command {
    const name = literalOf(this.wordAt(this.at + 1));
    if (name === null || this.reserved(this.at + 2) !== 'in') throw new NotShell('a loop has no list');
    this.at += 3;
    const words: Word[] = [];
    while (this.tokens[this.at]?.kind === 'word') words.push(this.takeWord());
    return { kind: 'for', name, words, body: this.doBody() };
  }

  private doBody(): Script {
    while (this.isOperator(';', '\n')) this.at++;
    this.expect('do');
    const body = this.list();
    this.expect('done');
    return body;
  }

  private simple(): Command {
    const start = this.tokens[this.at]?.start ?? 0;
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      const token = this.tokens[this.at];
      if (token?.kind === 'redirect') redirects.push(this.redirect());
      else if (token?.kind === 'word') {
        const assignment = words.length === 0 ? assignmentOf(token.parts) : null;
        if (assignment) assignments.push(assignment);
        else words.push(token.parts);
        this.at++;
      } else break;
    }
    if (assignments.length + words.length + redirects.length === 0) throw new NotShell('a command is missing');
    const first = literalOf(words[0]);
    if (first === 'case' || first === 'function' || first === 'select')
      throw new NotShell(`"${first}" is not read here`);
    const end = this.tokens[this.at - 1]!.end;
    return { kind: 'simple', assignments, words, redirects, text: this.text.slice(start, end) };
  }

  private redirect(): Redirect {
    const token = this.tokens[this.at++] as Extract<Token, { kind: 'redirect' }>;
    if (token.text === '<<') throw new NotShell('here-documents are not read here');
    const target = this.takeWord();
    const kind = token.text === '&>' || token.text === '>|' ? '>' : token.text === '<&' ? '>&' : token.text;
    if (kind === '<>') throw new NotShell('files that are read and written are not read here');
    return { kind: kind as Redirect['kind'], descriptor: token.descriptor, target };
  }

  private withRedirects(command: Command): Command {
    while (this.tokens[this.at]?.kind === 'redirect') this.redirect();
    return command;
  }

  private takeWord(): Word {
    const token = this.tokens[this.at++];
    if (token?.kind !== 'word') throw new NotShell('a word is missing');
    return token.parts;
  }

  private wordAt(index: number): Word | undefined {
    const token = this.tokens[index];
    return token?.kind === 'word' ? token.parts : undefined;
  }

  private isFunction(): boolean {
    const name = literalOf(this.wordAt(this.at));
    const [open, close] = [this.tokens[this.at + 1], this.tokens[this.at + 2]];
    return (
      name !== null &&
      open?.kind === 'operator' &&
      open.text === '(' &&
      close?.kind === 'operator' &&
      close.text === ')'
    );
  }

  private isOperator(...texts: string[]): boolean {
    const token = this.tokens[this.at];
    return token?.kind === 'operator' && texts.includes(token.text);
  }

  /** The reserved word here, written plainly. */
  private reserved(index = this.at): string | null {
    const word = literalOf(this.wordAt(index));
    return word !== null && RESERVED.has(word) ? word : null;
  }

  private expect(word: string): void {
    if (this.reserved() !== word) throw new NotShell(`"${word}" is missing`);
    this.at++;
  }
}

/** The text of a word without quotes and expansions. */
function literalOf(word: Word | undefined): string | null {
  if (word?.length !== 1) return null;
  const [part] = word;
  return part?.kind === 'text' && !part.isQuoted ? part.text : null;
}

function assignmentOf(word: Word): { name: string; value: Word } | null {
  const [first, ...rest] = word;
  if (first?.kind !== 'text' || first.isQuoted) return null;
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(first.text);
  if (match === null) return null;
  const own: WordPart[] = match[2] === '' ? [] : [{ kind: 'text', text: match[2]!, isQuoted: false }];
  return { name: match[1]!, value: [...own, ...rest] };
}
