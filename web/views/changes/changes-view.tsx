/**
 * Who changed the network file, what, and when; the last change can be undone.
 */

import { useEffect, useState } from 'preact/hooks';
import type { ChangeShape } from '../../../src/control/http/shape/change.ts';
import { ask } from '../../api/ask.ts';
import { Refusal } from '../../parts/diagnostics.tsx';
import { TextDifference } from '../../parts/text-difference.tsx';
import { Empty, Waiting } from '../../parts/waiting.tsx';
import { momentText } from '../../parts/words.ts';
import { may } from '../../state/account.ts';
import { loadedFrom } from '../../state/loaded.ts';
import { network } from '../../state/network.ts';
import { undo } from '../../state/undo.ts';

const PAGE = 50;

const changes = loadedFrom(
  async (signal) =>
    (await ask<{ changes: ChangeShape[] }>('GET', '/changes', { query: { most: PAGE }, signal })).changes,
);

export function ChangesView() {
  const { hash } = network.value.value ?? {};
  const [older, setOlder] = useState<readonly ChangeShape[]>([]);
  const [isAll, setAll] = useState(false);
  // Another file is another list.
  useEffect(() => {
    setOlder([]);
    setAll(false);
    void changes.load();
  }, [hash]);

  const latest = changes.value.value;
  const all = [...(latest ?? []), ...older];
  const more = async () => {
    const query = { before: all.at(-1)!.id, most: PAGE };
    const answer = await ask<{ changes: ChangeShape[] }>('GET', '/changes', { query });
    setOlder([...older, ...answer.changes]);
    setAll(answer.changes.length < PAGE);
  };
  return (
    <>
      <h1>Changes</h1>
      <Refusal of={changes.refused.value} again={changes.load} />
      {latest === null && changes.refused.value === null && <Waiting />}
      {latest?.length === 0 && (
        <Empty title="Nothing was changed yet">
          Every change of the network file stands here, whether it was made on this page, with an editor or on the
          command line: who made it, what it was, and the way back.
        </Empty>
      )}
      <ol class="stack tight plain">
        {all.map((change) => (
          <li key={change.id} class="card">
            <Change of={change} />
          </li>
        ))}
      </ol>
      {!isAll && all.length >= PAGE && (
        <div>
          <button type="button" class="button" onClick={more}>
            Show older ones
          </button>
        </div>
      )}
    </>
  );
}

function Change({ of }: { readonly of: ChangeShape }) {
  const [isOpen, setOpen] = useState(false);
  const what = whatText(of);
  return (
    <>
      <div class="row apart">
        <div>
          <h2>{what}</h2>
          <p class="small soft">
            {doerText(of)}, <time dateTime={of.at}>{momentText(of.at)}</time>
          </p>
        </div>
        {of.canUndo && may('write') && (
          <button type="button" class="button" onClick={() => void undo(of.id, what)}>
            Undo
          </button>
        )}
      </div>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>What changed in the file</summary>
        {isOpen && <Texts id={of.id} />}
      </details>
    </>
  );
}

function Texts({ id }: { readonly id: number }) {
  type Texts = { textBefore: string | null; textAfter: string | null };
  const [texts] = useState(() => loadedFrom((signal) => ask<Texts>('GET', `/changes/${id}`, { signal })));
  useEffect(() => void texts.load(), [texts]);
  const value = texts.value.value;
  if (texts.refused.value !== null) return <Refusal of={texts.refused.value} />;
  if (value === null) return <Waiting />;
  const { textBefore, textAfter } = value;
  if (textBefore === null || textAfter === null) return <p class="small soft">The texts are not kept any more.</p>;
  return <TextDifference before={textBefore} after={textAfter} />;
}

/** `machine-removed` of `phone`: `Removed machine phone`. */
function whatText({ action, object }: ChangeShape): string {
  const [noun, verb] = [action.slice(0, action.lastIndexOf('-')), action.slice(action.lastIndexOf('-') + 1)];
  const words = `${verb.charAt(0).toUpperCase()}${verb.slice(1)} ${noun.replaceAll('-', ' ')}`;
  return object === null ? words : `${words} ${object}`;
}

function doerText({ who, way }: ChangeShape): string {
  if (way === 'file') return 'In the file itself';
  return way === 'token' ? `By token: ${who ?? 'unknown'}` : (who ?? 'Somebody');
}
