/**
 * `backup` and `restore`: what cannot be made again, in one file, and back.
 */

import { resolve } from 'node:path';
import { backUp } from '../../control/backup/backup.ts';
import { restore as putBack } from '../../control/backup/restore.ts';
import { MachineError } from '../../control/machine-error.ts';
import { bytesText } from '../../control/report/quantity.ts';
import { runningControl } from '../../control/supervise/running-router.ts';
import { visible } from '../../description/visible.ts';
import { jsonDocument } from '../command-line/json.ts';
import { refuseOwnPaths } from '../destinations.ts';
import { sayNext, sayNotes } from '../terminal/notes.ts';
import type { ExitCode, Invocation } from '../verb.ts';

export async function backup(invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  const paths = invocation.paths();
  const target = invocation.positionals[0]!;
  refuseOwnPaths(paths, [target]);
  const withKeys = invocation.flag('with-keys');
  const { files, bytes } = await backUp(paths, resolve(target), { withKeys });
  if (invocation.isJson) {
    terminal.print(jsonDocument({ written: target, bytes, withKeys, files }));
    return 0;
  }
  terminal.print(`${terminal.paint('good', 'wrote')} ${visible(target)}, ${bytesText(bytes)}\n`);
  sayNotes(terminal, [
    withKeys
      ? 'whoever has this file can be every machine of the network: keep it as safe as the router'
      : 'no keys are in it; with them: --with-keys',
  ]);
  return 0;
}

export async function restore(invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  const paths = invocation.paths();
  const source = invocation.positionals[0]!;
  const control = runningControl(paths);
  if (control !== null) {
    throw new MachineError('already-running', `Cannot restore: process ${control.pid} runs this network`, {
      help: [`end it first: ${invocation.command('down')}`],
    });
  }
  const { files, madeAt, withKeys } = await putBack(paths, resolve(source), {
    mayReplace: invocation.flag('replace'),
  });
  const moment = new Date(madeAt).toISOString();
  if (invocation.isJson) {
    terminal.print(jsonDocument({ restored: paths.file, madeAt: moment, withKeys, files }));
    return 0;
  }
  terminal.print(`${terminal.paint('good', 'restored')} ${visible(paths.shown)}, as it was at ${moment}\n`);
  if (!withKeys) {
    sayNotes(terminal, [
      'no keys were in it: those in the key folder stay, and machines that have none here need new configurations',
    ]);
  }
  sayNext(terminal, [invocation.command('check'), invocation.command('up')]);
  return 0;
}
