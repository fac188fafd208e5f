/**
 * What commands in a substitution would print, as far as the model of the machine knows: which interface has an address,
 * where the default route goes, what a switch is.
 */

import { type Family, formatAddress, parseAddress } from '../../net/address.ts';
import type { HookContext } from '../commands/context.ts';
import { isSame } from '../machine/standing.ts';
import { switchPath } from '../machine/switches.ts';

/** The name that stands for the interface towards the internet while nobody knows what it is called. */
export const OUTWARD = '(outward)';

/** Words of each command of a pipeline; null for words that nobody knows. */
export type Words = readonly (string | null)[];

/** The text, or null when it cannot be known. */
export function query(pipeline: readonly Words[], context: HookContext): string | null {
  const [first = [], ...filters] = pipeline;
  const [name, ...args] = first;
  if (name === 'cat' && args.length === 1) return switchText(args[0] ?? null, context);
  if (name === 'sysctl' && args.includes('-n')) return switchText(args.at(-1) ?? null, context);
  if (name === 'echo' && filters.length === 0 && args.every((each) => each !== null)) return args.join(' ');
  if (name !== 'ip') return null;
  const family: Family = args.includes('-6') ? 6 : 4;
  const words = args.filter((each): each is string => each !== null && !each.startsWith('-'));
  const [object = '', ...rest] = words;
  if ('address'.startsWith(object)) return interfaceWith(rest, context);
  if (!'route'.startsWith(object)) return null;
  const mentions = (text: string) => rest.includes(text) || filters.flat().some((each) => each?.includes(text));
  if (mentions('ra') && mentions('default')) return advertisedDevices(context, family);
  // `ip route get 1.1.1.1`, `ip route show default`, `ip route | grep default`.
  if (rest[0] === 'get' || mentions('default') || mentions('0/0'))
    return wantsAddress(filters) ? gatewayOf(filters, context, family) : outwardDevice(context, family);
  return null;
}

/** `ip -o addr show to A`: the interface that has the address. */
function interfaceWith(words: readonly string[], { draft }: HookContext): string | null {
  const address = parseAddress((words[words.indexOf('to') + 1] ?? '').split('/')[0]!);
  if (address === null || !words.includes('to')) return null;
  const found = [...draft.interfaces.values()].find(({ addresses }) =>
    addresses.some(({ value }) => isSame(value.address, address)),
  );
  return found?.id ?? '';
}

function outwardDevice({ draft }: HookContext, family: Family): string {
  const tunnels = new Set(draft.tunnels.map(({ id }) => id));
  const found = draft.routes.find(
    ({ prefix, device }) =>
      prefix.family === family && prefix.length === 0 && device !== undefined && !tunnels.has(device),
  );
  return found?.device ?? OUTWARD;
}

/** The gateway of the default route, when that is what is sifted out. */
function gatewayOf(filters: readonly Words[], { draft }: HookContext, family: Family): string | null {
  if (!filters.flat().some((each) => each !== null && /via|\$3\b/.test(each))) return null;
  const found = draft.routes.find(({ prefix, gateway }) => prefix.family === family && prefix.length === 0 && gateway);
  return found?.gateway ? formatAddress(found.gateway) : null;
}

function advertisedDevices({ draft }: HookContext, family: Family): string {
  const devices = draft.routes
    .filter(({ prefix, isAdvertised }) => prefix.family === family && prefix.length === 0 && isAdvertised)
    .flatMap(({ device }) => device ?? []);
  return [...new Set(devices)].join('\n');
}

/** `awk '{print $7}'` of `ip route get` is the source; the third word of a default route its gateway. */
function wantsAddress(filters: readonly Words[]): boolean {
  return filters.flat().some((each) => each !== null && /src|via|\$(3|7|9)\b/.test(each));
}

function switchText(name: string | null, { draft }: HookContext): string | null {
  const path = name === null ? null : switchPath(name);
  return path === null ? null : (draft.switches.get(path)?.value ?? null);
}
