/**
 * Colours by meaning, from the sixteen that every theme of a terminal makes readable.
 */

const STYLES = {
  bold: '1',
  dim: '2',
  good: '32',
  warning: '33',
  error: '1;31',
  name: '36',
  note: '1;36',
  help: '1;32',
} as const;

export type Style = keyof typeof STYLES;
export type Paint = (style: Style, text: string) => string;

export function paintWith(colour: boolean): Paint {
  return (style, text) => (colour && text !== '' ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text);
}
