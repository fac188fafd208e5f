/**
 * The users and groups of this machine, from its own files (passwd(5)). Users of a directory service are not seen: a
 * relay is not started as one of them.
 */

import { readFileSync } from 'node:fs';

export interface Account {
  readonly name: string;
  readonly uid: number;
  /** Its first group. */
  readonly gid: number;
}

export interface Accounts {
  readonly users: readonly Account[];
  readonly groupIds: ReadonlySet<number>;
}

/** The accounts of this machine; none where the files cannot be read. */
export function readAccounts(): Accounts {
  return parseAccounts(readOrEmpty('/etc/passwd'), readOrEmpty('/etc/group'));
}

export function parseAccounts(passwd: string, group: string): Accounts {
  const users: Account[] = [];
  for (const line of passwd.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name && isNumber(uid) && isNumber(gid)) users.push({ name, uid: Number(uid), gid: Number(gid) });
  }
  const ids = group.split('\n').map((line) => line.split(':')[2]);
  return { users, groupIds: new Set(ids.filter(isNumber).map(Number)) };
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^[0-9]{1,10}$/.test(text);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
