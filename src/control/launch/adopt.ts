/**
 * Finds the relay that an earlier control left behind, and says whether it can go on.
 *
 * It can when it speaks our protocol version and is the same router (its public key). Everything else about it is
 * brought in line by the first change.
 */

import type { RelayConnection, RelayError } from '../../apply/relay-connection.ts';
import { type Hello, RELAY_PROTOCOL_VERSION } from '../../relay/messages.ts';
import { type ReachedRelay, reachRelay } from './end-relay.ts';

export type FoundRelay =
  | {
      readonly kind: 'fit';
      readonly connection: RelayConnection;
      readonly hello: Hello;
      readonly controlSocket: string;
    }
  /** It answers and cannot go on; `why` completes "the relay … ". */
  | { readonly kind: 'unfit'; readonly reached: ReachedRelay; readonly why: string }
  | { readonly kind: 'none' };

/** The first relay that answers at one of `controlSockets`. `publicKey` in base64. */
export async function findRelay(controlSockets: readonly string[], publicKey: string): Promise<FoundRelay> {
  const reached = await reachRelay(controlSockets);
  if (reached === null) return { kind: 'none' };
  try {
    const hello = await reached.connection.request({ type: 'hello' });
    const why = unfitness(hello, publicKey);
    return why === null ? { kind: 'fit', hello, ...reached } : { kind: 'unfit', reached, why };
  } catch (error) {
    return { kind: 'unfit', reached, why: `does not say who it is (${(error as RelayError).message})` };
  }
}

function unfitness(hello: Hello, publicKey: string): string | null {
  if (hello.version !== RELAY_PROTOCOL_VERSION) {
    return `speaks version ${hello.version} of our protocol, and this is version ${RELAY_PROTOCOL_VERSION}`;
  }
  return hello.publicKey === publicKey ? null : 'runs with another router key';
}
