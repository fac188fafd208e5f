/**
 * A plan as JSON that a person can compare: values in their usual spelling, a fact as `value ← origin`, a place as
 * line:column. One way only.
 */

import { type Address, formatAddress } from '../../src/net/address.ts';
import { type EndpointName, formatEndpoint } from '../../src/net/endpoint.ts';
import { formatKey } from '../../src/net/key.ts';
import { formatPrefix, type Prefix } from '../../src/net/prefix.ts';
import type { Origin, Plan } from '../../src/plan/plan.ts';

export function planJson(plan: Plan): string {
  return `${JSON.stringify(readable(plan), null, 2)}\n`;
}

function readable(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return formatKey(value);
  if (Array.isArray(value)) return value.map(readable);
  if (has(value, 'line', 'column')) return `${value.line}:${value.column}`;
  if (has(value, 'family', 'bits', 'length')) return formatPrefix(value as unknown as Prefix);
  if (has(value, 'family', 'bits')) return formatAddress(value as unknown as Address);
  if (has(value, 'host', 'port')) return formatEndpoint(value as unknown as EndpointName);
  if (has(value, 'value', 'origin')) return fact(readable(value.value), value.origin as Origin);
  const fields = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(fields.map(([word, each]) => [word, word === 'origin' ? origin(each) : readable(each)]));
}

function fact(value: unknown, from: Origin): unknown {
  if (value !== null && typeof value === 'object') return { ...value, origin: origin(from) };
  return `${value} ← ${origin(from)}`;
}

function origin(from: Origin): string {
  if (from.kind === 'file') return `${from.place.line}:${from.place.column}`;
  return `${from.rule}(${from.because.map(origin).join(', ')})`;
}

function has(value: object, ...words: string[]): value is Record<string, unknown> {
  return words.every((word) => word in value);
}
