/**
 * Quantities and moments as people read them.
 */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;
const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** `1.5 MB`: powers of 1000, three digits at most. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Of bytes a second: `12 Mbit/s`, as lines are sold. */
export function rateText(bytesPerSecond: number): string {
  const bits = bytesPerSecond * 8;
  if (bits < 999.5) return `${Math.round(bits)} bit/s`;
  if (bits < 999_500) return `${(bits / 1e3).toFixed(bits < 99_950 ? 1 : 0)} kbit/s`;
  if (bits < 999_500_000) return `${(bits / 1e6).toFixed(bits < 99_950_000 ? 1 : 0)} Mbit/s`;
  return `${(bits / 1e9).toFixed(1)} Gbit/s`;
}

/** How long before `now`: `12 s ago`; null is `never`. */
export function agoText(moment: string | null, now: number): string {
  if (moment === null) return 'never';
  const seconds = Math.max(0, Math.round((now - Date.parse(moment)) / 1000));
  if (seconds < 3) return 'now';
  return `${durationText(seconds)} ago`;
}

/** `3 min`, `5 h`, `2 d`: one unit, rounded down. */
export function durationText(seconds: number): string {
  if (seconds < MINUTE_S) return `${seconds} s`;
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min`;
  if (seconds < 2 * DAY_S) return `${Math.floor(seconds / HOUR_S)} h`;
  return `${Math.floor(seconds / DAY_S)} d`;
}

/** In the reader's own zone and order. */
export function momentText(moment: string): string {
  return new Date(moment).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** `1 machine`, `3 machines`. */
export function countText(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
