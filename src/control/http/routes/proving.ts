/**
 * Asking the prover, and what its answers mean for the asker.
 */

import type { Diagnostic } from '../../../description/diagnostic.ts';
import { parseNetwork } from '../../../description/parse.ts';
import { planNetwork } from '../../../plan/plan-network.ts';
import type { ProofAnswer, ProofTask } from '../../proving/proof-task.ts';
import { ProofRefused } from '../../proving/prover.ts';
import type { ApiContext } from '../context.ts';
import { ApiMistakes, ApiRefusal } from '../refusal.ts';

const TOO_MUCH: Readonly<Record<ProofRefused['why'], string>> = {
  time: 'it takes too long for a network of this size',
  memory: 'it needs too much memory for a network of this size',
  busy: 'too many questions wait already',
};

/** The answer to `task`. Throws `ApiMistakes`, or an `ApiRefusal`. */
export async function proved<K extends ProofAnswer['kind']>(
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
  if (answer.kind === 'unknown') {
    throw new ApiRefusal(404, 'unknown-name', `Cannot find anybody called "${answer.name.slice(0, 100)}"`);
  }
  if (answer.kind === 'mistaken') throw new ApiMistakes(mistakesOf(task.text, paths.shown));
  if (answer.kind !== kind) throw new TypeError(`an answer of kind ${answer.kind} to a question of kind ${task.kind}`);
  return answer as Extract<ProofAnswer, { kind: K }>;
}

/** Every mistake of a text. */
function mistakesOf(text: string, file: string): readonly Diagnostic[] {
  const { network, diagnostics } = parseNetwork(text, file);
  return network === null ? diagnostics : [...diagnostics, ...planNetwork(network).diagnostics];
}
