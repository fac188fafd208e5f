/**
 * `add lan`: one more LAN in the network file, and the machine that connects it.
 */

import { changeNetwork } from '../../control/change/edit.ts';
import { addLan as addLanTo } from '../../description/edit/add.ts';
import { quoted } from '../../description/visible.ts';
import { aboutJson, changed, onWait, sayAbout } from '../command-line/change.ts';
import { jsonDocument } from '../command-line/json.ts';
import { Refused } from '../command-line/outcome.ts';
import { sayNext } from '../terminal/notes.ts';
import type { ExitCode, Invocation } from '../verb.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { terminal, text, list } = invocation;
  const name = invocation.positionals[0]!;
  const lan = {
    name,
    prefixes: list('prefix') ?? [],
    via: text('via'),
    lanAddress: list('lan-address'),
    attach: text('attach'),
    defaultGateway: list('default-gateway'),
    defaultGatewayPlatform: text('default-gateway-platform'),
    gatewayFirewall: text('gateway-firewall'),
    seenAs: list('seen-as'),
    advertise: list('advertise'),
    lend: lent(list('lend')),
  };
  const change = changed(
    await changeNetwork(invocation.paths(), (before, file) => addLanTo(before, lan, file), onWait(invocation)),
  );
  if (invocation.isJson) {
    terminal.print(jsonDocument({ added: { kind: 'lan', name, prefixes: lan.prefixes }, ...aboutJson(change) }));
    return 0;
  }
  const { paint } = terminal;
  const via = lan.via === undefined ? '' : `  via ${lan.via}`;
  terminal.print(`${paint('good', 'added')} LAN ${paint('name', name)}  ${lan.prefixes.join('  ')}${via}\n`);
  sayAbout(change, invocation);
  sayNext(terminal, [
    invocation.command('config --all out'),
    invocation.command(`add host --lan ${name} NAME ADDRESS`),
  ]);
  return 0;
}

/** `MACHINE=ADDRESS` and so on, by machine: IPv4 and IPv6 of one machine stand together. */
function lent(values: readonly string[] | undefined): (readonly [string, readonly string[]])[] | undefined {
  if (values === undefined) return undefined;
  const byMachine = new Map<string, string[]>();
  for (const value of values) {
    const [, machine, address] = /^([^=]+)=([^=]+)$/.exec(value) ?? [];
    if (machine === undefined || address === undefined) {
      throw new Refused('value-unreadable', `Cannot read --lend: ${quoted(value)} is not MACHINE=ADDRESS`, [
        'as in --lend phone=192.168.1.200',
      ]);
    }
    byMachine.set(machine, [...(byMachine.get(machine) ?? []), address]);
  }
  return [...byMachine];
}
