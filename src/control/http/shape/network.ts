/**
 * The network file over the API: its text, what is wrong with it, what an edit did.
 */

import { z } from 'zod';
import { diagnostic, hash, name } from './words.ts';

export const networkText = z
  .strictObject({
    file: z.string().meta({ description: 'Where it lies.' }),
    hash,
    text: z.string(),
    name: z.string().nullable().meta({ description: 'Of the network; null while the text has mistakes.' }),
    inside: z.array(z.string()),
    isGood: z.boolean().meta({ description: 'Whether it can be planned.' }),
    diagnostics: z.array(diagnostic),
    notes: z.array(z.string()),
    stale: z.array(name).meta({ description: 'Machines that must fetch a new configuration.' }),
    groups: z.array(z.strictObject({ name, members: z.array(name) })),
    expectations: z.array(z.strictObject({ text: z.string(), line: z.number().int().positive() })),
  })
  .meta({ id: 'NetworkText' });
export type NetworkTextShape = z.infer<typeof networkText>;

export const networkEdit = z.strictObject({ text: z.string().max(4 * 1024 * 1024) });

export const checkAnswer = z.strictObject({
  hash,
  isGood: z.boolean(),
  diagnostics: z.array(diagnostic),
  stale: z.array(name),
  added: z.array(name).meta({ description: 'Machines, LANs and hosts that are not in the file as it is.' }),
  removed: z.array(name),
});
export type CheckAnswerShape = z.infer<typeof checkAnswer>;

/** What every edit answers. */
export const edited = z
  .strictObject({
    hash: hash.meta({ description: 'Of the file as it is now, or with `save=no` as it would be.' }),
    isSaved: z.boolean(),
    text: z.string().nullable().meta({ description: 'With `save=no`, the file as it would be; else null.' }),
    change: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'For undo; null when nothing was saved, there is no history, or no difference.' }),
    diagnostics: z.array(diagnostic).meta({ description: 'Warnings that the edit has brought.' }),
    notes: z.array(z.string()),
    stale: z.array(name),
  })
  .meta({ id: 'Edited' });
export type EditedShape = z.infer<typeof edited>;

export const editQuery = z.strictObject({
  expectations: z
    .enum(['keep', 'ignore'])
    .default('keep')
    .meta({ description: '`keep` refuses an edit by which something no longer holds that is expected.' }),
  save: z
    .enum(['yes', 'no'])
    .default('yes')
    .meta({ description: '`no` answers what would come of it: nothing is written, and nothing is audited.' }),
});

export const renaming = z.strictObject({ to: z.string().max(253) });
