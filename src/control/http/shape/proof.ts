/**
 * Who reaches whom, and why not, over the API.
 */

import { z } from 'zod';
import { diagnostic, hash, name, place } from './words.ts';

export const verdict = z
  .enum(['works', 'partly', 'fails', 'not-proven'])
  .meta({ id: 'Verdict', description: '`not-proven`: it hangs on something that nobody stated.' });

const family = z.union([z.literal(4), z.literal(6)]);

/** `unnamed`: the host at any other address of the LAN of this name, which knows only its default gateway. */
export const subject = z
  .strictObject({ kind: z.enum(['router', 'machine', 'host', 'unnamed']), name })
  .meta({ id: 'Subject' });
export type SubjectShape = z.infer<typeof subject>;

const group = z.strictObject({
  names: z.array(z.string()).meta({ description: 'In the words of the network file: `everyone`, `inside`, a LAN.' }),
  subjects: z.array(subject),
});

export const expectationResult = z.strictObject({
  text: z.string(),
  line: z.number().int().positive(),
  holding: z.enum(['holds', 'broken', 'partly', 'not-proven']),
  from: subject.nullable().meta({ description: 'The first pair for which it does not hold.' }),
  to: subject.nullable(),
});

export const reachability = z
  .strictObject({
    hash,
    isTooLarge: z.boolean().meta({ description: 'More are described than a matrix is made of: ask `explain`.' }),
    sources: z.array(group).meta({ description: 'Those that behave alike are one group.' }),
    destinations: z.array(group),
    cells: z
      .array(
        z.array(
          z
            .strictObject({
              verdict: verdict.nullable().meta({ description: 'Null: no family in common.' }),
              families: z.array(z.strictObject({ family, verdict })),
            })
            .nullable(),
        ),
      )
      .meta({ description: 'By source, then by destination; null where both are one and the same.' }),
    expectations: z.array(expectationResult),
    diagnostics: z.array(diagnostic),
  })
  .meta({ id: 'Reachability' });
export type ReachabilityShape = z.infer<typeof reachability>;

const changed = z.strictObject({
  from: z.array(z.string()),
  to: z.array(z.string()),
  before: verdict.nullable(),
  after: verdict.nullable(),
});

export const reachabilityChanges = z
  .strictObject({
    isTooLarge: z.boolean(),
    gained: z.array(changed),
    lost: z.array(changed),
    otherwise: z.array(changed).meta({ description: 'Between partly, failing and not proven.' }),
    added: z.array(subject),
    removed: z.array(subject),
    expectations: z.array(expectationResult).meta({ description: 'As they would be.' }),
    diagnostics: z.array(diagnostic),
  })
  .meta({ id: 'ReachabilityChanges' });
export type ReachabilityChangesShape = z.infer<typeof reachabilityChanges>;

export const explainQuery = z.strictObject({
  from: name.meta({ description: 'A router, machine or host; a LAN stands for its unnamed host.' }),
  to: name.meta({ description: 'The same, or an address.' }),
  on: z
    .string()
    .regex(/^(ping|(tcp|udp)\/[0-9]{1,5})$/)
    .optional()
    .meta({ description: '`ping`, `tcp/443`, `udp/53`; absent: everything.' }),
  over: z.enum(['ipv4', 'ipv6']).optional(),
});

const origin = z.strictObject({
  places: z.array(place),
  because: z.array(z.strictObject({ rule: z.string(), words: z.string() })),
});

const explanation = z.strictObject({
  from: z.string(),
  to: z.string(),
  family,
  protocol: z.enum(['ping', 'tcp', 'udp']),
  port: z.number().int().nullable(),
  verdict,
  packets: z.array(
    z.strictObject({
      direction: z.enum(['out', 'back']),
      name: z.string(),
      from: z.string(),
      to: z.string(),
      source: z.string(),
      destination: z.string(),
      bytes: z.number().int(),
      disposition: z.string(),
      hops: z.array(
        z.strictObject({
          station: z.string(),
          words: z.string(),
          ends: z.string().nullable(),
          steps: z.array(
            z.strictObject({
              kind: z.string(),
              words: z.string(),
              ends: z.string().nullable(),
              origin: origin.nullable(),
            }),
          ),
        }),
      ),
    }),
  ),
  cause: z
    .strictObject({
      station: z.string(),
      disposition: z.string(),
      sentence: z.string(),
      loss: z.string().nullable(),
      fact: z.strictObject({ words: z.string(), origin }).nullable(),
      cures: z.array(z.strictObject({ kind: z.enum(['file', 'device']), text: z.string() })),
    })
    .nullable(),
  notes: z.array(z.string()),
});

export const explained = z
  .strictObject({
    verdict: verdict.nullable().meta({ description: 'It works when it works in one family; null: none in common.' }),
    families: z.array(
      z.strictObject({
        family,
        verdict,
        protocols: z.array(z.strictObject({ protocol: z.enum(['ping', 'tcp', 'udp']), verdict })),
        explanation: explanation.meta({ description: 'Of the flow that fares worst.' }),
      }),
    ),
  })
  .meta({ id: 'Explained' });
export type ExplainedShape = z.infer<typeof explained>;
