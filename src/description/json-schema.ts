/**
 * The JSON Schema of the network file, for editors: words, values and descriptions from the same table that the parser
 * uses. It cannot say what several places must agree on; `wg-router check` can.
 */

import { networkShape } from './schema/network-schema.ts';
import type { JsonSchema } from './schema/shape.ts';

/** JSON Schema draft 7, which is what editors' YAML support reads. */
export function networkJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'wg-router network file',
    description:
      'Describes one network of WireGuard machines and LANs around a router. Reference: reference/network-file.md',
    ...networkShape.schema,
  };
}
