/**
 * What a tunnel's interface is called, where its file does not say: files are often named after machines.
 */

import type { WgConfiguration } from '../formats/wg-quick.ts';
import type { Draft } from './draft.ts';
import { isSame } from './standing.ts';

/** Names that kernels give to other programs' interfaces; such an interface is another one, whatever its address. */
const OTHERS = /^(tun|tap|ppp|eth|en[ops]|wlan|wlp|wl|br|docker|veth|lo|bond|dummy|vlan)[0-9-]/;

/**
 * The name of the tunnel that `configuration` describes: of the interface that has its addresses, else `stem` where that
 * is a name of an interface, else the one that its hooks use, else `wg0`.
 */
export function tunnelName(draft: Draft, configuration: WgConfiguration, stem: string | null): string {
  const taken = new Set(draft.tunnels.map(({ id }) => id));
  const free = (name: string | undefined): name is string => name !== undefined && !taken.has(name);
  const byAddress = [...draft.interfaces.values()].find(
    ({ id, addresses }) =>
      free(id) &&
      !OTHERS.test(id) &&
      addresses.some(({ value }) => configuration.addresses.some((own) => isSame(own.value.address, value.address))),
  );
  if (byAddress) return byAddress.id;
  if (free(stem ?? undefined)) return stem!;
  const used = new Set(configuration.hooks.flatMap(({ text }) => text.match(/\b(?:wg|utun)[0-9]+\b/g) ?? []));
  const [only] = used;
  if (used.size === 1 && free(only)) return only;
  let n = 0;
  while (taken.has(`wg${n}`)) n++;
  return `wg${n}`;
}
