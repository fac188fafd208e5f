/**
 * `wg` as hooks call it. `wg set` changes keys and peers, which a file shows better: it is named, not followed, unless it
 * sets what the file says anyway.
 */

import { shown } from '../text/quote.ts';
import { type HookContext, ROUTING, type Status } from './context.ts';

export function runWg(args: readonly string[], { complaints, place }: HookContext): Status {
  const [verb] = args;
  if (verb === undefined || ['show', 'showconf', 'genkey', 'pubkey', 'genpsk'].includes(verb)) return true;
  // Where a private key comes from, and a mark for the tunnel's own packets, change nothing about who reaches whom.
  const isAside = verb === 'set' && (args[2] === 'private-key' || args[2] === 'fwmark') && args.length <= 4;
  if (!isAside) complaints.notUnderstood(place, `cannot follow wg ${shown(args.join(' '))}`, ROUTING);
  return true;
}
