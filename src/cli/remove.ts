/**
 * `remove`: takes a machine, LAN, host or group out of the network file, and its keys out of the key folder.
 */

import { removeFromNetwork } from '../control/change/remove.ts';
import { aboutJson, changed, onWait, sayAbout } from './command-line/change.ts';
import { jsonDocument } from './command-line/json.ts';
import { sayNotes } from './terminal/notes.ts';
import type { Verb } from './verb.ts';

export const remove: Verb = {
  name: 'remove',
  summary: 'take out a machine, LAN, host or group, with its keys',
  about: [
    'What mentions the name goes too (in routes, groups, access, expectations). Where something hangs on it alone, such as the LAN that a machine connects, nothing is removed and each such place is shown.',
    'The key files of a machine are deleted: its configuration stops working for good, and whoever gets the name later gets new keys.',
  ],
  positionals: [{ name: 'NAME', completes: 'name' }],
  options: [],
  examples: [
    { command: 'wg-router remove phone', what: 'a lost phone: a running router stops to accept it within a second' },
  ],
  async run(invocation) {
    const { terminal } = invocation;
    const name = invocation.positionals[0]!;
    const result = await removeFromNetwork(invocation.paths(), name, onWait(invocation));
    const loaded = changed(result);
    if (invocation.isJson) {
      terminal.print(jsonDocument({ removed: { name, hadKeys: result.hadKeys }, ...aboutJson(loaded) }));
      return 0;
    }
    terminal.print(`${terminal.paint('good', 'removed')} ${terminal.paint('name', name)}\n`);
    if (result.hadKeys)
      sayNotes(terminal, [`the keys of ${name} are deleted: its configuration does not work any more`]);
    sayAbout(loaded, invocation);
    return 0;
  },
};
