/**
 * The network file and what is wrong with it, asked for again whenever the file has changed.
 */

import { effect, untracked } from '@preact/signals';
import type { NetworkTextShape } from '../../src/control/http/shape/network.ts';
import { ask, token } from '../api/ask.ts';
import { networkRead } from './live.ts';
import { type Loaded, loadedFrom } from './loaded.ts';

export const network: Loaded<NetworkTextShape> = loadedFrom((signal) => ask('GET', '/network', { signal }));

/** Keeps what is shown as the file is, while somebody is signed in. */
export function keepNetwork(): void {
  effect(() => {
    if (token.value === null) {
      network.forget();
      return;
    }
    const read = networkRead.value;
    untracked(() => {
      const known = network.value.value;
      if (read !== null && read.hash === known?.hash && read.isGood === known?.isGood) return;
      void network.load();
    });
  });
}
