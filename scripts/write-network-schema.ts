/**
 * Writes `docs/network-file.schema.json`. A test says when it must run again.
 */

import { writeFileSync } from 'node:fs';
import { networkJsonSchema } from '../src/description/json-schema.ts';

const file = new URL('../docs/network-file.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(networkJsonSchema(), null, 2)}\n`);
