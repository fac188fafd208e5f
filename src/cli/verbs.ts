/**
 * All verbs, in the order of help. What a verb does is loaded when it is run, so that help and completion are quick.
 */

import type { Verb } from './verb.ts';
import { disable } from './verbs/acceptance/disable.ts';
import { enable } from './verbs/acceptance/enable.ts';
import { expire } from './verbs/acceptance/expire.ts';
import { addHost } from './verbs/add/host.ts';
import { addLan } from './verbs/add/lan.ts';
import { addMachine } from './verbs/add/machine.ts';
import { backup } from './verbs/backup/backup.ts';
import { restore } from './verbs/backup/restore.ts';
import { check } from './verbs/check.ts';
import { completion } from './verbs/completion.ts';
import { config } from './verbs/config.ts';
import { doctor } from './verbs/doctor.ts';
import { down } from './verbs/down.ts';
import { explain } from './verbs/explain.ts';
import { init } from './verbs/init.ts';
import { lab } from './verbs/lab.ts';
import { pageLink } from './verbs/page/link.ts';
import { pagePassword } from './verbs/page/password.ts';
import { remove } from './verbs/remove.ts';
import { rename } from './verbs/rename.ts';
import { status } from './verbs/status.ts';
import { survey } from './verbs/survey.ts';
import { up } from './verbs/up.ts';

export const VERBS: readonly Verb[] = [
  init,
  addMachine,
  addLan,
  addHost,
  remove,
  rename,
  disable,
  enable,
  expire,
  check,
  explain,
  doctor,
  survey,
  config,
  up,
  status,
  down,
  pageLink,
  pagePassword,
  backup,
  restore,
  lab,
  completion,
];
