/**
 * Words of the API that several shapes use. The shapes validate requests, are tested against every answer, and
 * `docs/openapi.json` is generated from them; the page imports their types.
 */

import { z } from 'zod';

/** What is longer is no name, and is not looked up. */
export const name = z.string().min(1).max(253).meta({ description: 'A name in the network file.' });

export const moment = z.iso.datetime().meta({ id: 'Moment', description: 'ISO 8601, UTC.' });

export const bytes = z.number().int().nonnegative();

/** A value of the network file as it would stand there, without quotes. */
export const value = z.string().max(10_000);
export const values = z.array(value).max(1_000);

export const hash = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .meta({ description: 'Of the text of the network file; in quotes it is the ETag.' });

export const place = z
  .strictObject({
    file: z.string(),
    line: z.number().int().positive(),
    column: z.number().int().positive(),
    endColumn: z.number().int().positive(),
  })
  .meta({ id: 'Place' });

export const diagnostic = z
  .strictObject({
    code: z.string(),
    severity: z.enum(['error', 'warning']),
    place: place.nullable(),
    message: z.string(),
    notes: z.array(z.strictObject({ place, message: z.string() })),
    help: z.array(z.string()),
  })
  .meta({ id: 'Diagnostic', description: 'As the command line prints it; the codes are the same.' });
export type DiagnosticShape = z.infer<typeof diagnostic>;

/** What every answer is that says no. */
export const problem = z.strictObject({ diagnostics: z.array(diagnostic).min(1) }).meta({ id: 'Problem' });
export type ProblemShape = z.infer<typeof problem>;

/** A page of a list, the newest first. */
export const pageQuery = z.strictObject({
  before: z.coerce
    .number()
    .int()
    .positive()
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'Only what has a smaller id.' }),
  most: z.coerce.number().int().min(1).max(500).default(100),
});

export const nothing = z.strictObject({});
