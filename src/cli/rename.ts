/**
 * `rename`: another name for a router, machine, LAN, host or group, wherever it stands.
 */

import { renameInNetwork } from '../control/change/rename.ts';
import { quoted } from '../description/visible.ts';
import { aboutJson, changed, onWait, sayAbout } from './command-line/change.ts';
import { jsonDocument } from './command-line/json.ts';
import { Refused } from './command-line/outcome.ts';
import type { ExitCode, Invocation } from './verb.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  const [from = '', to = ''] = invocation.positionals;
  if (from === to) throw new Refused('name-unchanged', `Cannot rename ${quoted(from)}: that is its name already`);
  const change = changed(await renameInNetwork(invocation.paths(), from, to, onWait(invocation)));
  if (invocation.isJson) {
    terminal.print(jsonDocument({ renamed: { from, to }, ...aboutJson(change) }));
    return 0;
  }
  const { paint } = terminal;
  terminal.print(`${paint('good', 'renamed')} ${from} to ${paint('name', to)}\n`);
  sayAbout(change, invocation);
  return 0;
}
