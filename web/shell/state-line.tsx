/**
 * One line above every view: whether the router runs, whether what is shown is live, whether the file is good. It is
 * always there, so that nothing below it moves.
 */

import { countText } from '../parts/words.ts';
import { routerNow, trouble, unfulfilled, watching } from '../state/live.ts';
import { network } from '../state/network.ts';

export function StateLine() {
  const file = network.value.value;
  const errors = file?.diagnostics.filter(({ severity }) => severity === 'error').length ?? 0;
  const broken = unfulfilled.value?.length ?? 0;
  const stale = file?.stale ?? [];
  return (
    <div class="state-line" role="status">
      {watching.value === 'lost' ? <span class="mark bad">Connection lost, trying again</span> : <RouterMark />}
      {file !== null && !file.isGood && (
        <span class="mark bad">The file has {countText(errors, 'mistake')}: the router goes on as before</span>
      )}
      {broken > 0 && <span class="mark warn">{countText(broken, 'expectation')} not fulfilled</span>}
      {stale.length > 0 && (
        <span class="mark warn">
          {stale.length === 1 ? stale[0] : countText(stale.length, 'machine')} must fetch a new configuration
        </span>
      )}
      {trouble.value !== null && <span class="mark bad">{trouble.value.message}</span>}
    </div>
  );
}

function RouterMark() {
  const now = routerNow.value;
  if (now === null) return <span class="mark">Looking for the router</span>;
  if (!now.isRunning) return <span class="mark bad">The router does not run</span>;
  const here = [...now.presences.values()].filter((presence) => presence === 'here').length;
  return (
    <span class="mark good">
      <span class="dot" aria-hidden="true" />
      Router running, {here} of {countText(now.presences.size, 'machine')} here
    </span>
  );
}
