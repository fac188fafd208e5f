/**
 * Changes of the network file over the API, and hand-over links.
 */

import { z } from 'zod';
import { hash, moment, name } from './words.ts';

export const change = z
  .strictObject({
    id: z.number().int(),
    at: moment,
    who: z.string().nullable(),
    way: z.enum(['page', 'token', 'file']).meta({ description: '`file`: with an editor or the command line.' }),
    action: z.string(),
    object: z.string().nullable(),
    before: hash.nullable(),
    after: hash,
    canUndo: z.boolean().meta({ description: 'Whether it is the last one and the text before it is kept.' }),
  })
  .meta({ id: 'Change' });
export type ChangeShape = z.infer<typeof change>;

export const changes = z.strictObject({ changes: z.array(change) });

export const changeTexts = z.strictObject({
  ...change.shape,
  textBefore: z.string().nullable().meta({ description: 'Null when it is not kept any more.' }),
  textAfter: z.string().nullable(),
});

/** Encrypted by the browser, with a key that stands in the link behind the `#`: nobody here can read it. */
export const newHandOver = z.strictObject({
  machine: name,
  sealed: z
    .base64()
    .min(1)
    .max(64 * 1024),
});
export const handOverLink = z.strictObject({
  id: z.string(),
  url: z.string().meta({ description: 'To which the page adds `#` and the key.' }),
  expiresAt: moment,
});
export const handOver = z.strictObject({ sealed: z.base64() });
