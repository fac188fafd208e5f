/**
 * A process that edits a network file: `FILE PREFIX COUNT` adds so many machines one by one; `FILE hold forever` takes
 * the lock, says so, and keeps it until it is killed.
 */

import { editNetworkFile } from '../../src/control/network-store.ts';
import { networkPaths } from '../../src/control/paths.ts';
import { ProcessFile } from '../../src/control/process-file.ts';
import { ensureOwnFolder } from '../../src/control/state-folder.ts';
import { addMachine } from '../../src/description/edit/add.ts';

const [file, prefix, count] = process.argv.slice(2) as [string, string, string];
const paths = networkPaths(file);

if (prefix === 'hold') {
  ensureOwnFolder(paths.state);
  if (!(ProcessFile.take(paths.lock) instanceof ProcessFile)) throw new Error('the lock is taken');
  process.stdout.write('held\n');
  setInterval(() => {}, 1_000);
} else {
  for (let i = 0; i < Number(count); i++) {
    const result = await editNetworkFile(paths, ({ text }) => addMachine(text, { name: `${prefix}-${i}` }));
    if (result.diagnostics) throw new Error(result.diagnostics[0]!.message);
  }
}
