/**
 * One line above every view: whether the router runs, whether what is shown is live, whether the file is good. It is
 * always there, so that nothing below it moves.
 */

import { namesNow, routerNow, trouble, unfulfilled, watching } from '../state/live.ts';
import { network } from '../state/network.ts';

export function StateLine() {
  const file = network.value.value;
  const errors = file?.diagnostics.filter(({ severity }) => severity === 'error').length ?? 0;
  const broken = unfulfilled.value?.length ?? 0;
  return (
    <div class="state-line" role="status">
      {watching.value === 'lost' ? <span class="mark bad">Connection lost, trying again</span> : <RouterMark />}
      {file !== null && !file.isGood && (
        <a class="mark bad" href="/file">
          The file has {errors === 1 ? 'a mistake' : `${errors} mistakes`}: the router goes on as before
        </a>
      )}
      {broken > 0 && (
        <a class="mark warn" href="/reachability">
          {broken === 1 ? 'One expectation does' : `${broken} expectations do`} not hold
        </a>
      )}
      {(file?.stale.length ?? 0) > 0 && (
        <a class="mark warn" href="/machines?show=old">
          {file!.stale.length === 1 ? `${file!.stale[0]} needs` : `${file!.stale.length} machines need`} a new
          configuration
        </a>
      )}
      {trouble.value !== null && <span class="mark bad">{trouble.value.message}</span>}
    </div>
  );
}

function RouterMark() {
  const now = routerNow.value;
  if (now === null) return <span class="mark">Looking for the router</span>;
  if (!now.isRunning) return <span class="mark bad">The router does not run</span>;
  return (
    <span class="mark good">
      <span class="dot" aria-hidden="true" />
      Router running, {namesNow.value.length} {namesNow.value.length === 1 ? 'machine' : 'machines'} known
    </span>
  );
}
