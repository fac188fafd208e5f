/**
 * A script of a hook, followed: not executed, but carried out on the model of the machine, command by command.
 *
 * What nobody can know before it runs (a file, a program's output) is an unknown value. Where a command depends on one, it
 * is not followed and said so; where a condition does, the branch is taken that changes something, and it is said. The
 * idiom "look whether it is there, else add it" is known: what follows `||` after a question is carried out.
 *
 * Loops are followed over lists that are known, `while` never more than once. Bounded in steps.
 */

import { ANYTHING, type HookContext, type Status } from '../commands/context.ts';
import { writeSwitch } from '../commands/sysctl.ts';
import { shown } from '../text/quote.ts';
import { runCommand } from './commands.ts';
import { parseShell } from './parse.ts';
import { query, type Words } from './queries.ts';
import type { Command, Pipeline, Script, Word, WordPart } from './syntax.ts';
import { isTrue } from './test-command.ts';

/** Commands of one hook. */
const STEPS_AT_MOST = 2_000;

/** Functions that call functions. */
const CALLS_AT_MOST = 32;

/** Characters of a variable; scripts that double one again and again would otherwise fill the memory. */
const VALUE_AT_MOST = 4_096;

interface Shell {
  readonly context: HookContext;
  readonly functions: Map<string, Command>;
  steps: number;
  calls: number;
}

/** One function's view: its variables and arguments. */
interface Frame {
  /** A name without a value here is unset: the shell's own surroundings are nobody's to know. */
  readonly variables: Map<string, string | null>;
  readonly args: readonly (string | null)[];
}

/** Carries out the text of one hook; `%i` is already replaced. */
export function runHook(text: string, context: HookContext): void {
  const script = parseShell(text);
  if (typeof script === 'string') {
    context.complaints.notUnderstood(context.place, `cannot read this as commands: ${script}`, ANYTHING);
    return;
  }
  const shell: Shell = { context, functions: new Map(), steps: 0, calls: 0 };
  runScript(script, shell, { variables: new Map(), args: [] });
  if (shell.steps > STEPS_AT_MOST) {
    context.complaints.notUnderstood(context.place, 'cannot follow so many commands', ANYTHING);
  }
}

function runScript(script: Script, shell: Shell, frame: Frame): Status {
  let status: Status = true;
  let isSkipped = false;
  for (const { when, pipeline } of script) {
    if (shell.steps > STEPS_AT_MOST) return null;
    isSkipped = when === 'and' ? status === false : when === 'or' ? status === true : false;
    if (isSkipped) continue;
    if (when === 'and' && status === null) doubt(pipeline, shell);
    status = runPipeline(pipeline, shell, frame);
  }
  return status;
}

function runPipeline({ isNegated, commands }: Pipeline, shell: Shell, frame: Frame): Status {
  let status: Status = true;
  if (commands.length === 1) status = run(commands[0]!, shell, frame);
  else status = runThrough(commands, shell, frame);
  return status === null ? null : status !== isNegated;
}

/** `echo 1 | tee /proc/sys/…`, `echo y | command`: only what ends it matters, and what the first feeds it. */
function runThrough(commands: readonly Command[], shell: Shell, frame: Frame): Status {
  const last = commands.at(-1)!;
  const words = last.kind === 'simple' ? wordsOf(last, shell, frame) : [];
  const first = commands[0]!;
  const fed = first.kind === 'simple' ? wordsOf(first, shell, frame) : [];
  if (words[0] === 'sudo') words.shift();
  if (words[0] === 'tee' && fed[0] === 'echo') {
    const target = words.find((each, i) => i > 0 && each !== null && !each.startsWith('-'));
    if (target) writeSwitch(target, fed.slice(1).join(' '), shell.context);
    return true;
  }
  if (
    words[0] === 'nft' &&
    (words.includes('-f') || words.includes('-')) &&
    (fed[0] === 'echo' || fed[0] === 'printf')
  ) {
    const text = fed.slice(1).filter((each) => each !== null && !/^-[ne]+$/.test(each));
    return perform(['nft', text.join(' ').replaceAll('\\n', '\n')], 'nft', shell);
  }
  shell.steps++;
  // What is printed and sifted is only looked at.
  if (isFilter(words[0]) && isReading(fed)) return null;
  const text = last.kind === 'simple' ? last.text : '';
  shell.context.complaints.notUnderstood(shell.context.place, `cannot follow what goes into ${shown(text)}`, ANYTHING);
  return null;
}

function isFilter(name: string | null | undefined): boolean {
  return ['grep', 'awk', 'sed', 'head', 'tail', 'cut', 'sort', 'wc', 'tr', 'logger', 'cat', 'read'].includes(
    name ?? '',
  );
}

function isReading(words: Words): boolean {
  const [name, ...args] = words;
  if (name === 'ip' || name === 'iptables' || name === 'ip6tables' || name === 'nft') {
    return !args.some(
      (each) => each === null || /^(add|del|delete|replace|change|flush|set|insert|-[ADIFPRX])$/.test(each),
    );
  }
  return ['echo', 'printf', 'cat', 'wg', 'lsmod', 'find', 'ls', 'ps'].includes(name ?? '');
}

function run(command: Command, shell: Shell, frame: Frame): Status {
  shell.steps++;
  switch (command.kind) {
    case 'group':
      return runScript(command.body, shell, frame);
    case 'function':
      shell.functions.set(command.name, command.body);
      return true;
    case 'if':
      return runIf(command, shell, frame);
    case 'while': {
      const status = runScript(command.condition, shell, frame);
      if (status === !command.isUntil) runScript(command.body, shell, frame);
      return true;
    }
    case 'for': {
      const words = command.words.flatMap((word) => valuesOf(word, shell, frame));
      for (const word of words.slice(0, 100)) {
        if (shell.steps > STEPS_AT_MOST) return null;
        frame.variables.set(command.name, word);
        runScript(command.body, shell, frame);
      }
      return true;
    }
    case 'simple':
      return runSimple(command, shell, frame);
  }
}

function runIf({ branches }: Extract<Command, { kind: 'if' }>, shell: Shell, frame: Frame): Status {
  for (const { condition, body } of branches) {
    const status = condition.length === 0 ? true : runScript(condition, shell, frame);
    if (status === false) continue;
    if (status === null && body[0]) doubt(body[0].pipeline, shell);
    return runScript(body, shell, frame);
  }
  return true;
}

function runSimple(command: Extract<Command, { kind: 'simple' }>, shell: Shell, frame: Frame): Status {
  for (const { name, value } of command.assignments) assign(frame, name, textOf(value, shell, frame));
  const words = wordsOf(command, shell, frame);
  const [name, ...args] = words;
  if (name === 'sudo' || name === 'exec' || name === 'command' || name === 'env') {
    if (name === 'command' && args[0] === '-v') return programStatus(args[1]);
    words.shift();
  }
  const written = command.redirects.find(({ kind, descriptor }) => (kind === '>' || kind === '>>') && descriptor === 1);
  const target = written ? textOf(written.target, shell, frame) : null;
  if (target?.startsWith('/proc/sys/') && (words[0] === 'echo' || words[0] === 'printf')) {
    const said = words.slice(1).filter((each) => each !== '-n');
    if (said.every((each) => each !== null)) writeSwitch(target, said.join(' '), shell.context);
    return true;
  }
  const input = command.redirects.find(({ kind }) => kind === '<<<');
  if (input && words[0] === 'nft') {
    const text = textOf(input.target, shell, frame);
    if (text !== null) return perform(['nft', text], 'nft', shell);
  }
  return words.length === 0 ? true : call(words, command.text, shell, frame);
}

function call(words: Words, text: string, shell: Shell, frame: Frame): Status {
  const [name, ...args] = words;
  if (name === '[' || name === 'test' || name === '[[')
    return isTrue(
      args.filter((each) => each !== ']' && each !== ']]'),
      shell.context,
    );
  if (name === 'local' || name === 'export' || name === 'readonly' || name === 'declare') {
    for (const each of args) {
      const equals = each?.indexOf('=') ?? -1;
      if (each && equals > 0) assign(frame, each.slice(0, equals), each.slice(equals + 1));
    }
    return true;
  }
  const own = name ? shell.functions.get(name) : undefined;
  if (own) {
    if (shell.calls >= CALLS_AT_MOST) return null;
    shell.calls++;
    const status = run(own, shell, { variables: new Map(frame.variables), args });
    shell.calls--;
    return status;
  }
  return perform(words, text, shell);
}

function perform(words: Words, text: string, shell: Shell): Status {
  const status = runCommand(words, shell.context);
  if (status === 'not-known') {
    shell.context.complaints.notUnderstood(shell.context.place, `cannot tell what ${shown(text)} does`, ANYTHING);
    return null;
  }
  return status;
}

/** Programs that a machine with such hooks has. */
function programStatus(name: string | null | undefined): Status {
  return ['nft', 'iptables', 'ip6tables', 'ip', 'wg', 'sysctl'].includes(name ?? '') ? true : null;
}

function assign(frame: Frame, name: string, value: string | null): void {
  frame.variables.set(name, value !== null && value.length > VALUE_AT_MOST ? null : value);
}

/** A condition that nobody can know stands before what changes something: taken as if it held. */
function doubt({ commands }: Pipeline, { context }: Shell): void {
  const text = commands[0]?.kind === 'simple' ? commands[0].text : 'what follows';
  context.complaints.notUnderstood(
    context.place,
    `cannot tell whether ${shown(text)} is reached; taken as if it were`,
    [],
  );
}

function wordsOf(command: Extract<Command, { kind: 'simple' }>, shell: Shell, frame: Frame): (string | null)[] {
  return command.words.flatMap((word) => valuesOf(word, shell, frame));
}

/** The words that one word becomes: an expansion without quotes is split at white space. */
function valuesOf(word: Word, shell: Shell, frame: Frame): (string | null)[] {
  const [only] = word;
  if (word.length === 1 && only?.kind === 'variable' && (only.name === '@' || only.name === '*'))
    return [...frame.args];
  const value = textOf(word, shell, frame);
  const isSplit = word.some((part) => part.kind !== 'text' && part.kind !== 'unknown' && !part.isQuoted);
  if (value === null || !isSplit) return [value];
  return value.split(/\s+/).filter((each) => each !== '');
}

function textOf(word: Word, shell: Shell, frame: Frame): string | null {
  let value = '';
  for (const part of word) {
    const piece = pieceOf(part, shell, frame);
    if (piece === null || value.length + piece.length > 4 * VALUE_AT_MOST) return null;
    value += piece;
  }
  return value;
}

function pieceOf(part: WordPart, shell: Shell, frame: Frame): string | null {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'unknown':
      return null;
    case 'substitution': {
      shell.steps++;
      const [only] = part.body;
      if (part.body.length !== 1 || !only) return null;
      const words = only.pipeline.commands.map((each) => (each.kind === 'simple' ? wordsOf(each, shell, frame) : []));
      return query(words, shell.context)?.trimEnd() ?? null;
    }
    case 'variable':
      return expansion(part, frame);
  }
}

function expansion({ name, operation }: Extract<WordPart, { kind: 'variable' }>, frame: Frame): string | null {
  const isArgument = /^[0-9]$/.test(name);
  const value = isArgument ? frame.args[Number(name) - 1] : frame.variables.get(name);
  const fallback = /^:[-=](.*)$/s.exec(operation);
  if (fallback && (value === undefined || value === '')) return fallback[1]!;
  // An argument that was not given is empty; a variable that nobody set may come from the surroundings.
  if (value === undefined) return isArgument && operation === '' ? '' : null;
  if (value === null || operation === '' || fallback) return value;
  // `${name//[+=]/_}` of bash: every character of a class by another text.
  const replaced = /^\/\/\[([^\]/]+)\]\/([^/]*)$/.exec(operation);
  return replaced ? [...value].map((each) => (replaced[1]!.includes(each) ? replaced[2]! : each)).join('') : null;
}
