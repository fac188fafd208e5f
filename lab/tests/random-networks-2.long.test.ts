/**
 * Random networks and damaged ones, seeds 6 to 10 (`random/agreement.ts`). In several files, so that twins stand side by
 * side.
 */

import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { agreeOnRandomNetworks } from './random/agreement.ts';

agreeOnRandomNetworks(enterPrivateNamespaces(import.meta.filename), 6, 5);
