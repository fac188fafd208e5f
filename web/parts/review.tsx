/**
 * An edit before it is saved: what changes in the file, who would reach whom and who no longer, and which expectations
 * would be broken.
 */

import { useEffect, useState } from 'preact/hooks';
import type { EditedShape } from '../../src/control/http/shape/network.ts';
import type { ReachabilityChangesShape } from '../../src/control/http/shape/proof.ts';
import { ask, Refused } from '../api/ask.ts';
import { type Edit, isOfExpectations, make, reviewed, tryEdit } from '../state/edit.ts';
import { network } from '../state/network.ts';
import { Diagnostics, Refusal } from './diagnostics.tsx';
import { Dialog } from './dialog.tsx';
import { ReachabilityDifference } from './reachability-difference.tsx';
import { TextDifference } from './text-difference.tsx';
import { Waiting } from './waiting.tsx';

/** Stands once in the frame; shows whatever edit is reviewed. */
export function Review() {
  const edit = reviewed.value;
  return edit === null ? null : <ReviewOf edit={edit} key={JSON.stringify([edit.method, edit.path, edit.body])} />;
}

function ReviewOf({ edit }: { readonly edit: Edit }) {
  const [tried, setTried] = useState<EditedShape | null>(null);
  const [effects, setEffects] = useState<ReachabilityChangesShape | null>(null);
  const [refused, setRefused] = useState<Refused | null>(null);
  const [unproved, setUnproved] = useState<Refused | null>(null);
  const [isSaving, setSaving] = useState(false);
  const close = () => {
    reviewed.value = null;
  };

  useEffect(() => {
    const abort = new AbortController();
    void (async () => {
      try {
        const answer = await tryEdit(edit, abort.signal);
        setTried(answer);
        try {
          const body = { text: answer.text ?? '' };
          setEffects(await ask('POST', '/reachability/changes', { body, signal: abort.signal }));
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          setUnproved(error);
        }
      } catch (error) {
        if (error instanceof Refused) setRefused(error);
        else if (!abort.signal.aborted) throw error;
      }
    })();
    return () => abort.abort();
  }, [edit]);

  const save = async (ignoringExpectations: boolean) => {
    setSaving(true);
    try {
      await make(edit, { ignoringExpectations });
      close();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      setRefused(error);
    } finally {
      setSaving(false);
    }
  };

  const mayInsist = refused !== null && isOfExpectations(refused);
  const isStopped = refused !== null && !mayInsist;
  return (
    <Dialog title="Before it is saved" onClose={close}>
      <p>{edit.done.replace(/\.$/, '')}?</p>
      <Refusal of={refused} />
      {tried === null && refused === null && <Waiting what="Working out what would change" />}
      {tried !== null && <Diagnostics of={tried.diagnostics} />}
      {tried !== null && effects === null && unproved === null && <Waiting what="Proving who would reach whom" />}
      {effects !== null && <ReachabilityDifference of={effects} />}
      {unproved !== null && <p class="small soft">Who would reach whom is not known: {unproved.message}</p>}
      {tried !== null && (
        <details>
          <summary>What changes in the file</summary>
          <TextDifference before={network.value.value?.text ?? ''} after={tried.text ?? ''} />
        </details>
      )}
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          Leave it as it is
        </button>
        {mayInsist ? (
          <button type="button" class="button danger" disabled={isSaving} onClick={() => save(true)}>
            Save all the same
          </button>
        ) : (
          <button
            type="button"
            class="button main"
            disabled={tried === null || isSaving || isStopped}
            onClick={() => save(false)}
          >
            {isSaving ? 'Saving …' : 'Save'}
          </button>
        )}
      </div>
    </Dialog>
  );
}
