/**
 * A shell in a built twin. `on NAME COMMAND…` runs a command on a device as that device would; `ip netns exec` works, too.
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
  process.stderr.write(
    `\nThe twin stays until you leave this shell. Devices: ${twin.deviceNames.join(' ')}\n` +
      'Try: on NAME ping ADDRESS, on NAME wg show, on NAME ip route; ip netns exec NAME … works, too.\n',
  );
  const shell = spawn(process.env.SHELL ?? 'sh', [], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${FOLDER}:${process.env.PATH}`, PS1: 'twin$ ' },
  });
  await once(shell, 'exit');
}
