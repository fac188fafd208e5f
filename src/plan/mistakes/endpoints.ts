/**
 * Endpoints that cannot be dialled as described.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import type { Directory } from '../directory.ts';
import { mistake, warning } from './mistake.ts';

/** Two at one endpoint, and an endpoint in a family that the router is not known to have. */
export function endpointMistakes(directory: Directory): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const { network, router } = directory;
  const owners = new Map<string, Owner>([[formatEndpoint(router.endpoint.value), router]]);
  for (const machine of network.machines) {
    const { endpoint } = machine;
    if (!endpoint) continue;
    const text = formatEndpoint(endpoint.value);
    const owner = owners.get(text);
    if (owner) {
      const message = `Cannot dial "${machine.name.value}" at ${text}: "${owner.name.value}" is there`;
      diagnostics.push(
        mistake('endpoint-taken', endpoint.place, message, {
          notes: [[owner.endpoint!.place, `"${owner.name.value}" is at ${text}`]],
          help: ['give one of them another port', 'a machine that is never dialled needs no `endpoint`'],
        }),
      );
    } else owners.set(text, machine);
    if (endpoint.value.address?.family === 6 && router.endpoint.value.address?.family === 4) {
      const message = `"${machine.name.value}" has an IPv6 endpoint, and router "${router.name.value}" is known by IPv4 only`;
      diagnostics.push(
        warning('endpoint-family', endpoint.place, message, {
          notes: [[router.endpoint.place, `"${router.name.value}" is dialled here`]],
          help: [
            'if the router has no IPv6, delete the endpoint: the machine then keeps its way to the router open by itself',
          ],
        }),
      );
    }
  }
  return diagnostics;
}

type Owner = Pick<Directory['network']['machines'][number], 'name' | 'endpoint'>;
