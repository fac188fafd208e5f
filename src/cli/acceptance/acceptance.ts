/**
 * `disable`, `enable` and `expire`: whether, and until when, the router accepts a machine. Each is one word of the network
 * file; a router that runs follows within a second.
 */

import { changeNetwork } from '../../control/change/edit.ts';
import type { FieldValue } from '../../description/edit/request.ts';
import { setField } from '../../description/edit/set.ts';
import { aboutJson, type Change, changed, onWait, sayAbout } from '../command-line/change.ts';
import { jsonDocument } from '../command-line/json.ts';
import { sayNext } from '../terminal/notes.ts';
import type { ExitCode, Invocation } from '../verb.ts';

export async function runDisable(invocation: Invocation): Promise<ExitCode> {
  const [machine = ''] = invocation.positionals;
  const change = await setWord(invocation, machine, 'disabled', 'true');
  return answer(invocation, change, { disabled: machine }, ['disabled', machine], [`enable ${machine}`]);
}

export async function runEnable(invocation: Invocation): Promise<ExitCode> {
  const [machine = ''] = invocation.positionals;
  const change = await setWord(invocation, machine, 'disabled', null);
  return answer(invocation, change, { enabled: machine }, ['enabled', machine]);
}

export async function runExpire(invocation: Invocation): Promise<ExitCode> {
  const [machine = '', when = ''] = invocation.positionals;
  const expires = when === 'never' ? null : (momentAfter(when, Date.now()) ?? when);
  const change = await setWord(invocation, machine, 'expires', expires);
  const words = expires === null ? ': never expires' : `: expires ${expires}`;
  return answer(invocation, change, { expires: { machine, at: expires } }, ['changed', machine, words]);
}

async function setWord(invocation: Invocation, machine: string, word: string, value: FieldValue): Promise<Change> {
  const edit = (text: string, file: string) => setField(text, { kind: 'machine', name: machine }, word, value, file);
  return changed(await changeNetwork(invocation.paths(), edit, onWait(invocation)));
}

function answer(
  invocation: Invocation,
  change: Change,
  document: object,
  [done, machine, rest = '']: readonly [done: string, machine: string, rest?: string],
  next: readonly string[] = [],
): ExitCode {
  const { terminal } = invocation;
  if (invocation.isJson) {
    terminal.print(jsonDocument({ ...document, ...aboutJson(change) }));
    return 0;
  }
  const { paint } = terminal;
  terminal.print(`${paint('good', done)} ${paint('name', machine)}${rest}\n`);
  sayAbout(change, invocation);
  sayNext(
    terminal,
    next.map((words) => invocation.command(words)),
  );
  return 0;
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `90m`, `2h`, `3d`, `4w` after `now`, to the second, as `expires` has it; null for anything else. */
export function momentAfter(text: string, now: number): string | null {
  const [, count, unit] = /^([1-9]\d{0,5})([mhdw])$/.exec(text) ?? [];
  if (count === undefined) return null;
  const moment = new Date(now + Number(count) * UNITS_MS[unit!]!);
  return moment.getUTCFullYear() > 9999 ? null : `${moment.toISOString().slice(0, 19)}Z`;
}
