/**
 * Random networks and damaged ones, seeds 1 to 10 (`random/agreement.ts`). In two files, so that two twins stand side by side.
 */

import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { agreeOnRandomNetworks } from './random/agreement.ts';

agreeOnRandomNetworks(enterPrivateNamespaces(import.meta.filename), 1, 10);
