/**
 * What the benches print: the machine, medians, tables in Markdown.
 */

import { cpus, loadavg, release } from 'node:os';

/** When, on what, and how much else the machine had to do: tasks that wanted a CPU in the minute before. */
const load = loadavg()[0]!.toFixed(1);

export function machineLine(): string {
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${cpus()[0]!.model.trim()}, ${cpus().length} CPUs, Linux ${release().split('-')[0]}`;
  return `${date}, ${machine}, Node ${process.versions.node}; load before: ${load}`;
}

/** The median, NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

/** The inside address of the i-th of up to 65,000 machines. */
export function insideAddress(i: number): string {
  return `10.77.${1 + (i >> 8)}.${i & 255}`;
}
