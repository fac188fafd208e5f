/**
 * The command line that runs the relay with as few rights as can be: nothing here runs it.
 *
 *   prlimit (no core dumps, no endless files) ─▶ setpriv (user, no new privileges, no capabilities) ─▶ node ─▶ relay
 *
 * Each of them replaces the one before, so what runs in the end is one process.
 */

import type { RelayUser } from './relay-user.ts';

export interface RelayCommandParts {
  /** Paths of prlimit(1) and setpriv(1), or null where the machine does not have them. */
  readonly prlimit: string | null;
  readonly setpriv: string | null;
  /** Path of the Node binary as the relay's user can run it. */
  readonly node: string;
  /** The relay's first file, and a folder that holds all others. */
  readonly entry: string;
  readonly codeFolder: string;
  /** Folders that the relay writes to. */
  readonly writable: readonly string[];
  /** Whether it may load the native module, and with it any other. */
  readonly allowNative: boolean;
  /** Null: as whoever starts it. */
  readonly user: RelayUser | null;
}

/** What ps(1) shows in the place of the command line, which would be `/proc/self/fd/4` and options. */
const PROCESS_NAME = 'wg-router-relay';

/** Bytes in any file that the relay writes; its log is the one that could grow. */
const FILE_BYTES = 32 * 1024 * 1024;

export function relayCommand(parts: RelayCommandParts): { readonly file: string; readonly args: readonly string[] } {
  const words = [...limits(parts), ...privileges(parts), parts.node, ...nodeOptions(parts), parts.entry];
  return { file: words[0]!, args: words.slice(1) };
}

function limits({ prlimit }: RelayCommandParts): string[] {
  return prlimit === null ? [] : [prlimit, '--core=0:0', `--fsize=${FILE_BYTES}:${FILE_BYTES}`, '--'];
}

function privileges({ setpriv, user }: RelayCommandParts): string[] {
  if (setpriv === null) return [];
  if (user === null) return [setpriv, '--no-new-privs', '--inh-caps=-all', '--ambient-caps=-all', '--'];
  return [
    setpriv,
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    '--no-new-privs',
    '--inh-caps=-all',
    '--ambient-caps=-all',
    '--bounding-set=-all',
    '--',
  ];
}

/**
 * The permission model checks the paths of opened files only; the data path does not meet it. Loading modules is allowed
 * as a whole or not at all; the relay loads one, by a path of its own program, and Node warns of the option at every start.
 */
function nodeOptions({ codeFolder, writable, allowNative }: RelayCommandParts): string[] {
  return [
    `--title=${PROCESS_NAME}`,
    '--disable-sigusr1',
    '--permission',
    ...(allowNative ? ['--allow-addons', '--disable-warning=PERM0001'] : []),
    `--allow-fs-read=${codeFolder}`,
    ...writable.flatMap((folder) => [`--allow-fs-read=${folder}`, `--allow-fs-write=${folder}`]),
  ];
}
