/**
 * What would be generated where, over the API.
 */

import { z } from 'zod';
import { FORMATS } from '../../../render/formats.ts';
import { hash, name } from './words.ts';

export const generatedRequest = z.strictObject({
  text: z
    .string()
    .max(4 * 1024 * 1024)
    .meta({ description: 'As `PUT /network` takes it; of an edit, what `save=no` answers.' }),
});

const gatewayFile = z.strictObject({ name: z.string(), about: z.string(), text: z.string() });

export const generated = z
  .strictObject({
    hash,
    machines: z
      .array(
        z.strictObject({
          machine: name,
          format: z.enum(FORMATS),
          fileName: z.string(),
          isNew: z.boolean().meta({ description: 'It is not in the file as it is.' }),
          isCommentOnly: z
            .boolean()
            .meta({ description: 'Only comments differ: nothing has to be brought to the machine.' }),
          text: z.string().nullable().meta({ description: 'With placeholders for all keys; null: see `notes`.' }),
          textBefore: z.string().nullable().meta({ description: 'For the file as it is; null where there is none.' }),
          notes: z.array(z.string()),
        }),
      )
      .meta({ description: 'Those whose configuration is another than for the file as it is; new ones first.' }),
    moreMachines: z.array(name).meta({ description: 'Further ones, left out because the answer would be too long.' }),
    removedMachines: z.array(name),
    lans: z
      .array(
        z.strictObject({
          lan: name,
          isNew: z.boolean(),
          files: z.array(gatewayFile),
          notes: z.array(z.string()),
        }),
      )
      .meta({ description: 'Those whose default gateway needs something else; `files` as in their instructions.' }),
    removedLans: z.array(name),
  })
  .meta({ id: 'Generated' });
export type GeneratedShape = z.infer<typeof generated>;
