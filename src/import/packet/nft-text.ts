/**
 * nft's language: tables as `nft list ruleset` prints them, and commands as `nft add rule …` takes them, put into the
 * tables of a machine.
 */

import type { UnknownFact } from '../../plan/plan.ts';
import type { Complaints } from '../text/complaints.ts';
import { at, type Line, placeOf } from '../text/part.ts';
import { shown } from '../text/quote.ts';
import { chainKind, familyOfTable, isHook, readPriority } from './nft-meaning.ts';
import { readNftRule } from './nft-statements.ts';
import { NEWLINE, type NftToken, nftTokens } from './nft-tokens.ts';
import { concernsOf } from './outcome.ts';
import type { Chain, Table } from './ruleset.ts';

/** Sets of a table: elements as text. */
export type NftSets = Map<string, readonly string[]>;

const ALL: readonly UnknownFact[] = ['input-filter', 'forward-filter', 'translations'];

/**
 * Reads commands and tables into `tables`. Whether all of it was tables, as a listing is, decides nothing here.
 */
export function readNftText(lines: Iterable<Line>, tables: Map<string, Table>, complaints: Complaints): void {
  const { tokens, endedAt } = nftTokens(lines);
  if (endedAt) complaints.notUnderstood(placeOf(endedAt), 'cannot read so many words', ALL);
  const reader = new Reader(tokens, tables, complaints);
  reader.run();
}

class Reader {
  private at = 0;
  private readonly tokens: readonly NftToken[];
  private readonly tables: Map<string, Table>;
  private readonly complaints: Complaints;
  private readonly sets = new Map<Table, NftSets>();

  constructor(tokens: readonly NftToken[], tables: Map<string, Table>, complaints: Complaints) {
    this.tokens = tokens;
    this.tables = tables;
    this.complaints = complaints;
  }

  run(): void {
    while (this.at < this.tokens.length) {
      if (this.is(NEWLINE, ';')) this.at++;
      else this.command();
    }
  }

  private peek(): string {
    return this.tokens[this.at]?.text ?? '';
  }

  private take(): string {
    return this.tokens[this.at++]?.text ?? '';
  }

  private is(...texts: string[]): boolean {
    const token = this.tokens[this.at];
    return token !== undefined && !token.isQuoted && texts.includes(token.text);
  }

  private command(): void {
    const start = this.at;
    const verb = this.is('add', 'create', 'insert', 'delete', 'destroy', 'flush', 'replace', 'list')
      ? this.take()
      : 'add';
    if (verb === 'list') {
      this.skipStatement();
      return;
    }
    switch (this.peek()) {
      case 'table':
        this.at++;
        this.table(verb, start);
        return;
      case 'chain':
        this.at++;
        this.chainCommand(verb, start);
        return;
      case 'rule':
        this.at++;
        this.ruleCommand(verb, start);
        return;
      case 'set':
      case 'element':
      case 'map':
      case 'counter':
        this.skipStatement();
        return;
      case 'ruleset':
        if (verb === 'flush') this.tables.clear();
        this.skipStatement();
        return;
      default:
        this.skipStatement();
        // A brace that closes nothing.
        if (this.at === start) this.at++;
        this.misunderstood(start, ALL);
    }
  }

  private table(verb: string, start: number): void {
    const table = this.namedTable();
    if (table === null) {
      this.skipStatement();
      // Tables of bridges, devices and ARP decide nothing about what is routed.
      return;
    }
    if (verb === 'delete' || verb === 'destroy') {
      this.tables.delete(keyOf(table));
      this.skipStatement();
      return;
    }
    if (verb === 'flush') {
      for (const chain of table.chains.values()) chain.rules.length = 0;
      this.skipStatement();
      return;
    }
    this.tables.set(keyOf(table), table);
    if (!this.is('{')) {
      this.skipStatement();
      return;
    }
    this.at++;
    while (this.at < this.tokens.length && !this.is('}')) {
      if (this.is(NEWLINE, ';')) this.at++;
      else if (this.is('chain')) {
        this.at++;
        this.chainBlock(table);
      } else if (this.is('set', 'map')) this.set(table);
      else this.skipStatement();
    }
    if (this.at >= this.tokens.length) this.misunderstood(start, ALL);
    this.at++;
  }

  /** `[family] name`; null for families of which nothing is routed. */
  private namedTable(): Table | null {
    const first = this.take();
    const hasFamily = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'].includes(first);
    const family = hasFamily ? first : 'ip';
    const name = hasFamily ? this.take() : first;
    const kind = familyOfTable(family);
    if (kind === null || name === '' || name === NEWLINE) return null;
    const key = `nft ${family} ${name}`;
    const there = this.tables.get(key);
    if (there) return there;
    const table: Table = {
      name: key.slice('nft '.length),
      ...(kind !== 'both' && { family: kind }),
      chains: new Map(),
    };
    return table;
  }

  private chainCommand(verb: string, start: number): void {
    const table = this.namedTable();
    if (table === null) {
      this.skipStatement();
      return;
    }
    const name = this.peek();
    if (verb === 'delete' || verb === 'destroy') table.chains.delete(name);
    else if (verb === 'flush') {
      const chain = table.chains.get(name);
      if (chain) chain.rules.length = 0;
    } else {
      this.tables.set(keyOf(table), table);
      this.chainBlock(table);
      return;
    }
    this.skipStatement();
    if (name === '' || name === NEWLINE) this.misunderstood(start, ALL);
  }

  /** `name { type … ; policy … ; rules }`, or a name alone. */
  private chainBlock(table: Table): void {
    const name = this.take();
    const before = table.chains.get(name);
    let chain: Chain = before ?? { name, kind: 'filter', priority: 0, policy: null, rules: [] };
    table.chains.set(name, chain);
    if (!this.is('{')) return;
    this.at++;
    while (this.at < this.tokens.length && !this.is('}')) {
      if (this.is(NEWLINE, ';')) {
        this.at++;
        continue;
      }
      const start = this.at;
      if (this.is('type')) {
        const made = this.baseChain(chain, this.statement());
        if (made) chain = made;
        else this.misunderstood(start, ALL);
        table.chains.set(name, chain);
      } else if (this.is('policy')) {
        const [, verdict] = this.statement();
        const origin = at(this.placeFrom(start));
        if (verdict === 'accept' || verdict === 'drop') chain.policy = { verdict, origin };
        else this.misunderstood(start, concernsOf(chain));
      } else if (this.is('comment', 'flags')) this.statement();
      else this.addRule(table, chain, start, this.statement(), null);
    }
    this.at++;
    // A base chain that says nothing accepts.
    if (chain.hook && !chain.policy && !before)
      chain.policy = { verdict: 'accept', origin: at(this.placeFrom(this.at - 1)) };
  }

  private baseChain(chain: Chain, words: readonly string[]): Chain | null {
    const [, type, hookWord, hook, ...rest] = words;
    const priorityAt = rest.indexOf('priority');
    const priority = priorityAt < 0 ? null : readPriority(rest.slice(priorityAt + 1).join(' '));
    if (!type || hookWord !== 'hook' || !hook || priority === null) return null;
    // Ingress and egress of devices, with rules of their own.
    if (!isHook(hook)) return { ...chain, rules: [] };
    return { ...chain, hook, kind: chainKind(type, priority), priority };
  }

  private ruleCommand(verb: string, start: number): void {
    const table = this.namedTable();
    const name = this.take();
    const chain = table?.chains.get(name);
    if (verb === 'delete' || verb === 'destroy' || verb === 'replace') {
      this.skipStatement();
      // By handles, which no file shows.
      this.misunderstood(start, chain ? concernsOf(chain) : ALL);
      return;
    }
    let index: number | null = verb === 'insert' ? 0 : null;
    if (this.is('index', 'position', 'handle')) {
      const word = this.take();
      const value = Number(this.take());
      index = word === 'index' && Number.isInteger(value) ? value + (verb === 'insert' ? 0 : 1) : index;
    }
    if (!table) {
      this.skipStatement();
      return;
    }
    const known = chain ?? presumedChain(table, name);
    this.tables.set(keyOf(table), table);
    const words = this.statement();
    if (known) this.addRule(table, known, start, words, index);
    else this.misunderstood(start, ALL);
  }

  private addRule(table: Table, chain: Chain, start: number, words: readonly string[], index: number | null): void {
    const place = this.placeFrom(start);
    const read = readNftRule(words, {
      ...(chain.hook && { hook: chain.hook }),
      origin: at(place),
      elementsOf: (name) => this.sets.get(table)?.get(name) ?? null,
    });
    if ('why' in read) {
      this.complaints.notUnderstood(place, `cannot read this rule of nft: ${shown(read.why)}`, concernsOf(chain));
      return;
    }
    chain.rules.splice(index ?? chain.rules.length, 0, ...read);
  }

  /** `set name { type …; elements = { a, b } }`: its elements, as far as they are listed. */
  private set(table: Table): void {
    this.at++;
    const name = this.take();
    const start = this.at;
    this.skipStatement();
    const words = this.tokens.slice(start, this.at).map(({ text }) => text);
    const from = words.indexOf('elements');
    const isMap = words.includes(':');
    if (isMap) return;
    const elements: string[] = [];
    if (from >= 0) {
      for (const word of words.slice(from + 3)) {
        if (word === '}') break;
        if (word !== ',' && word !== NEWLINE) elements.push(word);
      }
    }
    // An element with a timeout or a comment is several words: such a set is not read.
    if (elements.some((each) => /^(timeout|expires|comment|counter)$/.test(each))) return;
    const sets = this.sets.get(table) ?? new Map();
    this.sets.set(table, sets.set(name, elements));
  }

  /** The words up to the end of the statement; ends of lines within braces are none. */
  private statement(): string[] {
    const words: string[] = [];
    let depth = 0;
    while (this.at < this.tokens.length) {
      if (depth === 0 && this.is(NEWLINE, ';', '}')) break;
      if (this.is('{')) depth++;
      if (this.is('}')) depth--;
      const text = this.take();
      if (text !== NEWLINE) words.push(text);
    }
    return words;
  }

  private skipStatement(): void {
    this.statement();
    if (this.is('}')) return;
    this.at++;
  }

  private misunderstood(start: number, concerns: readonly UnknownFact[]): void {
    const words = this.tokens
      .slice(start, start + 6)
      .map(({ text }) => text)
      .filter((text) => text !== NEWLINE);
    this.complaints.notUnderstood(
      this.placeFrom(start),
      `cannot read this of nft: ${shown(words.join(' '))}`,
      concerns,
    );
  }

  private placeFrom(start: number) {
    const token = this.tokens[Math.min(start, this.tokens.length - 1)]!;
    const end = token.line.text.trimEnd().length;
    return placeOf(token.line, token.column, Math.max(end - token.column, 1));
  }
}

/** Tables and chains that distributions make, when a rule is added to one of which no listing is there. */
function presumedChain(table: Table, name: string): Chain | null {
  const lower = name.toLowerCase();
  const nat = lower === 'postrouting' || lower === 'prerouting';
  if (!nat && lower !== 'input' && lower !== 'forward' && lower !== 'output') return null;
  const hook = lower as Chain['hook'];
  const kind = nat ? 'nat' : table.name.endsWith('mangle') ? 'mangle' : 'filter';
  const priority = nat ? (lower === 'postrouting' ? 100 : -100) : 0;
  const chain: Chain = { name, ...(hook && { hook }), kind, priority, policy: null, rules: [] };
  table.chains.set(name, chain);
  return chain;
}

function keyOf(table: Table): string {
  return `nft ${table.name}`;
}
