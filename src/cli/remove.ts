/**
 * `remove`: takes a machine, LAN, host or group out of the network file, and its keys out of the key folder.
 */

import { removeFromNetwork } from '../control/change/remove.ts';
import { aboutJson, changed, onWait, sayAbout } from './command-line/change.ts';
import { jsonDocument } from './command-line/json.ts';
import { sayNotes } from './terminal/notes.ts';
import type { ExitCode, Invocation } from './verb.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  const name = invocation.positionals[0]!;
  const result = await removeFromNetwork(invocation.paths(), name, onWait(invocation));
  const change = changed(result);
  if (invocation.isJson) {
    terminal.print(jsonDocument({ removed: { name, hadKeys: result.hadKeys }, ...aboutJson(change) }));
    return 0;
  }
  terminal.print(`${terminal.paint('good', 'removed')} ${terminal.paint('name', name)}\n`);
  if (result.hadKeys) sayNotes(terminal, [`the keys of ${name} are deleted: its configuration does not work any more`]);
  sayAbout(change, invocation);
  return 0;
}
