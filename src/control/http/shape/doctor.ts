/**
 * The doctor over the API: files of a network that others built, and what is found in them. The fields that
 * `wg-router doctor --json` prints have the same names and meaning here.
 */

import { z } from 'zod';

/** What one request may bring; all files together have what a request may have, 8 MiB. */
export const GIVEN_FILES_AT_MOST = 5_000;
const TEXT_AT_MOST = 4 * 1024 * 1024;
const ANSWERS_AT_MOST = 256 * 1024;

const end = z.string().min(1).max(253).meta({ description: 'A machine, a LAN, an address, a prefix, or `internet`.' });

const examination = {
  files: z
    .array(
      z.strictObject({
        name: z
          .string()
          .min(1)
          .max(1_000)
          .meta({ description: 'As messages name it. `/` stands between folders: `router/wg0.conf`.' }),
        text: z.string().max(TEXT_AT_MOST),
      }),
    )
    .min(1)
    .max(GIVEN_FILES_AT_MOST)
    .meta({ description: 'What `wg-router doctor` reads: configurations, outputs of commands, `survey.yaml`.' }),
  answers: z.string().max(ANSWERS_AT_MOST).optional().meta({
    description: 'Facts besides, in the words of `survey.yaml` (YAML, so JSON too): they win over those in the file.',
  }),
};

export const doctorRequest = z.strictObject({
  ...examination,
  question: z
    .strictObject({
      from: end,
      to: end,
      via: z.string().min(1).max(253).optional().meta({ description: 'The machine through which it shall go.' }),
      what: z
        .string()
        .regex(/^(any|ping|dns|handshake|(tcp|udp)(\/[0-9]{1,5}(-[0-9]{1,5})?)?)$/)
        .optional(),
      size: z.enum(['large', 'small']).optional().meta({ description: '`large`: small packets pass.' }),
    })
    .optional()
    .meta({ description: 'What does not work; absent: what the survey asks, else every pair is looked at.' }),
});
export type DoctorRequestShape = z.infer<typeof doctorRequest>;

export const adoptRequest = z.strictObject({
  ...examination,
  name: z.string().min(1).max(253).meta({ description: 'What the network shall be called.' }),
});

const remark = z.strictObject({
  file: z.string(),
  line: z.number().int().positive().nullable().meta({ description: 'Null: the file as a whole.' }),
  text: z.string(),
  isError: z.boolean(),
});

const finding = z.strictObject({
  cause: z.string().meta({ description: 'A code of docs/reference/causes.md.' }),
  machine: z.string().meta({ description: 'Where something is to be changed.' }),
  flows: z.array(z.strictObject({ from: z.string(), to: z.string(), direction: z.enum(['forward', 'reply']) })),
  certainty: z.enum(['proved', 'likely', 'possible']),
  sentence: z.string(),
  assumption: z.string().nullable().meta({ description: 'What had to be taken to be so; null when it is proved.' }),
  evidence: z.array(
    z.union([
      z.strictObject({
        file: z.string(),
        line: z.number().int().positive(),
        excerpt: z.array(z.string()).meta({ description: 'The line and a caret below it; keys are dots.' }),
      }),
      z.strictObject({ fact: z.string() }),
    ]),
  ),
  cure: z.string(),
  packets: z
    .array(
      z.strictObject({
        direction: z.enum(['forward', 'reply']),
        name: z.string(),
        from: z.string(),
        to: z.string(),
        hops: z.array(z.strictObject({ station: z.string(), words: z.string(), isEnd: z.boolean() })),
      }),
    )
    .meta({ description: 'The first packet, the first reply, and the one that is lost.' }),
});

export const doctorReport = z
  .strictObject({
    isUnderstood: z.boolean().meta({ description: 'Whether any of the files is one that is known.' }),
    findings: z.array(finding).meta({ description: 'The most certain and most explanatory first.' }),
    moreFindings: z.number().int().nonnegative().meta({ description: 'How many are left out.' }),
    unknown: z
      .array(z.strictObject({ machine: z.string(), fact: z.string(), how: z.string() }))
      .meta({ description: 'Questions whose answer would settle what is open, and what prints it.' }),
    machines: z.array(z.string()),
    lans: z.array(z.string()),
    files: z.array(z.strictObject({ file: z.string(), kind: z.string().nullable(), machine: z.string().nullable() })),
    questions: z.number().int().nonnegative().meta({ description: 'How many flows were asked about.' }),
    looked: z
      .strictObject({ tried: z.number().int(), pairs: z.number().int() })
      .nullable()
      .meta({ description: 'Without questions: how many pairs were looked at.' }),
    notUnderstood: z.array(remark),
    mistakes: z.array(remark),
  })
  .meta({ id: 'DoctorReport' });
export type DoctorReportShape = z.infer<typeof doctorReport>;

export const adopted = z
  .strictObject({
    text: z.string().meta({ description: 'A network file. Private and preshared keys are not in it.' }),
    changes: z.array(z.string()).meta({ description: 'What the configurations say and the file does not.' }),
    keys: z
      .array(z.strictObject({ name: z.string(), kind: z.enum(['router', 'machine']), publicKey: z.string() }))
      .meta({ description: 'Whose private key stays where it is.' }),
  })
  .meta({ id: 'Adopted' });
export type AdoptedShape = z.infer<typeof adopted>;
