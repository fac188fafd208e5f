/**
 * Packets as a sequence diagram, for the message of a failed test.
 *
 *     seconds   phone          router         laptop
 *    1000.010     ├─initiation 148─▶
 */

export interface TraceEntry {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** First byte of the message. */
  readonly type: number;
  readonly length: number;
  /** What became of it; empty when it simply arrived. */
  fate: string;
}

const COLUMN = 22;
const TYPES = ['?', 'initiation', 'response', 'cookie', 'data'];

export function sequenceDiagram(entries: readonly TraceEntry[], names: readonly string[]): string {
  const lines = [`   seconds  ${names.map((name) => name.padEnd(COLUMN)).join('')}`];
  for (const { at, from, to, type, length, fate } of entries) {
    const what = length === 32 && type === 4 ? 'keepalive' : `${TYPES[type] ?? 'junk'} ${length}`;
    const start = names.indexOf(from);
    const end = names.indexOf(to);
    const time = (at / 1000).toFixed(3).padStart(10);
    if (start < 0 || end < 0 || start === end) {
      lines.push(`${time}  ${from} -> ${to}: ${what} ${fate.trim()}`.trimEnd());
      continue;
    }
    const left = Math.min(start, end);
    const width = Math.abs(end - start) * COLUMN - 2;
    const label = ` ${what}${fate} `.slice(0, width);
    const dashes = '─'.repeat(Math.max(0, width - label.length));
    const arrow = start < end ? `├${label}${dashes}▶` : `◀${dashes}${label}┤`;
    lines.push(`${time}  ${' '.repeat(left * COLUMN)}${arrow}`);
  }
  return lines.join('\n');
}
