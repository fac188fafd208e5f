/**
 * The parts of the shell's language that hooks use, as a tree.
 */

/** A piece of a word. */
export type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }
  /** `$name`, `${name}`, `${name:-word}`; `operation` is what stands after the name, as written. */
  | { readonly kind: 'variable'; readonly name: string; readonly operation: string; readonly isQuoted: boolean }
  /** `$(…)` or backquotes. */
  | { readonly kind: 'substitution'; readonly body: Script; readonly isQuoted: boolean }
  /** `<(…)`, `$((…))` and whatever else nobody can know before it runs. */
  | { readonly kind: 'unknown' };

export type Word = readonly WordPart[];

export interface Redirect {
  /** `>`, `>>`, `<`, `<<<`, or one that only moves descriptors: `>&`. */
  readonly kind: '>' | '>>' | '<' | '<<<' | '>&';
  readonly descriptor: number;
  readonly target: Word;
}

export type Command =
  | {
      readonly kind: 'simple';
      readonly assignments: readonly { readonly name: string; readonly value: Word }[];
      readonly words: readonly Word[];
      readonly redirects: readonly Redirect[];
      /** As written. */
      readonly text: string;
    }
  | { readonly kind: 'group'; readonly body: Script }
  | { readonly kind: 'if'; readonly branches: readonly { readonly condition: Script; readonly body: Script }[] }
  | { readonly kind: 'for'; readonly name: string; readonly words: readonly Word[]; readonly body: Script }
  | { readonly kind: 'while'; readonly condition: Script; readonly body: Script; readonly isUntil: boolean }
  | { readonly kind: 'function'; readonly name: string; readonly body: Command };

export interface Pipeline {
  readonly isNegated: boolean;
  readonly commands: readonly Command[];
}

/** Pipelines and what stands before each: nothing and `;` say "in any case". */
export type Script = readonly { readonly when: 'always' | 'and' | 'or'; readonly pipeline: Pipeline }[];
