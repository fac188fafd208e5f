/**
 * Every code of a mistake in an imported file. Codes are stable; `docs/reference/importing.md` explains each.
 */

export const MISTAKE_CODES = [
  'file-too-large',
  'file-not-recognised',
  'yaml-syntax',
  'json-syntax',
  'nesting-too-deep',
  'word-unknown',
  'word-twice',
  'value-wrong',
  'section-unknown',
  'section-missing',
  'key-wrong',
  'key-missing',
  'key-twice',
  'prefix-twice',
  'host-bits-set',
  'name-unknown',
  'survey-twice',
] as const;

export type MistakeCode = (typeof MISTAKE_CODES)[number];
