/**
 * Platforms as people name them, and as a plan does.
 */

import type { Device } from '../../plan/plan.ts';
import { at } from '../text/part.ts';
import type { Draft } from './draft.ts';

type Platform = Device['platform']['value'];

/** Other names; what is not here and no platform of a plan is `other`. */
const OTHER_NAMES: ReadonlyMap<string, Platform> = new Map([
  ['container', 'docker'],
  ['debian', 'linux'],
  ['ubuntu', 'linux'],
  ['raspbian', 'linux'],
  ['fedora', 'linux'],
  ['arch', 'linux'],
  ['kubernetes', 'docker'],
  ['lxc', 'linux'],
  ['mikrotik', 'routeros'],
  ['ipados', 'ios'],
  ['iphone', 'ios'],
  // A fork of Vyatta like VyOS, with the same commands.
  ['edgeos', 'vyos'],
  ['networkd', 'debian-networkd'],
]);

/** Every platform of a plan: the compiler asks for the one that is missing here. */
const PLATFORMS: Readonly<Record<Platform, true>> = {
  linux: true,
  'debian-networkd': true,
  networkmanager: true,
  openwrt: true,
  routeros: true,
  vyos: true,
  opnsense: true,
  pfsense: true,
  freebsd: true,
  openbsd: true,
  macos: true,
  windows: true,
  ios: true,
  android: true,
  nixos: true,
  docker: true,
  fritzbox: true,
  unifi: true,
  other: true,
};

/** What a machine runs: as stated, Linux where a configuration has hooks or a command of Linux was run, else `other`. */
export function platformOf({ survey, tunnels, place, routesObserved }: Draft): Device['platform'] {
  const stated = survey?.platform;
  if (stated) {
    const name = stated.value.toLowerCase();
    const known = Object.hasOwn(PLATFORMS, name) ? (name as Platform) : OTHER_NAMES.get(name);
    return { value: known ?? 'other', origin: stated.origin };
  }
  const hook = tunnels.flatMap((each) => each.configuration.hooks)[0];
  if (hook) return { value: 'linux', origin: { kind: 'rule', rule: 'platform-of-hooks', because: [at(hook.place)] } };
  const value = routesObserved.size > 0 ? 'linux' : 'other';
  return { value, origin: { kind: 'rule', rule: 'platform-not-stated', because: [at(place)] } };
}
