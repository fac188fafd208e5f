/**
 * Writes `docs/openapi.json`. A test says when it must run again.
 */

import { writeFileSync } from 'node:fs';
import { openApiDocument } from '../src/control/http/openapi.ts';
import { API_VERSION, ROUTES } from '../src/control/http/routes/all.ts';

const file = new URL('../docs/openapi.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(openApiDocument(ROUTES, API_VERSION), null, 2)}\n`);
