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

/** The platform's own format, as in "the format of <this>"; null where that is wg-quick's: wg-quick itself, and the apps. */
const OWN_FORMAT: Readonly<Record<Platform, string | null>> = {
  linux: null,
  'debian-networkd': 'systemd-networkd (.netdev and .network files)',
  networkmanager: 'NetworkManager (a keyfile)',
  openwrt: 'OpenWrt (UCI)',
  routeros: 'RouterOS (a script)',
  vyos: 'VyOS (set commands)',
  opnsense: 'OPNsense',
  pfsense: 'pfSense',
  freebsd: null,
  openbsd: 'OpenBSD (hostname.wg0)',
  macos: null,
  windows: null,
  ios: null,
  android: null,
  nixos: 'NixOS (a module)',
  docker: null,
  fritzbox: 'FRITZ!Box (an import file)',
  unifi: 'UniFi',
  other: null,
};

/** The format for `platform`: its own where that is built, else wg-quick's with a note. */
export function formatFor(platform: Platform): FormatChoice {
  const own = OWN_FORMAT[platform];
  if (own === null) return { format: 'wg-quick', note: null };
  const note = `the format of ${own} is not written yet; this is a wg-quick file with the same values`;
  return { format: 'wg-quick', note };
}
