/**
 * Random networks and damaged ones, seeds 1 to 5 (`random/agreement.ts`). In several files, so that twins stand side by
 * side.
 */

import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { agreeOnRandomNetworks } from './random/agreement.ts';

agreeOnRandomNetworks(enterPrivateNamespaces(import.meta.filename), 1, 5);
