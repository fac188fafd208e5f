/**
 * Mistakes that only show when two places of the file meet, as diagnostics.
 */

import type { Diagnostic, Place } from '../../description/diagnostic.ts';

interface Details {
  /** The other guilty places, each with what it says. */
  readonly notes?: readonly (readonly [Place, string])[];
  /** What to do; one entry a line. */
  readonly help: readonly string[];
}

/** An error: nothing is planned until it is cured. */
export function mistake(code: string, place: Place, message: string, details: Details): Diagnostic {
  return diagnostic('error', code, place, message, details);
}

/** A warning: planned as described, and worth knowing. */
export function warning(code: string, place: Place, message: string, details: Details): Diagnostic {
  return diagnostic('warning', code, place, message, details);
}

function diagnostic(
  severity: Diagnostic['severity'],
  code: string,
  place: Place,
  message: string,
  details: Details,
): Diagnostic {
  const notes = (details.notes ?? []).map(([notePlace, noteMessage]) => ({ place: notePlace, message: noteMessage }));
  return { code, severity, place, message, notes, help: details.help };
}
