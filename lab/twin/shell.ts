/**
 * A shell in a built twin. `on NAME COMMAND…` runs a command on a device as that device would; `ip netns exec NAME` works, too.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { Twin } from './twin.ts';

const FOLDER = '/run/lab/shell';

/** Opens the shell that the user has, or sh; resolves when it ends. */
export async function openShell(twin: Twin): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  const cases = twin.deviceNames.map((name) => {
    const words = twin
      .device(name)
      .commandLine()
      .map((word) => `'${word}'`);
    return `  ${name}) exec ${words.join(' ')} "$@" ;;`;
  });
  const on = `#!/bin/sh
# Runs a command on a device of the twin: on NAME COMMAND…
[ $# -ge 2 ] || { echo 'on NAME COMMAND…' >&2; exit 2; }
name=$1; shift
case $name in
${cases.join('\n')}
esac
echo "on: no device \\"$name\\"; there are: ${twin.deviceNames.join(' ')}" >&2
exit 2
`;
  await writeFile(`${FOLDER}/on`, on, { mode: 0o755 });
  process.stderr.write(`
The twin stays until you leave this shell (exit). Its devices:
${twin.deviceNames.map((name) => `  ${name}`).join('\n')}

  on NAME COMMAND…    runs a command there: on NAME ping ADDRESS, on NAME wg show

`);
  // A terminal of its own: a shell cannot be the master of one whose processes live in another namespace, and Ctrl-C would
  // end the twin.
  const shell = spawn('script', ['--quiet', '--command', process.env.SHELL ?? 'sh', '/dev/null'], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${FOLDER}:${process.env.PATH}` },
  });
  await once(shell, 'exit');
}
