/**
 * Random networks and damaged ones, seeds 16 to 20 (`random/agreement.ts`). In several files, so that twins stand side by
 * side.
 */

import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { agreeOnRandomNetworks } from './random/agreement.ts';

agreeOnRandomNetworks(enterPrivateNamespaces(import.meta.filename), 16, 5);
