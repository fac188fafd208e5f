/**
 * What will happen, by moment; among equals, in the order it was added. A binary heap.
 */

interface Event<T> {
  readonly at: number;
  readonly order: number;
  readonly what: T;
}

export class Events<T> {
  readonly #heap: Event<T>[] = [];
  #order = 0;

  /** The first moment, or infinity. */
  get next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  add(at: number, what: T): void {
    const heap = this.#heap;
    let place = heap.length;
    heap.push({ at, order: this.#order++, what });
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(place, parent)) break;
      this.#swap(place, parent);
      place = parent;
    }
  }

  /** Takes out the first one when it is due at `now`. */
  takeDue(now: number): T | null {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.at > now) return null;
    const last = heap.pop()!;
    if (heap.length > 0) heap[0] = last;
    for (let place = 0; ; ) {
      const left = 2 * place + 1;
      if (left >= heap.length) break;
      const child = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, place)) break;
      this.#swap(place, child);
      place = child;
    }
    return first.what;
  }

  #isBefore(a: number, b: number): boolean {
    const [one, two] = [this.#heap[a]!, this.#heap[b]!];
    return one.at < two.at || (one.at === two.at && one.order < two.order);
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  }
}
