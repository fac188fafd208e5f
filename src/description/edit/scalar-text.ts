/**
 * Single values, lists and mappings as YAML text that reads back as exactly the same, in block and in flow style.
 */

/** What an edit writes: a value, a list of values, or a mapping in this order. */
export type Content = string | readonly string[] | { readonly pairs: readonly Pair[] };
export type Pair = readonly [word: string, content: Content];

/** Plain in every style: begins and ends with a letter or digit or the like, no colon, no bracket, no `#`. */
const PLAIN = /^[A-Za-z0-9](?:[A-Za-z0-9 ._/+=-]*[A-Za-z0-9._/+=-])?$/;
/** `vpn.example.net:51820`: plain, too, but in flow style a reader should not have to think about the colon. */
const NAME_AND_PORT = /^[A-Za-z][A-Za-z0-9.-]*:[0-9]+$/;
const NOT_A_STRING = /^(?:null|true|false)$/i;
/** Words that are true or false. In quotes, as a text, an editor would mark their value as a mistake. */
const TRUTHS: ReadonlySet<string> = new Set(['disabled']);

/** `text` as a YAML scalar: plain where nobody could read it otherwise, else in double quotes. */
export function scalarText(text: string, inFlow: boolean): string {
  if (NOT_A_STRING.test(text)) return doubleQuoted(text);
  return PLAIN.test(text) || (!inFlow && NAME_AND_PORT.test(text)) ? text : doubleQuoted(text);
}

/** `text` as the value of `word`. */
export function valueText(word: string, text: string, inFlow: boolean): string {
  return isTruth(word, text) ? text : scalarText(text, inFlow);
}

/** Whether `text` is true or false and not a text, as the value of `word`. */
export function isTruth(word: string, text: string): boolean {
  return TRUTHS.has(word) && /^(?:true|false)$/.test(text);
}

/** `text` in the quotes that stand there already. */
export function scalarTextLike(style: string | undefined, text: string, inFlow: boolean): string {
  if (style === 'QUOTE_DOUBLE') return doubleQuoted(text);
  if (style === 'QUOTE_SINGLE' && /^[ -~\u00a0-\ud7ff]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return scalarText(text, inFlow);
}

/** JSON's strings are YAML's (YAML 1.2.2 section 7.3.1), once what editors do not show is escaped too. */
function doubleQuoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function flowText(content: Content): string {
  if (typeof content === 'string') return scalarText(content, true);
  if ('pairs' in content) return `{${flowPairs(content.pairs)}}`;
  return `[${content.map((each) => scalarText(each, true)).join(', ')}]`;
}

export function flowPairs(pairs: readonly Pair[]): string {
  return pairs
    .map(([word, content]) => {
      const value = typeof content === 'string' ? valueText(word, content, true) : flowText(content);
      return `${scalarText(word, true)}: ${value}`;
    })
    .join(', ');
}

/** The lines of `pairs` in block style, `column` spaces in; lists and empty mappings stay in flow style. */
export function blockLines(pairs: readonly Pair[], column: number, step: number): string[] {
  return pairs.flatMap(([word, content]) => {
    const start = `${' '.repeat(column)}${scalarText(word, false)}:`;
    if (typeof content === 'string') return [`${start} ${valueText(word, content, false)}`];
    if (!('pairs' in content)) return [`${start} ${flowText(content)}`];
    return [start, ...blockLines(content.pairs, column + step, step)];
  });
}
