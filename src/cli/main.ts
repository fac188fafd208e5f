/**
 * The command: reads what was typed, runs the verb, answers with an exit code. Every way to fail ends here.
 */

import { networkPaths } from '../control/paths.ts';
import { systemError } from '../control/system-error.ts';
import { asksForJson, type CommandLine, readCommandLine } from './command-line/arguments.ts';
import { printFailure } from './command-line/failure.ts';
import { DEFAULT_FILE, FILE_VARIABLE } from './command-line/globals.ts';
import { generalHelp, verbHelp } from './command-line/help.ts';
import { jsonDocument } from './command-line/json.ts';
import { Refused } from './command-line/outcome.ts';
import { version } from './command-line/version.ts';
import { COLOUR_CHOICES, type ColourChoice, processTerminal, type Terminal } from './terminal/terminal.ts';
import type { ExitCode, Invocation } from './verb.ts';
import { COMPLETE } from './verbs/completion.ts';
import { VERBS } from './verbs.ts';

const words = process.argv.slice(2);
process.exitCode = await main(words);

async function main(words: readonly string[]): Promise<ExitCode> {
  const isJson = asksForJson(words);
  let terminal = processTerminal('auto', { isQuiet: isJson });
  endWithOutput();
  try {
    if (words[0] === COMPLETE) {
      const { completionAnswer } = await import('./completion/complete.ts');
      terminal.print(await completionAnswer(words.slice(1), VERBS));
      return 0;
    }
    const command = readCommandLine(words, VERBS);
    if ('asks' in command) {
      terminal.print(answerTo(command, terminal, isJson));
      return 0;
    }
    terminal = processTerminal(colourChoice(command), { isQuiet: isJson });
    return await command.verb.run(invocationOf(command, isJson, terminal));
  } catch (error) {
    return printFailure(error, terminal, isJson);
  }
}

function answerTo(
  request: Exclude<ReturnType<typeof readCommandLine>, CommandLine>,
  { paint }: Terminal,
  isJson: boolean,
): string {
  if (request.asks === 'version') return isJson ? jsonDocument({ version: version() }) : `wg-router ${version()}\n`;
  return request.verb === undefined ? generalHelp(VERBS, paint) : verbHelp(request.verb, paint);
}

function colourChoice({ options }: CommandLine): ColourChoice {
  const text = options.get('color')?.[0] ?? 'auto';
  const choice = COLOUR_CHOICES.find((each) => each === text);
  if (choice !== undefined) return choice;
  throw new Refused('color-unknown', `Cannot use --color ${text}: it is auto, always or never`);
}

function invocationOf({ verb, positionals, options }: CommandLine, isJson: boolean, terminal: Terminal): Invocation {
  const declared = new Map(verb.options.map((option) => [option.name, option]));
  const valuesOf = (name: string) => {
    if (!declared.has(name)) throw new TypeError(`verb ${verb.name} has no option ${name}`);
    return options.get(name);
  };
  return {
    positionals,
    text: (option) => valuesOf(option)?.[0],
    list: valuesOf,
    flag: (option) => valuesOf(option) !== undefined,
    paths(file) {
      const stated = options.get('file')?.[0];
      if (file !== undefined && stated !== undefined) {
        throw new Refused('argument-surplus', `Cannot read two network files: ${file} and --file ${stated}`);
      }
      return networkPaths(file ?? stated ?? (process.env[FILE_VARIABLE] || DEFAULT_FILE), {
        keys: options.get('keys')?.[0],
        state: options.get('state')?.[0],
      });
    },
    command(words) {
      const found = ['file', 'keys', 'state'].flatMap((name) => {
        const value = options.get(name)?.[0];
        return value === undefined ? [] : [`--${name} ${shellWord(value)}`];
      });
      return ['wg-router', words, ...found].join(' ');
    },
    isJson,
    terminal,
  };
}

/** `text` as a shell reads it back. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A reader that went away (`| head`) is no failure; an answer that could not be written is one. */
function endWithOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    // Not as JSON either: that cannot be written.
    process.exit(
      printFailure(systemError('write the answer', error), processTerminal('auto', { isQuiet: false }), false),
    );
  });
  process.stderr.on('error', () => {});
}
