/**
 * Sparing colour: the sixteen colours that every theme chooses for itself, so that dark and light grounds both do.
 */

const STYLES = { bold: '1', dim: '2', good: '32', bad: '1;31', warning: '33', accent: '36' } as const;

export type Style = keyof typeof STYLES;

/** `text` in a style, or as it is where there is no colour. */
export type Paint = (style: Style, text: string) => string;

export const PLAIN: Paint = (_, text) => text;

export const COLOURED: Paint = (style, text) => (text === '' ? '' : `\u001b[${STYLES[style]}m${text}\u001b[0m`);
