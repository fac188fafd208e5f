/**
 * The verbs as a chapter of `docs/reference/commands.md`, from the same table as help.
 */

import type { Option, Verb } from '../verb.ts';
import { usageOf } from './arguments.ts';
import { optionText } from './help.ts';

/** One section a verb, as Markdown. */
export function verbsDocument(verbs: readonly Verb[], globals: readonly Option[]): string {
  return [...verbs.map(section), `## Options of every verb\n\n${optionTable(globals)}`].join('\n\n');
}

function section(verb: Verb): string {
  return [
    `## ${verb.name}`,
    `${capital(verb.summary)}.`,
    `\`\`\`\n${usageOf(verb)}\n\`\`\``,
    ...verb.about.map(outsideHtml),
    ...(verb.options.length === 0 ? [] : [optionTable(verb.options)]),
    `\`\`\`\n${verb.examples.map(({ command, what }) => `${command}\n    # ${what}`).join('\n')}\n\`\`\``,
  ].join('\n\n');
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => {
    const words = option.words === undefined ? '' : ` (${option.words.map((word) => `\`${word}\``).join(', ')})`;
    const several = option.isList ? ' May be given several times, or with commas.' : '';
    return `| \`${optionText(option)}\` | ${cell(option.summary)}${words}.${several} |`;
  });
  return ['| option | |', '|---|---|', ...rows].join('\n');
}

function cell(text: string): string {
  return outsideHtml(capital(text)).replaceAll('|', '\\|');
}

function outsideHtml(text: string): string {
  return text.replaceAll('<', '&lt;');
}

/** Words that are written as they are typed, such as `tcp/443` or `wg-quick`, stay so. */
function capital(text: string): string {
  return /^[a-z]+(?![\w/-])/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
