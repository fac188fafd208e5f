/**
 * Names as a network file has them: labels of RFC 1123 in lower case, with a letter, each used once.
 */

const NOT_NAMES = new Set([
  'everyone',
  'inside',
  'internet',
  'carve',
  'y',
  'n',
  'null',
  'true',
  'false',
  'yes',
  'no',
  'on',
  'off',
]);

export interface AdoptedNames {
  device(name: string): string;
  lan(name: string): string;
  host(name: string): string;
}

/** One name for each; a LAN or host that is called like a machine gets an ending. */
export function namesFor(devices: readonly string[], lans: readonly string[], hosts: readonly string[]): AdoptedNames {
  const used = new Set<string>();
  const given = (names: readonly string[], ending: string): ReadonlyMap<string, string> => {
    const map = new Map<string, string>();
    for (const name of names) {
      if (map.has(name)) continue;
      const label = labelOf(name);
      let free = label;
      for (let n = 1; used.has(free); n++) free = `${label.slice(0, 55)}-${n === 1 ? ending : `${ending}-${n}`}`;
      used.add(free);
      map.set(name, free);
    }
    return map;
  };
  const [ofDevices, ofLans, ofHosts] = [given(devices, '2'), given(lans, 'lan'), given(hosts, 'host')];
  return {
    device: (name) => ofDevices.get(name)!,
    lan: (name) => ofLans.get(name)!,
    host: (name) => ofHosts.get(name)!,
  };
}

function labelOf(name: string): string {
  const label = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-+|-+$/g, '');
  const isName = /[a-z]/.test(label) && !NOT_NAMES.has(label) && !/^[0-9]+e[0-9]+$|^0x/.test(label);
  return isName ? label : `m-${label}`.replace(/-$/, '');
}
