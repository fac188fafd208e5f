/**
 * `add host`: one more host of a LAN in the network file.
 */

import { changeNetwork } from '../../control/change/edit.ts';
import { addHost as addHostTo } from '../../description/edit/add.ts';
import { aboutJson, changed, onWait, sayAbout } from '../command-line/change.ts';
import { jsonDocument } from '../command-line/json.ts';
import { Refused } from '../command-line/outcome.ts';
import { sayNext } from '../terminal/notes.ts';
import type { ExitCode, Invocation } from '../verb.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { terminal, text } = invocation;
  const [name = '', ...given] = invocation.positionals;
  const addresses = given.flatMap((each) => each.split(',')).filter((each) => each !== '');
  const lan = text('lan');
  if (lan === undefined) {
    throw new Refused('option-missing', `Cannot add host: it is not said on which LAN it stands`, ['add: --lan LAN']);
  }
  const host = { lan, name, addresses, platform: text('platform') };
  const change = changed(
    await changeNetwork(invocation.paths(), (before, file) => addHostTo(before, host, file), onWait(invocation)),
  );
  if (invocation.isJson) {
    terminal.print(jsonDocument({ added: { kind: 'host', name, lan, addresses }, ...aboutJson(change) }));
    return 0;
  }
  const { paint } = terminal;
  terminal.print(`${paint('good', 'added')} host ${paint('name', name)}  ${addresses.join('  ')}  on ${lan}\n`);
  sayAbout(change, invocation);
  sayNext(terminal, [invocation.command('check')]);
  return 0;
}
