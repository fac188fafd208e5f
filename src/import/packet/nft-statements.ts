/**
 * One rule of nft in words, as in `nft add rule` and in a table's text: expressions, and what happens then.
 *
 * A rule may stand for several: a verdict map is one rule for each of its entries.
 */

import type { Origin } from '../../plan/plan.ts';
import { readNumber, readPrefix } from '../text/values.ts';
import { nftAddress, nftTests, protocolTest } from './nft-meaning.ts';
import { ruleText } from './rule-text.ts';
import type { HookName, Rule, Test, Verdict } from './ruleset.ts';

export interface NftPlace {
  readonly hook?: HookName;
  readonly origin: Origin;
  /** Elements of a named set; null when there is none. */
  elementsOf(name: string): readonly string[] | null;
}

/** The rules, none when it fits nothing, or why it is not understood. */
export function readNftRule(words: readonly string[], place: NftPlace): readonly Rule[] | { readonly why: string } {
  if (!words.some((word) => DECIDES.has(word))) return [];
  const reader = new Reader(words, place);
  return reader.rules();
}

/** A rule without any of these only counts, logs or marks. */
const DECIDES: ReadonlySet<string> = new Set([
  ...['accept', 'drop', 'reject', 'return', 'jump', 'goto', 'vmap', 'queue'],
  ...['masquerade', 'snat', 'dnat', 'redirect', 'maxseg', 'tproxy', 'dup', 'fwd'],
]);

/** How many values follow statements that narrow nothing. */
const ASIDE: ReadonlyMap<string, number> = new Map([
  ['packets', 1],
  ['bytes', 1],
  ['prefix', 1],
  ['level', 1],
  ['group', 1],
  ['flags', 1],
  ['snaplen', 1],
  ['queue-threshold', 1],
]);

/** Words that a left side may begin with, and how many it has. */
const LEFT: ReadonlyMap<string, number> = new Map([
  ['iifname', 1],
  ['oifname', 1],
  ['iif', 1],
  ['oif', 1],
  ['ip', 2],
  ['ip6', 2],
  ['tcp', 2],
  ['udp', 2],
  ['th', 2],
  ['icmp', 2],
  ['icmpv6', 2],
  ['fib', 3],
  ['l4proto', 1],
  ['nfproto', 1],
  ['pkttype', 1],
]);

interface Branch {
  readonly tests: readonly Test[];
  readonly verdict: Verdict;
}

/** Entries of a map exclude each other; a listing shows them in the order of a hash. */
export function inOrder<T extends Branch>(branches: readonly T[]): T[] {
  return branches.toSorted((a, b) => (ruleText(a) < ruleText(b) ? -1 : 1));
}

class Reader {
  private at = 0;
  private readonly words: readonly string[];
  private readonly place: NftPlace;
  private readonly tests: Test[] = [];
  private isNever = false;

  constructor(words: readonly string[], place: NftPlace) {
    this.words = words;
    this.place = place;
  }

  rules(): readonly Rule[] | { readonly why: string } {
    const { origin } = this.place;
    let branches: readonly Branch[] = [{ tests: [], verdict: { kind: 'continue' } }];
    while (this.at < this.words.length) {
      const before = this.at;
      const said = this.statement();
      if (said === null) return { why: `expression ${this.words.slice(before, before + 3).join(' ')}` };
      if (said !== 'none') branches = said;
    }
    if (this.isNever) return [];
    return branches.map(({ tests, verdict }) => ({ tests: [...this.tests, ...tests], verdict, origin }));
  }

  private next(): string {
    return this.words[this.at++] ?? '';
  }

  private is(...texts: string[]): boolean {
    return texts.includes(this.words[this.at] ?? '');
  }

  /** Branches when it decides, 'none' when it only narrows or narrows nothing, null when it is not understood. */
  private statement(): readonly Branch[] | 'none' | null {
    const one = (verdict: Verdict | null): readonly Branch[] | null => verdict && [{ tests: [], verdict }];
    const word = this.next();
    switch (word) {
      case 'accept':
      case 'drop':
      case 'return':
        return one({ kind: word });
      case 'reject':
        // `with icmpx type admin-prohibited`, `with icmpx admin-prohibited`, `with tcp reset`.
        if (this.is('with')) this.at += this.words[this.at + 2] === 'type' ? 4 : 3;
        return one({ kind: 'reject' });
      case 'jump':
      case 'goto':
        return one({ kind: word, chain: this.next() });
      case 'continue':
      case 'notrack':
        return 'none';
      case 'counter':
      case 'log':
        if (word === 'counter' && this.is('name')) this.at += 2;
        while (ASIDE.has(this.words[this.at] ?? '')) this.at += 2;
        return 'none';
      case 'limit':
        return this.limit();
      case 'comment':
        this.at++;
        return 'none';
      case 'masquerade':
        this.natOptions();
        return one({ kind: 'masquerade' });
      case 'snat':
      case 'dnat':
        return this.translation(word);
      case 'tcp':
        if (this.is('option')) return one(this.clamp());
        if (this.is('flags')) return this.tcpFlags();
        return this.comparison(word);
      case 'meta':
        // A mark that is set changes nothing that is looked at here; one that is compared does.
        if (this.is('mark', 'priority', 'nftrace') && this.words[this.at + 1] === 'set') {
          this.at += 3;
          return 'none';
        }
        return this.comparison(this.next());
      case 'ct':
        if (this.is('mark') && this.words[this.at + 1] === 'set') {
          this.at += this.words[this.at + 2] === 'meta' ? 4 : 3;
          return 'none';
        }
        return this.is('state', 'status') ? this.comparison('ct') : null;
      default:
        return this.comparison(word);
    }
  }

  private comparison(first: string): readonly Branch[] | 'none' | null {
    const count = first === 'ct' ? 2 : LEFT.get(first);
    if (count === undefined) return null;
    const left = [first, ...this.words.slice(this.at, this.at + count - 1)].join(' ');
    this.at += count - 1;
    // `icmpv6 type . icmpv6 code`: the type decides.
    if (this.is('.') && left.startsWith('icmp')) this.at += 3;
    if (this.is('vmap')) {
      this.at++;
      return this.verdictMap(left);
    }
    const not = this.is('!=');
    if (this.is('!=', '==')) this.at++;
    const values = this.values();
    if (values === null) return null;
    const tests = nftTests(left, values, not);
    if (tests === null) return null;
    if (tests === 'never') this.isNever = true;
    else this.tests.push(...tests);
    return 'none';
  }

  /** `wg0`, `{ a, b }`, `@name`, `established,related`. */
  private values(): readonly string[] | null {
    const first = this.next();
    if (first === '') return null;
    if (first.startsWith('@')) return this.place.elementsOf(first.slice(1));
    if (first !== '{') return this.joined(first);
    const values: string[] = [];
    while (!this.is('}')) {
      if (this.at >= this.words.length) return null;
      const word = this.next();
      if (word === '.') this.at++;
      else if (word !== ',') values.push(word);
    }
    this.at++;
    return values;
  }

  /** Values with commas between them, outside of braces. */
  private joined(first: string): string[] {
    const values = [first];
    while (this.is(',')) {
      this.at++;
      values.push(this.next());
    }
    return values;
  }

  private verdictMap(left: string): readonly Branch[] | null {
    if (this.next() !== '{') return null;
    const branches: Branch[] = [];
    while (!this.is('}')) {
      if (this.is(',')) this.at++;
      const value = this.next();
      if (this.next() !== ':') return null;
      const word = this.next();
      const verdict: Verdict | null =
        word === 'accept' || word === 'drop' || word === 'return'
          ? { kind: word }
          : word === 'jump' || word === 'goto'
            ? { kind: word, chain: this.next() }
            : word === 'continue'
              ? { kind: 'continue' }
              : null;
      const tests = nftTests(left, [value], false);
      if (verdict === null || tests === null) return null;
      if (tests !== 'never') branches.push({ tests, verdict });
    }
    this.at++;
    return inOrder(branches);
  }

  /** Ordinary flows stay below a rate that accepts, and below one that is there to be exceeded. */
  private limit(): 'none' | null {
    if (!this.is('rate')) return null;
    this.at++;
    if (this.is('over')) {
      this.isNever = true;
      this.at++;
    }
    this.at++;
    if (this.is('kbytes', 'mbytes', 'bytes')) this.at++;
    if (this.is('burst')) this.at += 3;
    return 'none';
  }

  private natOptions(): void {
    while (this.is('random', 'fully-random', 'persistent', ',')) this.at++;
    if (this.is('to') && /^:/.test(this.words[this.at + 1] ?? '')) this.at += 2;
  }

  /** `snat to A`, `dnat ip to A:P`, `dnat ip prefix to ip daddr map { V : L }`. */
  private translation(word: 'snat' | 'dnat'): readonly Branch[] | null {
    if (this.is('ip', 'ip6')) this.at++;
    if (this.is('prefix')) {
      this.at++;
      return this.prefixMap();
    }
    if (this.is('to')) this.at++;
    const text = this.next();
    const address = nftAddress(text);
    if (address === null) return null;
    let port: number | null = null;
    if (this.is(':')) {
      this.at++;
      port = readNumber(this.next().split('-')[0]!, 65535);
      if (port === null) return null;
    }
    this.natOptions();
    const verdict: Verdict =
      word === 'snat' ? { kind: 'source', address } : { kind: 'destination', address, ...(port !== null && { port }) };
    return [{ tests: [], verdict }];
  }

  private prefixMap(): readonly Branch[] | null {
    if (this.next() !== 'to') return null;
    if (!this.is('ip', 'ip6')) {
      const to = readPrefix(this.next());
      const field = this.place.hook === 'postrouting' || this.place.hook === 'input' ? 'source' : 'destination';
      const of = this.tests.flatMap((test) => (test.field === field && !test.not ? test.of : []))[0];
      return to && of?.length === to.length ? [{ tests: [], verdict: { kind: 'prefix', of, to } }] : null;
    }
    const left = `${this.next()} ${this.next()}`;
    if (this.next() !== 'map' || this.next() !== '{') return null;
    const branches: Branch[] = [];
    while (!this.is('}')) {
      if (this.is(',')) this.at++;
      const of = readPrefix(this.next());
      if (this.next() !== ':') return null;
      const to = readPrefix(this.next());
      if (!of || !to || of.length !== to.length || of.family !== to.family) return null;
      const field = left.endsWith('saddr') ? 'source' : 'destination';
      branches.push({ tests: [{ field, of: [of], not: false }], verdict: { kind: 'prefix', of, to } });
    }
    this.at++;
    return branches;
  }

  /** `tcp option maxseg size set rt mtu`, or a number. */
  private clamp(): Verdict | null {
    const words = this.words.slice(this.at, this.at + 4).join(' ');
    if (words !== 'option maxseg size set') return null;
    this.at += 4;
    this.tests.push(protocolTest('tcp'));
    if (this.is('rt')) {
      this.at += 2;
      return { kind: 'clamp' };
    }
    const bytes = readNumber(this.next(), 65535);
    return bytes === null ? null : { kind: 'clamp', bytes };
  }

  /** `tcp flags syn`, `tcp flags & (syn|rst) == syn`, `tcp flags syn / syn,rst`. */
  private tcpFlags(): 'none' | null {
    this.at++;
    const flags: string[] = [];
    const isFlag = () => /^(fin|syn|rst|psh|ack|urg|ecn|cwr|&|\(|\)|\||,|==|!=|\/)$/.test(this.words[this.at] ?? '');
    while (isFlag()) flags.push(this.next());
    const text = flags.join('');
    this.tests.push(protocolTest('tcp'));
    const masked = /^&\(?([a-z|]+)\)?==([a-z|]+)$/.exec(text);
    const listed = /^([a-z,]+)\/([a-z,]+)$/.exec(text);
    const mask = (masked?.[1] ?? listed?.[2] ?? '').split(/[|,]/);
    const wanted = masked?.[2] ?? listed?.[1] ?? text;
    // SYN alone begins a connection; without a look at ACK, its answer fits too.
    if (text === '==syn' || (wanted === 'syn' && mask.includes('ack'))) {
      this.tests.push({ field: 'states', of: ['new'], not: false });
    } else if (text !== 'syn' && !(wanted === 'syn' && mask.includes('syn'))) {
      // Any other combination is of packets that no ordinary connection sends.
      this.isNever = true;
    }
    return text === '' ? null : 'none';
  }
}
