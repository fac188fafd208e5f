/**
 * What an edit makes reachable or unreachable.
 */

import type { ReachabilityChangesShape } from '../../src/control/http/shape/proof.ts';
import { Diagnostics } from './diagnostics.tsx';

type Changed = ReachabilityChangesShape['gained'][number];

export function ReachabilityDifference({ of }: { readonly of: ReachabilityChangesShape }) {
  const { gained, lost, otherwise, added, removed, isTooLarge, diagnostics } = of;
  const isSame = gained.length + lost.length + otherwise.length + added.length + removed.length === 0;
  return (
    <div class="stack tight">
      {isTooLarge && <p class="small soft">The network is too large to compare everybody with everybody.</p>}
      {isSame && !isTooLarge && <p class="small">Nobody reaches anybody more or less than before.</p>}
      <Changes title="Would reach" kind="good" of={gained} />
      <Changes title="Would no longer reach" kind="bad" of={lost} />
      <Changes title="Would change" kind="warn" of={otherwise} />
      <Diagnostics of={diagnostics} />
    </div>
  );
}

function Changes({
  title,
  kind,
  of,
}: {
  readonly title: string;
  readonly kind: string;
  readonly of: readonly Changed[];
}) {
  if (of.length === 0) return null;
  return (
    <section class={`notice ${kind}`}>
      <h3>{title}</h3>
      <ul>
        {of.map((each) => (
          <li key={JSON.stringify(each)}>
            {listText(each.from)} → {listText(each.to)}
            {kind === 'warn' && ` (${verdictText(each.before)}, then ${verdictText(each.after)})`}
          </li>
        ))}
      </ul>
    </section>
  );
}

function verdictText(verdict: Changed['before']): string {
  if (verdict === null) return 'not there';
  return verdict === 'not-proven' ? 'not proven' : verdict;
}

/** The first few by name: groups can be of thousands. */
function listText(names: readonly string[]): string {
  const MOST = 6;
  return names.length <= MOST ? names.join(', ') : `${names.slice(0, MOST).join(', ')} and ${names.length - MOST} more`;
}
