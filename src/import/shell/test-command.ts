/**
 * `[ … ]`: what of it is known on the model of a machine.
 */

import type { HookContext, Status } from '../commands/context.ts';
import { switchPath } from '../machine/switches.ts';
import type { Words } from './queries.ts';

/** Words between the brackets. Files are nobody's to know, switches of every kernel apart. */
export function isTrue(words: Words, context: HookContext): Status {
  const [first, ...rest] = words;
  if (first === '!') {
    const status = isTrue(rest, context);
    return status === null ? null : !status;
  }
  if (words.length === 1) return first === null ? null : first !== '';
  if (words.length === 2) {
    const value = rest[0];
    if (value === null || value === undefined) return null;
    if (first === '-n') return value !== '';
    if (first === '-z') return value === '';
    if (first === '-e' || first === '-f' || first === '-d' || first === '-r' || first === '-w')
      return fileStatus(value);
    return null;
  }
  const [operator, right] = rest;
  if (words.length !== 3 || first === null || first === undefined || right === null || right === undefined) return null;
  if (operator === '=' || operator === '==' || operator === '-eq') return first === right;
  if (operator === '!=' || operator === '-ne') return first !== right;
  return null;
}

/** Linux 6.17 and later have a switch that earlier kernels lack; it is taken to be missing. */
function fileStatus(path: string): Status {
  if (path.endsWith('/force_forwarding')) return false;
  return switchPath(path) === null ? null : true;
}
