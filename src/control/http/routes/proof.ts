/**
 * Who reaches whom, why not, and what an edit would change about it.
 */

import { editionHash } from '../../history/changes.ts';
import type { ProofAnswer, ProofTask } from '../../proving/proof-task.ts';
import { ProofRefused } from '../../proving/prover.ts';
import type { ApiContext } from '../context.ts';
import { ApiMistakes, ApiRefusal } from '../refusal.ts';
import { type Route, route } from '../route.ts';
import { networkEdit } from '../shape/network.ts';
import { explained, explainQuery, reachability, reachabilityChanges } from '../shape/proof.ts';
import { mistakesOf } from './editing.ts';
import { unknown } from './machines.ts';
import { goodNetwork } from './network.ts';

export const proofRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/reachability',
    access: 'read',
    summary: 'Who reaches whom, and which expectations hold',
    answer: reachability,
    run: async ({ context }) => {
      const { text } = await goodNetwork(context);
      const { answer } = await asked(
        context,
        { kind: 'reachability', text, file: context.paths.shown },
        'reachability',
      );
      return { body: { ...answer, hash: editionHash(text) } };
    },
  }),
  route({
    method: 'POST',
    path: '/reachability/changes',
    access: 'read',
    summary: 'What saving a text would make reachable or unreachable; nothing is saved',
    body: networkEdit,
    answer: reachabilityChanges,
    run: async ({ context, body }) => {
      const { text: before } = await context.network();
      const task = { kind: 'changes', before, text: body.text, file: context.paths.shown } as const;
      return { body: (await asked(context, task, 'changes')).answer };
    },
  }),
  route({
    method: 'GET',
    path: '/explain',
    access: 'read',
    summary: 'Every hop between two, out and back, and the cause and cure where it fails',
    query: explainQuery,
    answer: explained,
    run: async ({ context, query }) => {
      const { text } = await goodNetwork(context);
      const { from, to, on = null, over = null } = query;
      const task = { kind: 'explain', text, file: context.paths.shown, from, to, on, over } as const;
      return { body: (await asked(context, task, 'explained')).answer };
    },
  }),
];

const TOO_MUCH: Readonly<Record<ProofRefused['why'], string>> = {
  time: 'it takes too long for a network of this size',
  memory: 'it needs too much memory for a network of this size',
  busy: 'too many questions wait already',
};

async function asked<K extends ProofAnswer['kind']>(
  { prover, paths }: ApiContext,
  task: ProofTask,
  kind: K,
): Promise<Extract<ProofAnswer, { kind: K }>> {
  let answer: ProofAnswer;
  try {
    answer = await prover.ask(task);
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    throw new ApiRefusal(503, 'proof-refused', `Cannot prove this: ${TOO_MUCH[error.why]}`, { retryAfterS: 5 });
  }
  if (answer.kind === 'unknown') throw unknown('anybody called', answer.name);
  if (answer.kind === 'mistaken') throw new ApiMistakes(mistakesOf(task.text, paths.shown));
  if (answer.kind !== kind) throw new TypeError(`an answer of kind ${answer.kind} to a question of kind ${task.kind}`);
  return answer as Extract<ProofAnswer, { kind: K }>;
}
