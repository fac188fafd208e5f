/**
 * `add host`: one more host of a LAN in the network file.
 */

import { changeNetwork } from '../../control/change/edit.ts';
import { addHost as addHostTo } from '../../description/edit/add.ts';
import { PLATFORMS } from '../../description/network.ts';
import { aboutJson, changed, onWait, sayAbout } from '../command-line/change.ts';
import { jsonDocument } from '../command-line/json.ts';
import { Refused } from '../command-line/outcome.ts';
import { sayNext } from '../terminal/notes.ts';
import type { Verb } from '../verb.ts';

export const addHost: Verb = {
  name: 'add host',
  summary: 'name a host of a LAN',
  about: [
    'Hosts need not be named to be reached. A name gives a host a place in messages, in access rules and in expectations.',
  ],
  positionals: [{ name: 'NAME' }, { name: 'ADDRESS', isList: true }],
  options: [
    { name: 'lan', value: 'LAN', completes: 'lan', summary: 'the LAN it stands on; needed' },
    { name: 'platform', value: 'PLATFORM', words: PLATFORMS, summary: 'what it runs' },
  ],
  examples: [{ command: 'wg-router add host nas --lan home 192.168.1.10', what: 'the NAS of LAN home' }],
  async run(invocation) {
    const { terminal, text } = invocation;
    const [name = '', ...given] = invocation.positionals;
    const addresses = given.flatMap((each) => each.split(',')).filter((each) => each !== '');
    const lan = text('lan');
    if (lan === undefined) {
      throw new Refused('option-missing', `Cannot add host: it is not said on which LAN it stands`, ['add: --lan LAN']);
    }
    const host = { lan, name, addresses, platform: text('platform') };
    const loaded = changed(
      await changeNetwork(invocation.paths(), (before, file) => addHostTo(before, host, file), onWait(invocation)),
    );
    if (invocation.isJson) {
      terminal.print(jsonDocument({ added: { kind: 'host', name, lan, addresses }, ...aboutJson(loaded) }));
      return 0;
    }
    const { paint } = terminal;
    terminal.print(`${paint('good', 'added')} host ${paint('name', name)}  ${addresses.join('  ')}  on ${lan}\n`);
    sayAbout(loaded, invocation);
    sayNext(terminal, [invocation.command('check')]);
    return 0;
  },
};
