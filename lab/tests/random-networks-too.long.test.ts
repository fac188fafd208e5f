/**
 * Random networks and damaged ones, seeds 11 to 20 (`random/agreement.ts`). In two files, so that two twins stand side by side.
 */

import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { agreeOnRandomNetworks } from './random/agreement.ts';

agreeOnRandomNetworks(enterPrivateNamespaces(import.meta.filename), 11, 10);
