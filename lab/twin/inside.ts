/**
 * The program that builds a twin, inside private namespaces: `run.ts` starts it, gives it one `Job` over a channel, and
 * hears what it says. When it ends, the namespaces end, and all that is in them.
 */

import { once } from 'node:events';
import { knowAdministratorsCommands } from '../commands.ts';
import type { Job, Said } from './run.ts';
import { openShell } from './shell.ts';
import { trialKey } from './trials/observation.ts';
import type { Doubting } from './trials/trials.ts';
import { buildTwin } from './twin.ts';

knowAdministratorsCommands();
process.once('message', (job: Job) => void carryOut(job));
// Whoever started us is gone, and with him the reason to go on.
process.on('disconnect', () => process.exit(1));

async function carryOut(job: Job): Promise<void> {
  try {
    const twin = await buildTwin(job.plan, { ...job, say: (text) => void say({ type: 'step', text }) });
    const doubt: Doubting = (observation, trial) => job.doubts.get(trialKey(observation, trial)) ?? 'some';
    await say({ type: 'observed', observations: await twin.tryAll(doubt) });
    if (job.shell) {
      // Once all is printed.
      await once(process, 'message');
      await openShell(twin);
    }
    await say({ type: 'done' });
  } catch (error) {
    await say({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
  process.exit(0);
}

function say(said: Said): Promise<void> {
  return new Promise((resolve) => process.send!(said, () => resolve()));
}
