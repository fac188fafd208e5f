/**
 * All verbs, in the order of help.
 */

import { addHost } from './add/host.ts';
import { addLan } from './add/lan.ts';
import { addMachine } from './add/machine.ts';
import { check } from './check.ts';
import { config } from './config.ts';
import { init } from './init.ts';
import { remove } from './remove.ts';
import { rename } from './rename.ts';
import type { Verb } from './verb.ts';

export const VERBS: readonly Verb[] = [init, addMachine, addLan, addHost, remove, rename, check, config];
