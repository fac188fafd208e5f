/**
 * Amounts and times as people say them.
 */

/** `512 B`, `1.4 KiB`, `23 MiB`: three digits at most. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let value = bytes;
  let unit = 0;
  // What would be rounded to 1024 is one of the next unit.
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `1,234,567` */
export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=([0-9]{3})+$)/g, ',');
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration in its greatest unit, or its two greatest where the second says something: `12 s`, `5 min`, `3 h 12 min`, `9 d`. */
export function durationText(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return withRest(ms, HOUR, 'h', MINUTE, 'min');
  return ms < 3 * DAY ? withRest(ms, DAY, 'd', HOUR, 'h') : `${Math.floor(ms / DAY)} d`;
}

/** `12 s ago`; `now` for less than a second, and for what a clock that was set back puts into the future. */
export function agoText(ms: number): string {
  return ms < SECOND ? 'now' : `${durationText(ms)} ago`;
}

function withRest(ms: number, unit: number, name: string, restUnit: number, restName: string): string {
  const rest = Math.floor((ms % unit) / restUnit);
  return `${Math.floor(ms / unit)} ${name}${rest > 0 ? ` ${rest} ${restName}` : ''}`;
}
