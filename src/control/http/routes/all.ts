/**
 * Every route of the API, in the order of its document.
 */

import type { Route } from '../route.ts';
import { accountRoutes } from './account.ts';
import { changeRoutes } from './changes.ts';
import { doctorRoutes } from './doctor.ts';
import { handOutRoutes } from './hand-out.ts';
import { lanRoutes } from './lans.ts';
import { machineRoutes } from './machines.ts';
import { networkRoutes } from './network.ts';
import { observationRoutes } from './observation.ts';
import { passkeyRoutes } from './passkeys.ts';
import { peopleRoutes } from './people.ts';
import { proofRoutes } from './proof.ts';

/** Below this path. A change that breaks those who use it gets another. */
export const API_PATH = '/api/v1';

/** Of the document: the first number changes with the path. */
export const API_VERSION = '1.0.0';

export const ROUTES: readonly Route[] = [
  ...accountRoutes,
  ...passkeyRoutes,
  ...networkRoutes,
  ...machineRoutes,
  ...lanRoutes,
  ...proofRoutes,
  ...doctorRoutes,
  ...handOutRoutes,
  ...observationRoutes,
  ...changeRoutes,
  ...peopleRoutes,
];
