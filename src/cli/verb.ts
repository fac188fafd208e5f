/**
 * What a verb of the command line is: how it is called, what help and completion say about it, and what it answers.
 *
 * A verb computes an answer; printing it, as text or as one JSON document, is `main`'s. Verbs that talk while they work
 * (`up`) or take the screen (`config`) print themselves through `Call.output` and answer with an exit code alone.
 */

import type { NetworkPaths } from '../control/paths.ts';
import type { Output } from './terminal/output.ts';
import type { Paint } from './terminal/paint.ts';

/** 0: good. 1: the answer is no (mistakes, a refusal, a wrong command line). 2: the machine said no. */
export type ExitCode = 0 | 1 | 2;

/** What may stand in a place of the command line: the names of a file, or fixed words. */
export type Completion =
  | 'file'
  | 'folder'
  | 'machine'
  | 'router-or-machine'
  | 'lan'
  | 'anything-named'
  | readonly string[];

export interface Operand {
  /** In capitals, as help shows it. */
  readonly name: string;
  readonly says: string;
  readonly isOptional?: boolean;
  /** Takes all that follows, one at least. */
  readonly isRepeated?: boolean;
  readonly completion?: Completion;
}

export interface Option {
  /** Without dashes. */
  readonly name: string;
  /** What stands for its value in help, in capitals; absent: a switch. */
  readonly value?: string;
  readonly says: string;
  /** May be given several times. A value with commas counts as several. */
  readonly isRepeated?: boolean;
  readonly completion?: Completion;
}

export interface Example {
  /** Without `wg-router`. */
  readonly line: string;
  readonly says: string;
}

export interface Verb {
  /** `['add', 'machine']` */
  readonly words: readonly string[];
  /** One line, without a full stop. */
  readonly says: string;
  /** Paragraphs for its own help. */
  readonly about?: readonly string[];
  readonly operands?: readonly Operand[];
  readonly options?: readonly Option[];
  readonly examples: readonly Example[];
  /** Not in help or completion. */
  readonly isHidden?: boolean;
  run(call: Call): Promise<Answer | ExitCode>;
}

/** What a verb answers, ready to be printed. */
export interface Answer {
  readonly exit: ExitCode;
  /** For `--json`. */
  readonly document: object;
  /** For people, with its last line feed; on the standard output. */
  readonly text: (paint: Paint) => string;
  /** For people on the standard error, before the text: mistakes, notes. */
  readonly aside?: (paint: Paint) => string;
}

/** One call of a verb: what was given on the command line. */
export interface Call {
  readonly paths: NetworkPaths;
  readonly output: Output;
  readonly isJson: boolean;
  /** The operand `name`; undefined when it is optional and absent. */
  operand(name: string): string | undefined;
  operands(name: string): readonly string[];
  /** The value of the option, or undefined. */
  value(option: string): string | undefined;
  values(option: string): readonly string[];
  /** Whether the switch or the option was given. */
  has(option: string): boolean;
}
