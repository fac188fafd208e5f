/**
 * `add machine`: one more machine in the network file, with its inside addresses.
 */

import { changeNetwork } from '../../control/change/edit.ts';
import { isLeftOver } from '../../control/change/remove.ts';
import { addMachine as addMachineTo } from '../../description/edit/add.ts';
import { formatAddress } from '../../net/address.ts';
import { aboutJson, changed, onWait, sayAbout } from '../command-line/change.ts';
import { jsonDocument } from '../command-line/json.ts';
import { sayNext, sayNotes } from '../terminal/notes.ts';
import type { ExitCode, Invocation } from '../verb.ts';

/** A code is scanned where there is a camera. */
const WITH_CAMERA: ReadonlySet<string> = new Set(['ios', 'android']);

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { terminal, text, list } = invocation;
  const name = invocation.positionals[0]!;
  const machine = {
    name,
    platform: text('platform'),
    publicKey: text('public-key'),
    address: list('address'),
    lan: list('lan'),
    lanAddress: list('lan-address'),
    endpoint: text('endpoint'),
    note: text('note'),
    expires: text('expires'),
    keepalive: text('keepalive'),
    routes: list('routes'),
    internet: text('internet'),
    mtu: text('mtu'),
    pathMtu: text('path-mtu'),
  };
  const paths = invocation.paths();
  const wasHere = isLeftOver(paths, name);
  const change = changed(
    await changeNetwork(paths, (before, file) => addMachineTo(before, machine, file), onWait(invocation)),
  );
  const device = change.loaded.plan?.devices.find((each) => each.name === name);
  const tunnel = device?.interfaces.find((each) => each.kind === 'wireguard');
  const notes = wasHere
    ? [
        `${name} was here before, and has its addresses and keys again; for another device: ${invocation.command(`remove ${name}`)}, and add it once more`,
      ]
    : [];
  const addresses = tunnel?.addresses.map(({ value }) => formatAddress(value)) ?? [];
  if (invocation.isJson) {
    terminal.print(jsonDocument({ added: { kind: 'machine', name, addresses }, ...aboutJson(change, notes) }));
    return 0;
  }
  const { paint } = terminal;
  const shown = addresses.length === 0 ? '' : `  ${addresses.join('  ')}`;
  terminal.print(`${paint('good', 'added')} machine ${paint('name', name)}${shown}\n`);
  sayNotes(terminal, notes);
  sayAbout(change, invocation);
  const how = WITH_CAMERA.has(machine.platform ?? '') ? ' --qr' : ` --output ${name}.conf`;
  sayNext(terminal, [invocation.command(`config ${name}${how}`)]);
  return 0;
}
