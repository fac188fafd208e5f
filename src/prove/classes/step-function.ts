/**
 * Functions of points that are the same over long runs: what a table answers, as a list of where the answer changes.
 *
 *   points   0 1 2 3 4 5 6 7 8
 *   answer   a a a b b a a c c     starts [0 3 5 7], values [a b a c]
 */

/** No prefix holds the point. */
export const NOTHING = -1;

export class StepFunction {
  readonly starts: readonly number[];
  readonly values: readonly number[];

  constructor(starts: readonly number[], values: readonly number[]) {
    this.starts = starts;
    this.values = values;
  }

  at(point: number): number {
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle]! <= point) low = middle;
      else high = middle;
    }
    return this.values[low]!;
  }

  isSame(other: StepFunction): boolean {
    if (this === other) return true;
    if (this.starts.length !== other.starts.length) return false;
    for (let i = 0; i < this.starts.length; i++) {
      if (this.starts[i] !== other.starts[i] || this.values[i] !== other.values[i]) return false;
    }
    return true;
  }

  /** Calls `found` for every run of points over which the two differ. */
  differences(other: StepFunction, count: number, found: (first: number, end: number) => void): void {
    if (this === other) return;
    const { starts, values } = this;
    let mine = 0;
    let theirs = 0;
    let at = 0;
    while (at < count) {
      const end = Math.min(starts[mine + 1] ?? count, other.starts[theirs + 1] ?? count);
      if (values[mine] !== other.values[theirs]) found(at, end);
      at = end;
      if ((starts[mine + 1] ?? count) === end) mine++;
      if ((other.starts[theirs + 1] ?? count) === end) theirs++;
    }
  }

  /** What two of three say; this one where all differ. */
  median(second: StepFunction, third: StepFunction, count: number): StepFunction {
    if (this === second || this === third) return this;
    const builder = new StepBuilder();
    const places = [0, 0, 0];
    const all = [this, second, third] as const;
    for (let at = 0; at < count; ) {
      const [a, b, c] = all.map(({ values }, i) => values[places[i]!]!) as [number, number, number];
      builder.from(at, a !== b && b === c ? b : a);
      const end = Math.min(...all.map(({ starts }, i) => starts[places[i]! + 1] ?? count));
      for (const [i, { starts }] of all.entries()) if ((starts[places[i]! + 1] ?? count) === end) places[i]!++;
      at = end;
    }
    return builder.done();
  }

  /** This function, but for `points` (sorted), where it is as `other`. */
  patched(other: StepFunction, points: readonly number[]): StepFunction {
    const builder = new StepBuilder();
    let i = 0;
    for (const point of points) {
      for (; i < this.starts.length && this.starts[i]! <= point; i++) builder.from(this.starts[i]!, this.values[i]!);
      const after = this.at(point);
      builder.from(point, other.at(point));
      builder.from(point + 1, after);
    }
    for (; i < this.starts.length; i++) builder.from(this.starts[i]!, this.values[i]!);
    return builder.done();
  }
}

/** The same answer everywhere. */
export const NOWHERE = new StepFunction([0], [NOTHING]);

/** Collects where the answer changes, in order of points; what is said last of a point counts. */
export class StepBuilder {
  readonly #starts: number[] = [];
  readonly #values: number[] = [];

  from(start: number, value: number): void {
    const last = this.#starts.length - 1;
    if (this.#starts[last] === start) {
      this.#starts.pop();
      this.#values.pop();
      this.from(start, value);
    } else if (last < 0 || this.#values[last] !== value) {
      this.#starts.push(start);
      this.#values.push(value);
    }
  }

  done(): StepFunction {
    return new StepFunction(this.#starts, this.#values);
  }
}

/**
 * Prefixes as runs of points with an answer each; of several that hold a point the longest prefix decides. Made for long
 * lists that are sorted but for a few rows: those wait aside.
 */
export class Rows {
  readonly #firsts: number[] = [];
  readonly #ends: number[] = [];
  readonly #lengths: number[] = [];
  readonly #values: number[] = [];
  /** Rows by number, in order of first point and length, no prefix twice; and those that came out of this order. */
  readonly #ordered: number[] = [];
  readonly #loose: number[] = [];

  add(first: number, end: number, length: number, value: number): void {
    const row = this.#firsts.length;
    this.#firsts.push(first);
    this.#ends.push(end);
    this.#lengths.push(length);
    this.#values.push(value);
    const last = this.#ordered.at(-1);
    if (last === undefined || this.#compare(last, row) < 0) this.#ordered.push(row);
    else this.#loose.push(row);
  }

  /** `among` chooses between rows of one prefix, given by number in the order of adding. */
  longest(count: number, among: (rows: readonly number[]) => number): StepFunction {
    const sweep = new Sweep(count);
    const loose = this.#loose.sort((a, b) => this.#compare(a, b) || a - b);
    let aside = 0;
    const lay = (row: number) => {
      let winner = row;
      let next = aside;
      // Both hold the first point, so that prefixes of one length are one.
      while (next < loose.length && this.#compare(row, loose[next]!) === 0) next++;
      if (next > aside) winner = among([row, ...loose.slice(aside, next)].sort((a, b) => a - b));
      aside = next;
      sweep.add(this.#firsts[row]!, this.#ends[row]!, this.#values[winner]!);
    };
    const layLoose = (before: number | null) => {
      while (aside < loose.length && (before === null || this.#compare(loose[aside]!, before) < 0))
        lay(loose[aside++]!);
    };
    for (const row of this.#ordered) {
      if (aside < loose.length) layLoose(row);
      lay(row);
    }
    layLoose(null);
    return sweep.done();
  }

  #compare(a: number, b: number): number {
    return this.#firsts[a]! - this.#firsts[b]! || this.#lengths[a]! - this.#lengths[b]!;
  }
}

/** Lays runs over each other that nest: each begins no earlier than the one before, the wider ones first. */
class Sweep {
  readonly #count: number;
  readonly #builder = new StepBuilder();
  readonly #ends: number[] = [];
  readonly #values: number[] = [];

  constructor(count: number) {
    this.#count = count;
    this.#builder.from(0, NOTHING);
  }

  add(first: number, end: number, value: number): void {
    this.#endBefore(first);
    this.#ends.push(end);
    this.#values.push(value);
    this.#builder.from(first, value);
  }

  done(): StepFunction {
    this.#endBefore(this.#count - 1);
    return this.#builder.done();
  }

  #endBefore(point: number): void {
    while (this.#ends.length > 0 && this.#ends.at(-1)! <= point) {
      const end = this.#ends.pop()!;
      this.#values.pop();
      this.#builder.from(end, this.#values.at(-1) ?? NOTHING);
    }
  }
}
