/**
 * Diagnostics as the command line tells them: what is wrong, where, the other guilty places, what to do.
 */

import type { DiagnosticShape } from '../../src/control/http/shape/words.ts';
import type { Refused } from '../api/ask.ts';

export function Diagnostics({ of }: { readonly of: readonly DiagnosticShape[] }) {
  return (
    <ul class="stack tight plain">
      {of.map((each) => (
        <li key={JSON.stringify([each.code, each.place, each.message])}>
          <Diagnostic of={each} />
        </li>
      ))}
    </ul>
  );
}

function Diagnostic({ of: { code, severity, place, message, notes, help } }: { readonly of: DiagnosticShape }) {
  return (
    <div class={`notice diagnostic ${severity === 'error' ? 'bad' : 'warn'}`}>
      <p>
        {place !== null && <b>Line {place.line}</b>}
        {place !== null && ': '}
        {message} <code class="code">{code}</code>
      </p>
      {notes.map((note) => (
        <p class="small" key={note.message}>
          <b>Line {note.place.line}</b>: {note.message}
        </p>
      ))}
      {help.map((text) => (
        <p class="small" key={text}>
          <b>What to do:</b> {text}
        </p>
      ))}
    </div>
  );
}

/** Why the answer is no; nothing when it is not. */
export function Refusal({ of, again }: { readonly of: Refused | null; readonly again?: () => void }) {
  if (of === null) return null;
  return (
    <div class="stack tight" role="alert">
      <Diagnostics of={of.diagnostics} />
      {of.retryAfterS !== null && <p class="small">Try again in {of.retryAfterS} s.</p>}
      {again !== undefined && (
        <div>
          <button type="button" class="button" onClick={again}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}
