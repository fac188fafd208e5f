/**
 * Text of the shell to tokens (POSIX.1-2024, Shell Command Language, 2.3): words with their quotes and expansions, and
 * operators.
 */

import type { Script, WordPart } from './syntax.ts';

export type Token =
  | { readonly kind: 'word'; readonly parts: readonly WordPart[]; readonly start: number; readonly end: number }
  | { readonly kind: 'operator'; readonly text: string; readonly start: number; readonly end: number }
  | {
      readonly kind: 'redirect';
      readonly text: string;
      readonly descriptor: number;
      readonly start: number;
      readonly end: number;
    };

/** Thrown inside of this folder only: text that is no shell, or more of it than is read. */
export class NotShell extends Error {}

const OPERATORS = ['&&', '||', ';;', ';', '&', '|', '(', ')', '\n'];
const REDIRECTS = ['<<<', '>>', '>&', '<&', '&>', '>|', '<>', '<<', '>', '<'];

/** Substitutions within substitutions. */
const DEPTH_AT_MOST = 8;

/** `parse` reads what stands in a substitution. */
export function tokensOf(text: string, parse: (text: string, depth: number) => Script, depth: number): Token[] {
  if (depth > DEPTH_AT_MOST) throw new NotShell('substitutions lie too deep in each other');
  const lexer = new Lexer(text, parse, depth);
  return lexer.tokens();
}

class Lexer {
  private at = 0;
  private readonly text: string;
  private readonly parse: (text: string, depth: number) => Script;
  private readonly depth: number;

  constructor(text: string, parse: (text: string, depth: number) => Script, depth: number) {
    this.text = text;
    this.parse = parse;
    this.depth = depth;
  }

  tokens(): Token[] {
    const tokens: Token[] = [];
    for (;;) {
      this.skipBlanks();
      if (this.at >= this.text.length) return tokens;
      tokens.push(this.redirect() ?? this.operator() ?? this.word());
    }
  }

  private skipBlanks(): void {
    for (;;) {
      const character = this.text[this.at];
      if (character === ' ' || character === '\t' || character === '\r') this.at++;
      else if (character === '\\' && this.text[this.at + 1] === '\n') this.at += 2;
      else if (character === '#') {
        const end = this.text.indexOf('\n', this.at);
        this.at = end < 0 ? this.text.length : end;
      } else return;
    }
  }

  private redirect(): Token | null {
    const start = this.at;
    let digits = start;
    while (isDigit(this.text[digits])) digits++;
    const found = REDIRECTS.find((each) => this.text.startsWith(each, digits));
    if (found === undefined || (found === '&>' && digits > start)) return null;
    // `<(…)` and `>(…)` are words.
    if ((found === '<' || found === '>') && this.text[digits + 1] === '(') return null;
    this.at = digits + found.length;
    const isInput = found.startsWith('<');
    const descriptor = digits > start ? Number(this.text.slice(start, digits)) : isInput ? 0 : 1;
    return { kind: 'redirect', text: found, descriptor, start, end: this.at };
  }

  private operator(): Token | null {
    const found = OPERATORS.find((each) => this.text.startsWith(each, this.at));
    if (found === undefined) return null;
    const start = this.at;
    this.at += found.length;
    return { kind: 'operator', text: found, start, end: this.at };
  }

  private word(): Token {
    const start = this.at;
    const parts: WordPart[] = [];
    while (this.at < this.text.length && !/[\s;&|()<>]/.test(this.text[this.at]!)) this.piece(parts, false);
    if ((this.text[this.at] === '<' || this.text[this.at] === '>') && this.text[this.at + 1] === '(') {
      this.at++;
      this.balanced();
      parts.push({ kind: 'unknown' });
    }
    if (this.at === start) throw new NotShell('a word cannot begin so');
    return { kind: 'word', parts, start, end: this.at };
  }

  private piece(parts: WordPart[], isQuoted: boolean): void {
    const character = this.text[this.at]!;
    if (character === "'" && !isQuoted) {
      const end = this.text.indexOf("'", this.at + 1);
      if (end < 0) throw new NotShell('a quote is not closed');
      parts.push({ kind: 'text', text: this.text.slice(this.at + 1, end), isQuoted: true });
      this.at = end + 1;
    } else if (character === '"' && !isQuoted) {
      this.at++;
      const before = parts.length;
      while (this.text[this.at] !== '"') {
        if (this.at >= this.text.length) throw new NotShell('a quote is not closed');
        this.piece(parts, true);
      }
      if (parts.length === before) parts.push({ kind: 'text', text: '', isQuoted: true });
      this.at++;
    } else if (character === '\\') {
      const next = this.text[this.at + 1] ?? '';
      // Within double quotes only these are escaped; elsewhere everything.
      const isEscape = !isQuoted || '$`"\\\n'.includes(next);
      const text = next === '\n' ? '' : isEscape ? next : `\\${next}`;
      addText(parts, text, true);
      this.at += 2;
    } else if (character === '$') this.dollar(parts, isQuoted);
    else if (character === '`') {
      const end = this.text.indexOf('`', this.at + 1);
      if (end < 0) throw new NotShell('a backquote is not closed');
      const body = this.parse(this.text.slice(this.at + 1, end), this.depth + 1);
      parts.push({ kind: 'substitution', body, isQuoted });
      this.at = end + 1;
    } else {
      const stop = isQuoted ? /["\\$`]/g : /[\s;&|()<>'"\\$`]/g;
      stop.lastIndex = this.at + 1;
      const end = stop.exec(this.text)?.index ?? this.text.length;
      addText(parts, this.text.slice(this.at, end), isQuoted);
      this.at = end;
    }
  }

  private dollar(parts: WordPart[], isQuoted: boolean): void {
    const rest = this.text.slice(this.at + 1, this.at + 130);
    if (rest.startsWith('((')) {
      this.at++;
      this.balanced();
      parts.push({ kind: 'unknown' });
    } else if (rest.startsWith('(')) {
      this.at++;
      const inner = this.balanced();
      parts.push({ kind: 'substitution', body: this.parse(inner, this.depth + 1), isQuoted });
    } else if (rest.startsWith('{')) {
      const end = this.text.indexOf('}', this.at);
      const inner = end < 0 ? '' : this.text.slice(this.at + 2, end);
      const match = /^([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?])(.*)$/s.exec(inner);
      if (match === null) throw new NotShell('an expansion is not closed');
      parts.push({ kind: 'variable', name: match[1]!, operation: match[2]!, isQuoted });
      this.at = end + 1;
    } else {
      const match = /^([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!])/.exec(rest);
      if (match) parts.push({ kind: 'variable', name: match[1]!, operation: '', isQuoted });
      else addText(parts, '$', isQuoted);
      this.at += 1 + (match === null ? 0 : match[1]!.length);
    }
  }

  /** What stands between the parenthesis here and the one that closes it; quotes are stepped over. */
  private balanced(): string {
    const start = this.at + 1;
    let open = 0;
    while (this.at < this.text.length) {
      const character = this.text[this.at++]!;
      if (character === '(') open++;
      else if (character === ')' && --open === 0) return this.text.slice(start, this.at - 1);
      else if (character === '\\') this.at++;
      else if (character === "'" || character === '"') this.skipQuoted(character);
    }
    throw new NotShell('a parenthesis is not closed');
  }

  private skipQuoted(quote: string): void {
    while (this.at < this.text.length) {
      const character = this.text[this.at++]!;
      if (character === quote) return;
      if (character === '\\' && quote === '"') this.at++;
      else if (character === '$' && quote === '"' && this.text[this.at] === '(') this.balanced();
    }
  }
}

function addText(parts: WordPart[], text: string, isQuoted: boolean): void {
  if (text !== '') parts.push({ kind: 'text', text, isQuoted });
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}
