/**
 * What is cut off together with a machine that is disabled: the LANs it carries, and whoever leaves by them.
 */

import type { Diagnostic, Place } from '../../description/diagnostic.ts';
import type { Directory } from '../directory.ts';
import { exitOf } from '../exit.ts';
import { warning } from './mistake.ts';

export function disabledCarriers(directory: Directory): Diagnostic[] {
  const exit = exitOf(directory);
  return directory.network.machines.flatMap((machine) => {
    if (!machine.disabled?.value) return [];
    const name = machine.name.value;
    return (directory.carried.get(name) ?? []).map((lan) => {
      const users = exit?.lan === lan ? exit.users : [];
      const [first, ...more] = users;
      const leaving: [Place, string][] =
        first === undefined
          ? []
          : [
              [
                first.internet!.place,
                `"${first.name.value}"${more.length === 0 ? ' is' : ` and ${more.length} more are`} without the internet while it is`,
              ],
            ];
      const message = `Nobody reaches LAN "${lan.name.value}", and it reaches nobody: "${name}", which carries it, is disabled`;
      return warning('carrier-disabled', machine.disabled!.place, message, {
        notes: [[lan.via!.place, `"${name}" carries "${lan.name.value}" here`], ...leaving],
        help: [`enable it: wg-router enable ${name}`, 'or name another machine in `via`'],
      });
    });
  });
}
