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

/** Prefixes as runs of points with an answer each; of several that hold a point the longest prefix decides. */
export class Rows {
  readonly #firsts: number[] = [];
  readonly #ends: number[] = [];
  readonly #lengths: number[] = [];
  readonly #values: number[] = [];

  get size(): number {
    return this.#firsts.length;
  }

  add(first: number, end: number, length: number, value: number): void {
    this.#firsts.push(first);
    this.#ends.push(end);
    this.#lengths.push(length);
    this.#values.push(value);
  }

  /** `among` chooses between rows of one prefix, given by number in the order of adding. */
  longest(count: number, among: (rows: readonly number[]) => number): StepFunction {
    const order = this.#sorted();
    const builder = new StepBuilder();
    builder.from(0, NOTHING);
    const stack: number[] = [];
    const below = () => (stack.length === 0 ? NOTHING : this.#values[stack.at(-1)!]!);
    const popTo = (point: number) => {
      while (stack.length > 0 && this.#ends[stack.at(-1)!]! <= point) {
        const end = this.#ends[stack.pop()!]!;
        builder.from(end, below());
      }
    };
    for (let i = 0; i < order.length; ) {
      const row = order[i]!;
      let next = i + 1;
      while (next < order.length && this.#isSamePrefix(row, order[next]!)) next++;
      const winner = next === i + 1 ? row : among(order.slice(i, next));
      popTo(this.#firsts[row]!);
      stack.push(winner);
      builder.from(this.#firsts[row]!, this.#values[winner]!);
      i = next;
    }
    popTo(count - 1);
    return builder.done();
  }

  /** Both hold the first point, so that prefixes of one length are one. */
  #isSamePrefix(a: number, b: number): boolean {
    return this.#firsts[a] === this.#firsts[b] && this.#lengths[a] === this.#lengths[b];
  }

  /** By first point, then by length, then as they were added. Lists of prefixes are mostly sorted already. */
  #sorted(): number[] {
    const { length } = this.#firsts;
    const order = Array.from({ length }, (_, i) => i);
    let isSorted = true;
    for (let i = 1; i < length && isSorted; i++) isSorted = this.#before(i - 1, i) <= 0;
    return isSorted ? order : order.sort((a, b) => this.#before(a, b) || a - b);
  }

  #before(a: number, b: number): number {
    return this.#firsts[a]! - this.#firsts[b]! || this.#lengths[a]! - this.#lengths[b]!;
  }
}
