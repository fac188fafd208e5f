/**
 * What comes of adopting a network that others built: the text of a network file that is held to the rules of every other,
 * or why there is none.
 */

import type { Diagnostic } from '../../description/diagnostic.ts';
import type { Network } from '../../description/network.ts';
import { parseNetwork } from '../../description/parse.ts';
import type { Adopted } from '../../import/adopt.ts';
import { formatKey } from '../../net/key.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import type { ReportedFinding } from './report.ts';

/** How messages call the file that is not there yet. */
export const ADOPTED_FILE = 'network.yaml';

export type Adoption =
  | {
      readonly kind: 'adopted';
      readonly text: string;
      /** What the configurations say and the file does not, or differently. */
      readonly changes: readonly string[];
      /** Whose private key stays where it is: the file has the public one. */
      readonly keys: readonly KeptKey[];
    }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string; readonly help: readonly string[] }
  /** Mistakes in the file that it would have been. */
  | { readonly kind: 'mistaken'; readonly diagnostics: readonly Diagnostic[]; readonly text: string };

export interface KeptKey {
  readonly name: string;
  readonly kind: 'router' | 'machine';
  readonly publicKey: string;
}

/** A network with a proved or likely cause is not adopted: it would be made to last as it is. */
export function adoptionOf(adopted: Adopted, findings: readonly ReportedFinding[]): Adoption {
  const serious = findings.filter(({ certainty }) => certainty !== 'possible');
  if (serious.length > 0) {
    return {
      kind: 'refused',
      code: 'not-healthy',
      message: 'Cannot adopt a network that does not work',
      help: [
        ...serious.map(({ cause, sentence }) => `${cause}: ${sentence}`),
        'cure it first; `wg-router doctor` without --adopt says how',
      ],
    };
  }
  if ('refusals' in adopted) {
    const [first, ...others] = adopted.refusals;
    const { code, message, help } = first!;
    const rest = others.flatMap((each) => [each.message, ...each.help]);
    return { kind: 'refused', code, message, help: [...help, ...rest] };
  }
  const { network, diagnostics } = parseNetwork(adopted.text, ADOPTED_FILE);
  const mistakes = network === null ? diagnostics : [...diagnostics, ...planNetwork(network).diagnostics];
  if (network === null || mistakes.some(({ severity }) => severity === 'error')) {
    return { kind: 'mistaken', diagnostics: structuredClone(mistakes), text: adopted.text };
  }
  return { kind: 'adopted', ...adopted, keys: keysOf(network) };
}

function keysOf({ routers, machines }: Network): KeptKey[] {
  const kinds = [
    ['router', routers],
    ['machine', machines],
  ] as const;
  return kinds.flatMap(([kind, devices]) =>
    devices.flatMap(({ name, publicKey }) =>
      publicKey === undefined ? [] : [{ name: name.value, kind, publicKey: formatKey(publicKey.value) }],
    ),
  );
}
