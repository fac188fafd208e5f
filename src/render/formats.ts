/**
 * Formats of a machine's configuration, and which one a platform gets when nobody asks for another.
 */

import type { Device } from '../plan/plan.ts';

/** The formats that are built. */
export const FORMATS = ['wg-quick'] as const;
export type Format = (typeof FORMATS)[number];

export interface FormatChoice {
  readonly format: Format;
  /** What the person should know: the platform's own format is another one that is not built yet. Null: nothing. */
  readonly note: string | null;
}

type Platform = Device['platform']['value'];

/** Platforms that read wg-quick files as they are: wg-quick(8) itself, and the apps. */
const READ_WG_QUICK: ReadonlySet<Platform> = new Set([
  'linux',
  'freebsd',
  'macos',
  'windows',
  'ios',
  'android',
  'docker',
  'other',
]);

/** How the others say it, as in "<this> is not written yet". */
const OWN_FORMAT: Partial<Record<Platform, string>> = {
  'debian-networkd': 'systemd-networkd (.netdev and .network files)',
  networkmanager: 'NetworkManager (a keyfile)',
  openwrt: 'OpenWrt (UCI)',
  routeros: 'RouterOS (a script)',
  vyos: 'VyOS (set commands)',
  opnsense: 'OPNsense',
  pfsense: 'pfSense',
  openbsd: 'OpenBSD (hostname.wg0)',
  nixos: 'NixOS (a module)',
  fritzbox: 'FRITZ!Box (an import file)',
  unifi: 'UniFi',
};

/** The format for `platform`: its own where that is built, else wg-quick's with a note. */
export function formatFor(platform: Platform): FormatChoice {
  if (READ_WG_QUICK.has(platform)) return { format: 'wg-quick', note: null };
  return {
    format: 'wg-quick',
    note: `the format of ${OWN_FORMAT[platform]} is not written yet; this is a wg-quick file with the same values`,
  };
}
