/**
 * What the file may say and the program cannot do yet: one table. A line goes when the work that makes it true comes.
 *
 * Nothing here is ignored in silence: each is an error with its place, and its help says what works now.
 */

import type { Diagnostic, Place } from './diagnostic.ts';
import type { Network } from './network.ts';

interface Unsupported {
  /** As in "Cannot use <what> yet". */
  readonly what: string;
  readonly help: string;
  /** Every place where the file asks for it. */
  places(network: Network): readonly Place[];
}

const NOT_SUPPORTED_YET: readonly Unsupported[] = [
  {
    what: 'a second router',
    help: 'describe one router; further machines with a fixed address may have an `endpoint` under `machines`',
    places: (network) => network.routers.slice(1).map((router) => router.name.place),
  },
  {
    what: '`backend: kernel`',
    help: 'leave it out: the relay needs no root and no kernel module',
    places: (network) => network.routers.flatMap(({ backend }) => (backend?.value === 'kernel' ? [backend.place] : [])),
  },
  {
    what: '`internet` through a router',
    help: 'name a LAN whose carrier is to be the exit, or leave it out: a router needs `backend: kernel` to be one',
    places: (network) => {
      const routers = new Set(network.routers.map((router) => router.name.value));
      return network.machines.flatMap(({ internet }) =>
        internet && routers.has(internet.value) ? [internet.place] : [],
      );
    },
  },
  {
    what: '`access`',
    help: 'leave it out: everyone may reach everyone, so filter on the machines themselves',
    places: (network) => present(network.access),
  },
  {
    what: '`dns`',
    help: 'leave it out, and use addresses or a resolver of your own',
    places: (network) => present(network.dns),
  },
];

/** An error for every place where `network` asks for something that is not built yet. */
export function notSupportedYet(network: Network): Diagnostic[] {
  return NOT_SUPPORTED_YET.flatMap(({ what, help, places }) =>
    places(network).map((each) => ({
      code: 'not-supported-yet',
      severity: 'error' as const,
      place: each,
      message: `Cannot use ${what}: it is not supported yet`,
      notes: [],
      help: [help],
    })),
  );
}

function present(field: { readonly place: Place } | undefined): Place[] {
  return field === undefined ? [] : [field.place];
}
