/**
 * `internet` that cannot be, and what it leaves out: machines that need no exit or must not have one, a second exit, and
 * families that go their own way.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';
import type { Machine } from '../../description/network.ts';
import type { Family } from '../../net/address.ts';
import { type Directory, prefixesOf } from '../directory.ts';
import { type Exit, exitOf } from '../exit.ts';
import { mistake, warning } from './mistake.ts';

export function internetMistakes(directory: Directory): Diagnostic[] {
  const exit = exitOf(directory);
  if (exit === null) return [];
  const errors = directory.network.machines.flatMap((machine) =>
    machine.internet ? ofMachine(machine, machine.internet.place, directory, exit) : [],
  );
  return errors.length > 0 ? errors : leaks(directory, exit);
}

function ofMachine(machine: Machine, place: Diagnostic['place'], directory: Directory, exit: Exit): Diagnostic[] {
  const name = machine.name.value;
  const lan = machine.internet!.value;
  const diagnostics: Diagnostic[] = [];
  const first = exit.users[0]!;
  if (lan !== exit.lan.name.value) {
    const message = `Cannot lead "${name}" to the internet through LAN "${lan}": "${first.name.value}" goes through LAN "${exit.lan.name.value}"`;
    diagnostics.push(
      mistake('internet-second-exit', place, message, {
        notes: [[first.internet!.place, `"${exit.lan.name.value}" is the exit here`]],
        help: ['name the same LAN for every machine: a tunnel has one owner of 0.0.0.0/0, so a network has one exit'],
      }),
    );
  }
  const standing = machine.lan.find((each) => each.value === lan);
  if (standing) {
    const message = `Cannot lead "${name}" to the internet through LAN "${lan}": it stands on that LAN`;
    diagnostics.push(
      mistake('internet-own-lan', place, message, {
        notes: [[standing.place, `"${name}" stands on "${lan}" here`]],
        help: [
          'delete `internet`: its own default route leaves through that LAN',
          'a machine that comes and goes has no `lan`',
        ],
      }),
    );
  }
  const gateway = directory.carried.get(name)?.find((each) => each.attach?.value === 'default-gateway');
  if (gateway && !standing) {
    const message = `Cannot lead "${name}" to the internet through LAN "${lan}": it is the default gateway of LAN "${gateway.name.value}"`;
    diagnostics.push(
      mistake('internet-of-gateway', place, message, {
        notes: [[gateway.attach!.place, `hosts of "${gateway.name.value}" reach the internet by "${name}"`]],
        help: ['delete `internet`: the exit is for the machine alone, and those hosts would be without the internet'],
      }),
    );
  }
  if (machine.routes) {
    const message = `Cannot limit what "${name}" sends through its tunnel: its way to the internet leads through it`;
    diagnostics.push(
      mistake('routes-with-internet', machine.routes.place, message, {
        notes: [[place, `everything goes to LAN "${lan}" because of this`]],
        help: ['delete `routes`, or `internet`'],
      }),
    );
  }
  return diagnostics;
}

/**
 * A family that the exit has not: the machine goes on using its own way there, past the exit. On a network with both
 * families most traffic is IPv6, so who wants to be seen as the LAN is mostly not.
 */
function leaks(directory: Directory, exit: Exit): Diagnostic[] {
  const { lan, users } = exit;
  const name = lan.name.value;
  const [first, ...more] = users;
  const who = `"${first!.name.value}"${more.length === 0 ? ' sends' : ` and ${more.length} more send`}`;
  return ([4, 6] as const)
    .filter((family) => !exit.families.includes(family))
    .map((family) => {
      const isInside = directory.inside.some(({ value }) => value.family === family);
      const missing = isInside
        ? `LAN "${name}" has no IPv${family} prefix`
        : `there is no IPv${family} inside the tunnels`;
      const message = `What ${who} to the internet over IPv${family} leaves past LAN "${name}": ${missing}`;
      return warning('internet-family', first!.internet!.place, message, {
        notes: (isInside ? prefixesOf(lan) : directory.inside).map(({ place }) => [
          place,
          isInside ? `"${name}" has this alone` : 'inside the tunnels there is only this',
        ]),
        help: cure(family, isInside),
      });
    });
}

function cure(family: Family, isInside: boolean): string[] {
  const add = isInside
    ? `add an IPv${family} prefix to the LAN`
    : `add an IPv${family} prefix to \`inside\` and to the LAN`;
  const own = family === 6 ? ', `carve` for one of your own' : '';
  return [
    `${add}${own}: IPv${family} then goes there too, and ends there where the LAN has no way on`,
    `or switch IPv${family} off on the machine, where that matters`,
  ];
}
