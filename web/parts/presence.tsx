/**
 * Whether a machine is here, in a word and a colour, never in the colour alone.
 */

import type { ObservedShape } from '../../src/control/http/shape/machine.ts';

type Presence = ObservedShape['presence'];

const WORDS: Readonly<Record<Presence, readonly [word: string, kind: string]>> = {
  here: ['here', 'good'],
  away: ['away', 'quiet'],
  never: ['never seen', 'quiet'],
  disabled: ['disabled', 'warn'],
  expired: ['expired', 'warn'],
  'not-set-up': ['not set up', 'warn'],
  unknown: ['unknown', 'quiet'],
};

export function presenceWord(presence: Presence): string {
  return WORDS[presence]?.[0] ?? presence;
}

export function PresenceMark({ of }: { readonly of: Presence }) {
  const [word, kind] = WORDS[of] ?? [of, 'quiet'];
  return (
    <span class={`mark ${kind}`}>
      <span class="dot" aria-hidden="true" />
      {word}
    </span>
  );
}
