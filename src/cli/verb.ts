/**
 * What a verb of the command line is. Help, completion and `docs/reference/commands.md` come from the same values that
 * the arguments are read by, so none of them can say something else.
 */

import type { NetworkPaths } from '../control/paths.ts';
import type { Terminal } from './terminal/terminal.ts';

/** What the shell offers at a place. */
export type Completes = 'file' | 'folder' | 'machine' | 'lan' | 'name' | 'verb';

export interface Option {
  /** Without the dashes. */
  readonly name: string;
  /** As help calls its value; a flag has none. */
  readonly value?: string;
  /** May be given several times, and with commas. */
  readonly isList?: boolean;
  readonly summary: string;
  /** Values to offer. What is accepted is decided where all values are read. */
  readonly words?: readonly string[];
  readonly completes?: Completes;
}

export interface Positional {
  /** In capitals, as help shows it. */
  readonly name: string;
  readonly isOptional?: boolean;
  /** Takes all that is left; the last one only. */
  readonly isList?: boolean;
  readonly words?: readonly string[];
  readonly completes?: Completes;
}

export interface Example {
  readonly command: string;
  readonly what: string;
}

export interface Verb {
  /** One word, or two: `add machine`. */
  readonly name: string;
  /** One line without a full stop. */
  readonly summary: string;
  /** Paragraphs for its help. */
  readonly about: readonly string[];
  readonly positionals: readonly Positional[];
  readonly options: readonly Option[];
  readonly examples: readonly Example[];
  /** Not shown: spoken by our own completion scripts. */
  readonly isHidden?: boolean;
  /** The exit code. Throws `Refused`, `Mistaken` or a `MachineError`. */
  readonly run: (invocation: Invocation) => Promise<ExitCode>;
}

/** 0 good, 1 the answer is no, 2 the machine said no. */
export type ExitCode = 0 | 1 | 2;

/** One call of a verb: what was typed, and where to answer. */
export interface Invocation {
  readonly positionals: readonly string[];
  /** The value of an option, or undefined. An option that the verb's table lacks is a broken assertion. */
  text(option: string): string | undefined;
  /** The values of an option that is a list, or undefined when it was not given. */
  list(option: string): readonly string[] | undefined;
  flag(option: string): boolean;
  /** The paths of the network: of `file` where a verb takes it as an argument, else of `--file` and its kin. */
  paths(file?: string): NetworkPaths;
  /** A command to suggest: `wg-router config phone`, with the options that this call found its network by. */
  command(words: string): string;
  readonly isJson: boolean;
  readonly terminal: Terminal;
}
