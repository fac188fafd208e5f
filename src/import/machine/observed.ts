/**
 * What one file, or one section of a survey's output, tells about one machine.
 */

import type { Family } from '../../net/address.ts';
import type { Neighbour, PolicyRule, ShownInterface } from '../formats/ip-json.ts';
import type { RouteLine } from '../formats/ip-route-line.ts';
import type { StatedSwitch } from '../formats/sysctl-text.ts';
import type { WgConfiguration } from '../formats/wg-quick.ts';
import type { LiveTunnel } from '../formats/wg-show.ts';
import type { Place } from '../imported.ts';
import type { Table } from '../packet/ruleset.ts';
import type { ProxyDraft } from './draft.ts';

export type Observed =
  /** A file that wg-quick reads; `stem` is what it is called. */
  | { readonly kind: 'configuration'; readonly stem: string; readonly configuration: WgConfiguration }
  | { readonly kind: 'tunnels'; readonly tunnels: readonly LiveTunnel[] }
  | { readonly kind: 'interfaces'; readonly interfaces: readonly ShownInterface[] }
  | { readonly kind: 'routes'; readonly families: readonly Family[]; readonly routes: readonly RouteLine[] }
  | { readonly kind: 'rules'; readonly rules: readonly PolicyRule[] }
  | { readonly kind: 'proxies'; readonly proxies: readonly ProxyDraft[] }
  | { readonly kind: 'neighbours'; readonly neighbours: readonly Neighbour[] }
  /** Takes the place of all tables whose key begins with `of`. */
  | { readonly kind: 'tables'; readonly of: `iptables ${Family}` | 'nft'; readonly tables: ReadonlyMap<string, Table> }
  | { readonly kind: 'switches'; readonly switches: readonly StatedSwitch[] };

/** The place of the first thing it tells, for messages about all of it. */
export function placeOfObserved(observed: Observed): Place | null {
  switch (observed.kind) {
    case 'configuration':
      return observed.configuration.place;
    case 'tunnels':
      return observed.tunnels[0]?.place ?? null;
    case 'interfaces':
      return observed.interfaces[0]?.place ?? null;
    case 'routes':
      return observed.routes[0]?.place ?? null;
    case 'rules':
      return observed.rules[0]?.place ?? null;
    default:
      return null;
  }
}
