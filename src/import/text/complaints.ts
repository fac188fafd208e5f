/**
 * What an importer has to say besides what it understood: lines it does not understand, and mistakes.
 *
 * Bounded per file: nonsense that looks like a format would otherwise make a complaint of every line.
 */

import type { UnknownFact } from '../../plan/plan.ts';
import type { Diagnostic, Place } from '../imported.ts';
import type { MistakeCode } from '../mistakes.ts';

/** Of each kind and file; then one more says how many there were. */
const AT_MOST = 100;

export interface Unread {
  readonly place: Place;
  readonly reason: string;
  readonly concerns: readonly UnknownFact[];
}

export interface Complaints {
  /** `reason` begins with "cannot". */
  notUnderstood(place: Place, reason: string, concerns: readonly UnknownFact[]): void;
  mistake(code: MistakeCode, place: Place, message: string, more?: Partial<Pick<Diagnostic, 'help' | 'notes'>>): void;
  /** The same where the file still means what it says. */
  warning(code: MistakeCode, place: Place, message: string, more?: Partial<Pick<Diagnostic, 'help' | 'notes'>>): void;
  /** What was said so far. */
  said(): { readonly notUnderstood: readonly Unread[]; readonly diagnostics: readonly Diagnostic[] };
}

export function complaints(): Complaints {
  const unread: Unread[] = [];
  const diagnostics: Diagnostic[] = [];
  let moreUnread = 0;
  let moreMistakes = 0;
  const concernsOfMore = new Set<UnknownFact>();

  function add(severity: Diagnostic['severity']): Complaints['mistake'] {
    return (code, place, message, more = {}) => {
      if (diagnostics.length >= AT_MOST) moreMistakes++;
      else diagnostics.push({ code, severity, place, message, notes: more.notes ?? [], help: more.help ?? [] });
    };
  }

  return {
    notUnderstood(place, reason, concerns) {
      if (unread.length < AT_MOST) unread.push({ place, reason, concerns });
      else {
        moreUnread++;
        for (const concern of concerns) concernsOfMore.add(concern);
      }
    },
    mistake: add('error'),
    warning: add('warning'),
    said() {
      const lastUnread = unread.at(-1);
      const lastMistake = diagnostics.at(-1);
      return {
        notUnderstood:
          moreUnread === 0
            ? unread
            : [
                ...unread,
                { place: lastUnread!.place, reason: `${moreUnread} more like these`, concerns: [...concernsOfMore] },
              ],
        diagnostics:
          moreMistakes === 0
            ? diagnostics
            : [...diagnostics, { ...lastMistake!, notes: [], help: [], message: `${moreMistakes} more like these` }],
      };
    },
  };
}
