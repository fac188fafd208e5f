/**
 * Fields of forms: a label, a hint, and what is wrong, tied together for screen readers.
 */

import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FieldWords {
  readonly label: string;
  readonly hint?: ComponentChildren;
  /** What is wrong with it. */
  readonly wrong?: string | null;
}

export interface InputAttributes {
  readonly autoComplete?: string;
  readonly autoCapitalize?: 'off' | 'on';
  readonly autoFocus?: boolean;
  readonly inputMode?: 'text' | 'numeric' | 'decimal' | 'url';
  readonly list?: string;
  readonly max?: string;
  readonly maxLength?: number;
  readonly min?: string;
  readonly minLength?: number;
  readonly name?: string;
  readonly pattern?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly spellcheck?: boolean;
}

export interface TextFieldProps extends FieldWords {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly type?: 'text' | 'password' | 'search' | 'datetime-local' | 'number';
  /** Attributes of the input itself. */
  readonly input?: InputAttributes;
}

export function TextField({ label, hint, wrong, value, onValue, type = 'text', input = {} }: TextFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...(input as object)}
        id={id}
        class="input"
        type={type as 'text'}
        value={value}
        aria-describedby={`${id}-hint`}
        aria-invalid={wrong ? 'true' : undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <FieldNotes id={`${id}-hint`} hint={hint} wrong={wrong} />
    </div>
  );
}

export interface SelectFieldProps extends FieldWords {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

export function SelectField({ label, hint, wrong, value, onValue, options }: SelectFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={value}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <FieldNotes id={`${id}-hint`} hint={hint} wrong={wrong} />
    </div>
  );
}

function FieldNotes({ id, hint, wrong }: { id: string; hint: ComponentChildren; wrong: string | null | undefined }) {
  return (
    <div id={id} class={hint === undefined && !wrong ? 'visually-hidden' : undefined}>
      {hint !== undefined && <div class="hint">{hint}</div>}
      {wrong && <div class="wrong">{wrong}</div>}
    </div>
  );
}
