/**
 * A network file as a twin of the network uses it: the same network, of devices that can be built on one Linux machine,
 * with keys of its own.
 *
 * Not an edit that a person sees: the text is written anew, and places in it are not those of the file.
 */

import { isMap, parseDocument } from 'yaml';
import type { Platform } from '../network.ts';

/** Platforms whose wg-quick file Linux takes as it is, as long as it carries no LAN. */
const AS_THEY_ARE: ReadonlySet<Platform> = new Set(['linux', 'ios', 'android', 'macos', 'windows', 'freebsd', 'other']);

/**
 * `text` without public keys and without what is only asserted (`expect`), with Linux in place of machines and default
 * gateways for which something else is generated. `text` describes a network without mistakes.
 */
export function twinText(text: string): string {
  const document = parseDocument(text, { version: '1.2', schema: 'core', merge: false, uniqueKeys: false });
  document.delete('expect');
  const entries = (...path: string[]): string[] => {
    const map = document.getIn(path);
    return isMap(map) ? map.items.map(({ key }) => String(key)) : [];
  };
  const carriers = new Set(entries('lans').map((lan) => document.getIn(['lans', lan, 'via'])));
  for (const kind of ['routers', 'machines']) {
    for (const name of entries(kind)) document.deleteIn([kind, name, 'public-key']);
  }
  for (const name of entries('machines')) {
    const platform = (document.getIn(['machines', name, 'platform']) ?? 'other') as Platform;
    if (!AS_THEY_ARE.has(platform) || carriers.has(name)) document.setIn(['machines', name, 'platform'], 'linux');
  }
  for (const lan of entries('lans')) {
    const path = ['lans', lan, 'default-gateway'];
    if (!document.hasIn(path)) continue;
    const gateway = document.getIn(path);
    if (isMap(gateway)) document.setIn([...path, 'platform'], 'linux');
    else document.setIn(path, document.createNode({ address: gateway, platform: 'linux' }));
  }
  return document.toString({ lineWidth: 0 });
}
