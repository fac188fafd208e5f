/**
 * Random networks and damaged ones, seeds 16 to 20 (`random/agreement.ts`). In several files, so that twins stand side by
 * side. And seed 220: a machine on a LAN whose replies leave by the LAN, on which packets and proof once disagreed over UDP.
 */

import { enterPrivateNamespaces } from '../private-namespaces.ts';
import { agreeOnRandomNetworks } from './random/agreement.ts';

const skip = enterPrivateNamespaces(import.meta.filename);
agreeOnRandomNetworks(skip, 16, 5);
agreeOnRandomNetworks(skip, 220, 1);
