/**
 * The network as the file describes it: its text, machines, LANs and router, asked for again whenever the file has changed.
 */

import { effect, untracked } from '@preact/signals';
import type { LanShape } from '../../src/control/http/shape/lan.ts';
import type { MachineShape, RouterShape } from '../../src/control/http/shape/machine.ts';
import type { NetworkTextShape } from '../../src/control/http/shape/network.ts';
import { ask, token } from '../api/ask.ts';
import { networkRead } from './live.ts';
import { type Loaded, loadedFrom } from './loaded.ts';

export const network: Loaded<NetworkTextShape> = loadedFrom((signal) => ask('GET', '/network', { signal }));

export const machines: Loaded<readonly MachineShape[]> = loadedFrom(
  async (signal) => (await ask<{ machines: MachineShape[] }>('GET', '/machines', { signal })).machines,
);

export const lans: Loaded<readonly LanShape[]> = loadedFrom(
  async (signal) => (await ask<{ lans: LanShape[] }>('GET', '/lans', { signal })).lans,
);

export const routers: Loaded<readonly RouterShape[]> = loadedFrom(
  async (signal) => (await ask<{ routers: RouterShape[] }>('GET', '/routers', { signal })).routers,
);

const ALL = [network, machines, lans, routers];

/** Asks for everything again: after an edit, before the router tells of it. */
export async function reloadNetwork(): Promise<void> {
  await Promise.all(ALL.map((each) => each.load()));
}

/** Keeps what is shown as the file is, while somebody is signed in. */
export function keepNetwork(): void {
  effect(() => {
    if (token.value === null) {
      for (const each of ALL) each.forget();
      return;
    }
    const read = networkRead.value;
    untracked(() => {
      if (read !== null && read.hash === network.value.value?.hash && read.isGood === network.value.value?.isGood)
        return;
      void reloadNetwork();
    });
  });
}
