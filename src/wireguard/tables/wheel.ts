/**
 * A hierarchical timing wheel: many deadlines that mostly move before they come, few that fire. The protocol's timers
 * on it are in `timers.ts`.
 *
 * Five levels of 64 slots. A slot of level 0 is 1 ms wide, of level 1 64 ms, then 4 s, 4.4 min, 4.7 h; what is further
 * off than 12 days waits in the last slot and is put in again from there. An entry lies in one slot's list; when time
 * reaches a slot of a higher level its entries move down, and at level 0 they fire: never early, in order of their
 * millisecond.
 *
 * Moving a deadline later, or cancelling it, is one write: the entry stays where it lies and is put right when its slot
 * is reached. The data path moves timers with every packet, and they are reached once in seconds.
 */

const NONE = -1;
const LEVELS = 5;
const SLOT_BITS = 6;
const SLOTS = 1 << SLOT_BITS;
const CANCELLED = Number.POSITIVE_INFINITY;

export class Wheel {
  /** By entry: when it is due, or infinity. */
  #deadlines = new Float64Array(0);
  /** By entry: the time its slot stands for, not after its deadline; infinity outside all slots. */
  #slotTimes = new Float64Array(0);
  #next = new Int32Array(0);
  #previous = new Int32Array(0);
  /** By entry: the slot it lies in. */
  #slotOf = new Int32Array(0);
  readonly #heads = new Int32Array(LEVELS * SLOTS).fill(NONE);
  /** By level: slots with entries, as bits of two words. */
  readonly #filled = new Uint32Array(LEVELS * 2);
  /** Everything before this millisecond has fired. */
  #time = 0;

  /** Makes room for entries 0 to `entries` - 1. */
  grow(entries: number): void {
    const before = this.#deadlines.length;
    if (entries <= before) return;
    const size = Math.max(entries, 2 * before);
    this.#deadlines = copied(this.#deadlines, new Float64Array(size).fill(CANCELLED));
    this.#slotTimes = copied(this.#slotTimes, new Float64Array(size).fill(CANCELLED));
    this.#next = copied(this.#next, new Int32Array(size));
    this.#previous = copied(this.#previous, new Int32Array(size));
    this.#slotOf = copied(this.#slotOf, new Int32Array(size));
  }

  /** Sets the entry's deadline (ms, rounded up to a whole one), in place of the one it had. */
  arm(entry: number, deadlineMs: number): void {
    const deadline = Math.ceil(deadlineMs);
    this.#deadlines[entry] = deadline;
    if (deadline >= this.#slotTimes[entry]!) return;
    if (this.#slotTimes[entry] !== CANCELLED) this.#takeOut(entry);
    this.#putIn(entry);
  }

  cancel(entry: number): void {
    this.#deadlines[entry] = CANCELLED;
  }

  isArmed(entry: number): boolean {
    return this.#deadlines[entry] !== CANCELLED;
  }

  /** When the entry is due, in ms; infinity when it is not armed. */
  deadlineOf(entry: number): number {
    return this.#deadlines[entry]!;
  }

  /** Moves an empty wheel to `now`, so that the first deadlines are not put as far off as the clock has run. */
  start(now: number): void {
    if (this.#firstSlot() === NONE) this.#time = Math.floor(now);
  }

  /** Fires what is due at `now`, oldest millisecond first. `fire` may cancel anything, and arm what is after `now`. */
  advance(now: number, fire: (entry: number) => void): void {
    for (let slot = this.#firstSlot(); slot !== NONE; slot = this.#firstSlot()) {
      const reached = this.#timeOf(slot);
      if (reached > now) break;
      this.#time = Math.max(this.#time, reached);
      this.#empty(slot, fire);
    }
    this.#time = Math.max(this.#time, Math.floor(now));
  }

  /**
   * When to call `advance` again: not after the first deadline, and before it where a slot has to be put right first.
   * Infinity when no slot holds anything.
   */
  nextDeadline(): number {
    const slot = this.#firstSlot();
    return slot === NONE ? CANCELLED : this.#timeOf(slot);
  }

  /** The slot's time has come: what is due then fires, everything else moves to where it belongs now. */
  #empty(slot: number, fire: (entry: number) => void): void {
    for (let entry = this.#heads[slot]!; entry !== NONE; entry = this.#heads[slot]!) {
      this.#takeOut(entry);
      const deadline = this.#deadlines[entry]!;
      if (deadline === CANCELLED) continue;
      if (deadline > this.#time) {
        this.#putIn(entry);
      } else {
        this.#deadlines[entry] = CANCELLED;
        fire(entry);
      }
    }
  }

  /** The slot whose time comes first, or -1. A higher level comes first among equals: its entries must move down. */
  #firstSlot(): number {
    let best = NONE;
    let bestTime = CANCELLED;
    for (let level = LEVELS - 1; level >= 0; level--) {
      const slot = this.#firstSlotOf(level);
      if (slot === NONE) continue;
      const time = this.#timeOf(slot);
      if (time < bestTime) {
        best = slot;
        bestTime = time;
      }
    }
    return best;
  }

  /** The first filled slot of a level at or after the present one, going round. */
  #firstSlotOf(level: number): number {
    const low = this.#filled[level * 2]!;
    const high = this.#filled[level * 2 + 1]!;
    if ((low | high) === 0) return NONE;
    const present = this.#present(level);
    const slot = lowestBit(low, high, present);
    return level * SLOTS + (slot !== NONE ? slot : lowestBit(low, high, 0));
  }

  #present(level: number): number {
    return Math.floor(this.#time / SLOTS ** level) % SLOTS;
  }

  /** The millisecond a slot stands for: its next occurrence, the present one included. */
  #timeOf(slot: number): number {
    const level = slot >> SLOT_BITS;
    const width = SLOTS ** level;
    const index = Math.floor(this.#time / width);
    const ahead = ((slot % SLOTS) - (index % SLOTS) + SLOTS) % SLOTS;
    return (index + ahead) * width;
  }

  #putIn(entry: number): void {
    const due = Math.max(this.#time, this.#deadlines[entry]!);
    let level = 0;
    let width = 1;
    while (level < LEVELS - 1 && Math.floor(due / width) - Math.floor(this.#time / width) >= SLOTS) {
      level++;
      width *= SLOTS;
    }
    const present = Math.floor(this.#time / width);
    const index = Math.min(Math.floor(due / width), present + SLOTS - 1);
    const slot = level * SLOTS + (index % SLOTS);
    const head = this.#heads[slot]!;
    this.#slotOf[entry] = slot;
    this.#slotTimes[entry] = index * width;
    this.#next[entry] = head;
    this.#previous[entry] = NONE;
    if (head !== NONE) this.#previous[head] = entry;
    this.#heads[slot] = entry;
    this.#filled[slot >> 5]! |= 1 << (slot & 31);
  }

  #takeOut(entry: number): void {
    const slot = this.#slotOf[entry]!;
    const next = this.#next[entry]!;
    const previous = this.#previous[entry]!;
    if (previous === NONE) this.#heads[slot] = next;
    else this.#next[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
    if (this.#heads[slot] === NONE) this.#filled[slot >> 5]! &= ~(1 << (slot & 31));
    this.#slotTimes[entry] = CANCELLED;
  }
}

/** The lowest bit at `from` or above in two words, or -1. */
function lowestBit(low: number, high: number, from: number): number {
  const first = from < 32 ? low & (-1 << from) : 0;
  if (first !== 0) return 31 - Math.clz32(first & -first);
  const second = from < 32 ? high : high & (-1 << (from - 32));
  return second === 0 ? NONE : 63 - Math.clz32(second & -second);
}

function copied<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
