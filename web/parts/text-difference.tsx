/**
 * What differs between two texts, by lines, with a little of what stands around.
 */

import { structuredPatch } from 'diff';

export function TextDifference({ before, after }: { readonly before: string; readonly after: string }) {
  const { hunks } = structuredPatch('', '', before, after, undefined, undefined, { context: 2 });
  if (hunks.length === 0) return <p class="small soft">Nothing.</p>;
  return (
    <div class="text-block">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is scrolled by keyboard too */}
      <pre tabIndex={0}>
        {hunks.map((hunk) => (
          <span key={hunk.newStart}>
            <span class="soft">{`line ${hunk.newStart}\n`}</span>
            {hunk.lines.map((line, i) => (
              <span key={i} class={line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : undefined}>
                {`${line}\n`}
              </span>
            ))}
          </span>
        ))}
      </pre>
    </div>
  );
}
