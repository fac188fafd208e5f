/**
 * `up`: runs the router and follows the network file until it is ended.
 */

import { lstatSync } from 'node:fs';
import { readNetworkFile } from '../control/network-store.ts';
import type { NetworkPaths } from '../control/paths.ts';
import { signalProcess } from '../control/process-identity.ts';
import { readRelayRecord } from '../control/supervise/relay-record.ts';
import { Supervisor, type SupervisorEvent } from '../control/supervise/supervisor.ts';
import { Mistaken, Refused } from './command-line/outcome.ts';
import { initNetwork } from './init.ts';
import { pagePlace } from './page/page-place.ts';
import { ServedPage } from './page/served-page.ts';
import { EventLines } from './running/event-lines.ts';
import { sayNotes } from './terminal/notes.ts';
import type { ExitCode, Invocation } from './verb.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { terminal } = invocation;
  if (invocation.isJson) {
    throw new Refused('json-endless', 'Cannot answer `up` with a JSON document: it runs until it is ended', [
      'what it does, as JSON: wg-router status --json',
    ]);
  }
  const paths = invocation.paths(invocation.positionals[0]);
  const place = pagePlace(invocation);
  await makeFirstNetwork(invocation, paths);
  const lines = new EventLines({
    paint: terminal.paint,
    colour: terminal.colour,
    file: paths.shown,
    now: () => new Date(),
  });
  const page = new ServedPage(invocation, paths, place);
  let hasBegun = false;
  let mistakes: Extract<SupervisorEvent, { type: 'mistaken' }> | null = null;
  const supervisor = new Supervisor({
    paths,
    replace: invocation.flag('replace'),
    say(event) {
      hasBegun ||= event.type === 'loaded';
      // Before anything runs, mistakes are the answer and not an event.
      if (!hasBegun && event.type === 'mistaken') mistakes = event;
      else if (hasBegun) {
        terminal.print(lines.of(event));
        page.heard(event);
      }
    },
  });
  const release = followSignals(supervisor, paths.state, (text) => terminal.say(text));
  try {
    switch (await supervisor.run()) {
      case 'ended':
        terminal.say('The router has ended.\n');
        return 0;
      case 'left':
        terminal.say('This process ends; the relay goes on forwarding. To end it: wg-router down\n');
        return 0;
      case 'replaced':
        terminal.say('Another `wg-router up` took over; the relay goes on forwarding.\n');
        return 0;
      case 'mistaken':
        if (mistakes !== null) throw mistaken(mistakes);
        readNetworkFile(paths);
        return 1;
    }
  } finally {
    release();
    page.close();
  }
}

/** With `--init`: a first network where there is none. */
async function makeFirstNetwork(invocation: Invocation, paths: NetworkPaths): Promise<void> {
  const endpoint = invocation.text('endpoint');
  const isThere = lstatSync(paths.file, { throwIfNoEntry: false }) !== undefined;
  if (invocation.flag('init') && !isThere) {
    const { notes } = await initNetwork(paths, { endpoint });
    sayNotes(invocation.terminal, [`made a first network in ${paths.shown}`, ...notes]);
  } else if (endpoint !== undefined) {
    const cure = isThere ? `edit \`endpoint\` in ${paths.shown}` : 'use it with --init';
    sayNotes(invocation.terminal, [`--endpoint is for a first network and changes nothing here: ${cure}`]);
  }
}

function mistaken({ diagnostics, text }: Extract<SupervisorEvent, { type: 'mistaken' }>): Mistaken {
  return new Mistaken(diagnostics, text, 'the router was not started; a relay that runs already goes on as it was');
}

/** Ends on the first Ctrl-C or SIGTERM, at once on the second; leaves on SIGHUP and when nobody reads any more. */
function followSignals(supervisor: Supervisor, state: string, say: (text: string) => void): () => void {
  let isEnding = false;
  const end = () => {
    if (isEnding) endAtOnce(state);
    isEnding = true;
    say('Ending the router …\n');
    supervisor.end();
  };
  const leave = () => supervisor.leave();
  // A closed terminal, seen before its signal: the relay must not end because of a message.
  process.stdout.removeAllListeners('error').on('error', leave);
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', leave);
  return () => {
    process.off('SIGINT', end).off('SIGTERM', end).off('SIGHUP', leave);
  };
}

function endAtOnce(state: string): never {
  const { process: relay } = readRelayRecord(state);
  if (relay !== null) signalProcess(relay, 'SIGKILL');
  process.exit(2);
}
