/**
 * `page link` and `page password`: getting in to the page, for those who may write to the state folder.
 */

import { readNetworkFile } from '../../control/network-store.ts';
import { Accounts, FIRST_PERSON, LINK_MS } from '../../control/sign-in/accounts.ts';
import { knownOrigin, signInUrl } from '../../control/sign-in/page-origin.ts';
import { runningControl } from '../../control/supervise/running-router.ts';
import { quoted } from '../../description/visible.ts';
import { jsonDocument } from '../command-line/json.ts';
import { Refused } from '../command-line/outcome.ts';
import { hiddenLine } from '../terminal/hidden-line.ts';
import { sayNotes } from '../terminal/notes.ts';
import type { ExitCode, Invocation } from '../verb.ts';

const SHORTEST_PASSWORD = 10;
const LONGEST_PASSWORD = 1_000;

export async function link(invocation: Invocation): Promise<ExitCode> {
  const { terminal, isJson } = invocation;
  const paths = invocation.paths();
  const name = personOf(invocation);
  if (isJson || !terminal.isInteractive) {
    throw new Refused('terminal-needed', 'Cannot print a link: it is for a terminal, where nothing is kept', [
      'without a terminal, set a password: wg-router page password < FILE',
    ]);
  }
  // Where there is no network, no folder is made for one.
  readNetworkFile(paths);
  const { link } = await new Accounts(paths).makeLink(name);
  terminal.print(`${terminal.paint('bold', signInUrl(knownOrigin(paths), link))}\n`);
  const notes = [`it answers once, within ${LINK_MS / 60_000} minutes, and signs in ${name}`];
  if (runningControl(paths) === null) notes.push('the page is served while the router runs: wg-router up');
  sayNotes(terminal, notes);
  return 0;
}

export async function password(invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  const paths = invocation.paths();
  const name = personOf(invocation);
  readNetworkFile(paths);
  const accounts = new Accounts(paths);
  const isNew = accounts.person(name) === null;
  const text = await passwordText(invocation, name);
  await accounts.setPassword(name, text, null);
  if (invocation.flag('remove-code')) await accounts.setCode(name, null);
  if (invocation.isJson) terminal.print(jsonDocument({ person: name, isNew }));
  else terminal.print(`${terminal.paint('good', 'set')} the password of ${name}\n`);
  return 0;
}

/** What a person may be called stands in every place: in file names, in logs, in cookies. */
function personOf({ positionals }: Invocation): string {
  const name = positionals[0] ?? FIRST_PERSON;
  if (/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name)) return name;
  throw new Refused('person-invalid', `Cannot use ${quoted(name)} as the name of a person`, [
    'a name has up to 32 lower-case letters, digits and hyphens',
  ]);
}

async function passwordText({ terminal }: Invocation, name: string): Promise<string> {
  const isTyped = process.stdin.isTTY === true;
  const text = isTyped ? await hiddenLine(`Password of ${name}: `, terminal) : await firstLine();
  if (text.length < SHORTEST_PASSWORD || text.length > LONGEST_PASSWORD) {
    throw new Refused(
      'password-length',
      `Cannot use this password: it has ${text.length} characters, and ${SHORTEST_PASSWORD} are the least`,
      ['a few words in a row are easy to remember and hard to guess'],
    );
  }
  if (isTyped && (await hiddenLine('Once more: ', terminal)) !== text) {
    throw new Refused('password-differs', 'Cannot set the password: the two are not the same');
  }
  return text;
}

async function firstLine(): Promise<string> {
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8') as AsyncIterable<string>) {
    text += part;
    if (text.length > 2 * LONGEST_PASSWORD || text.includes('\n')) break;
  }
  process.stdin.destroy();
  return text.split(/\r?\n/, 1)[0] ?? '';
}
