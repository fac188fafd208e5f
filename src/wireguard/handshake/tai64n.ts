/**
 * TAI64N timestamps (whitepaper section 5.1; cr.yp.to/libtai/tai64.html), which order a peer's initiations.
 *
 * 8 bytes of seconds and 4 of nanoseconds, big-endian, so that bytes compare as time does. Nanoseconds are rounded down
 * to 2^24 (16.8 ms): enough for 50 initiations a second, too coarse to measure this machine's clock with.
 */

export const TIMESTAMP_BYTES = 12;

/** TAI was ten seconds ahead of UTC in 1970. */
const EPOCH_LOW = 0x0a;
const EPOCH_HIGH = 0x40000000;
const GRAIN_NANOSECONDS = 2 ** 24;
const GRAINS_PER_SECOND = Math.ceil(1e9 / GRAIN_NANOSECONDS);

/**
 * Writes the stamp of `wallMs` (ms since 1970), or, when that is not later than the stamp already lying there, the
 * smallest later one: a wall clock that steps back, or two initiations within a grain, must not lock us out. Zeros
 * mean that none was sent yet.
 */
export function nextTimestamp(bytes: Uint8Array, wallMs: number): void {
  let seconds = Math.max(0, Math.floor(wallMs / 1000));
  let grain = Math.floor(((wallMs - seconds * 1000) * 1e6) / GRAIN_NANOSECONDS);
  if (grain < 0) grain = 0;
  if (isStamped(bytes)) {
    const lastSeconds = secondsOf(bytes);
    const lastGrain = Math.floor(nanosecondsOf(bytes) / GRAIN_NANOSECONDS);
    if (seconds < lastSeconds || (seconds === lastSeconds && grain <= lastGrain)) {
      seconds = lastSeconds;
      grain = lastGrain + 1;
      if (grain >= GRAINS_PER_SECOND) {
        seconds++;
        grain = 0;
      }
    }
  }
  writeBigEndian(bytes, 0, EPOCH_HIGH + Math.floor((seconds + EPOCH_LOW) / 2 ** 32));
  writeBigEndian(bytes, 4, (seconds + EPOCH_LOW) % 2 ** 32);
  writeBigEndian(bytes, 8, grain * GRAIN_NANOSECONDS);
}

/** Negative, zero or positive, as `a` is before, at or after `b`. */
export function compareTimestamps(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < TIMESTAMP_BYTES; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** How much `a` is after `b`, in ms; exact to a millisecond for stamps of this age of the world. */
export function timestampDistanceMs(a: Uint8Array, b: Uint8Array): number {
  return (secondsOf(a) - secondsOf(b)) * 1000 + (nanosecondsOf(a) - nanosecondsOf(b)) / 1e6;
}

function isStamped(bytes: Uint8Array): boolean {
  return bytes[0] !== 0;
}

/** Seconds since 1970. */
function secondsOf(bytes: Uint8Array): number {
  return (readBigEndian(bytes, 0) - EPOCH_HIGH) * 2 ** 32 + readBigEndian(bytes, 4) - EPOCH_LOW;
}

function nanosecondsOf(bytes: Uint8Array): number {
  return readBigEndian(bytes, 8);
}

function readBigEndian(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function writeBigEndian(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}
