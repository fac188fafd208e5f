/**
 * `rename`: another name for a router, machine, LAN, host or group, wherever it stands.
 */

import { renameInNetwork } from '../control/change/rename.ts';
import { aboutJson, changed, onWait, sayAbout } from './command-line/change.ts';
import { jsonDocument } from './command-line/json.ts';
import type { Verb } from './verb.ts';

export const rename: Verb = {
  name: 'rename',
  summary: 'call a machine, LAN, host, group or the router something else',
  about: [
    'The name changes where it is defined and where it is used; comments and notes stay. Addresses and keys stay too: nobody needs a new configuration.',
  ],
  positionals: [{ name: 'OLD', completes: 'name' }, { name: 'NEW' }],
  options: [],
  examples: [{ command: 'wg-router rename laptop annas-laptop', what: 'its keys and addresses stay as they are' }],
  async run(invocation) {
    const { terminal } = invocation;
    const [from = '', to = ''] = invocation.positionals;
    const loaded = changed(await renameInNetwork(invocation.paths(), from, to, onWait(invocation)));
    if (invocation.isJson) {
      terminal.print(jsonDocument({ renamed: { from, to }, ...aboutJson(loaded) }));
      return 0;
    }
    const { paint } = terminal;
    terminal.print(`${paint('good', 'renamed')} ${from} to ${paint('name', to)}\n`);
    sayAbout(loaded, invocation);
    return 0;
  },
};
