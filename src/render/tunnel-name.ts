/**
 * What a tunnel is called on a machine: interface, file, entry in an app.
 */

import type { Plan } from '../plan/plan.ts';

/** IFNAMSIZ less the final zero; Android's app holds to it too. */
const MAX_NAME_LENGTH = 15;

/**
 * `wg-` and the network's name, cut to 15 characters: `wg-home`. Every machine may call its tunnel as it likes; this is
 * what we suggest.
 */
export function tunnelName(plan: Plan): string {
  return `wg-${plan.name}`.slice(0, MAX_NAME_LENGTH).replace(/-+$/, '');
}

/** The tunnel's file: `wg-home.conf`. wg-quick and the apps take the tunnel's name from it. */
export function tunnelFileName(plan: Plan): string {
  return `${tunnelName(plan)}.conf`;
}
