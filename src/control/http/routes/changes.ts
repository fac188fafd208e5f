/**
 * Changes of the network file, and taking them back.
 */

import { z } from 'zod';
import { removeFromNetwork } from '../../change/remove.ts';
import { renameInNetwork } from '../../change/rename.ts';
import { replaceNetwork } from '../../change/replace.ts';
import { rememberHandedOut } from '../../handed-out.ts';
import { type Change, editionHash } from '../../history/changes.ts';
import { KeyFolder } from '../../key-folder.ts';
import { readNetworkFile } from '../../network-store.ts';
import type { ApiContext } from '../context.ts';
import { ApiRefusal } from '../refusal.ts';
import { type Answer, type Asked, type Route, route } from '../route.ts';
import { type ChangeShape, changes, changeTexts } from '../shape/change.ts';
import { type EditedShape, edited } from '../shape/network.ts';
import { nothing, pageQuery } from '../shape/words.ts';
import { change } from './editing.ts';
import { namesOfRenaming, unknown } from './machines.ts';
import { historyOf } from './observation.ts';

const numbered = z.strictObject({ id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER) });

export const changeRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/changes',
    access: 'read',
    summary: 'Who changed the network file, when and how; the newest first',
    query: pageQuery,
    answer: changes,
    run: ({ context, query }) => {
      const found = historyOf(context).changes.list(query.before ?? Number.MAX_SAFE_INTEGER, query.most);
      const now = currentHash(context);
      return { body: { changes: found.map((each) => changeView(each, now, context)) } };
    },
  }),
  route({
    method: 'GET',
    path: '/changes/{id}',
    access: 'read',
    summary: 'A change, with the file before and after',
    params: numbered,
    answer: changeTexts,
    run: ({ context, params }) => {
      const { changes } = historyOf(context);
      const found = changes.of(params.id);
      if (found === null) throw unknown('change', String(params.id));
      return {
        body: {
          ...changeView(found, currentHash(context), context),
          textBefore: found.before === '' ? null : changes.text(found.before),
          textAfter: changes.text(found.after),
        },
      };
    },
  }),
  route({
    method: 'POST',
    path: '/changes/{id}/undo',
    access: 'write',
    summary: 'Take the last change back',
    about:
      'Only the last change can be taken back: with 409 for any other. Keys of a machine that was removed come back while they are kept (a day, and until control ends).',
    params: numbered,
    body: nothing,
    answer: edited,
    audit: { action: 'change-undone', object: ({ id }) => id! },
    run: (asked) => undo(asked, asked.params.id),
  }),
];

type Undoing = Asked<unknown, Record<never, never>>;

async function undo(asked: Undoing, id: number): Promise<Answer<EditedShape>> {
  const { context } = asked;
  const { changes } = historyOf(context);
  const found = changes.of(id);
  if (found === null) throw unknown('change', String(id));
  const text = found.before === '' ? null : changes.text(found.before);
  if (text === null) {
    throw new ApiRefusal(409, 'edition-gone', 'Cannot undo this change: the text before it is not kept');
  }
  const { paths } = context;
  const deed = { action: 'change-undone', object: found.object };
  const onlyLast = (check: (text: string) => void) => (now: string) => {
    check(now);
    if (editionHash(now) === found.after) return;
    throw new ApiRefusal(409, 'change-superseded', 'Cannot undo this change: the file was changed since', {
      help: ['undo the later changes first, the last one first'],
    });
  };
  const names = found.action.endsWith('-renamed') ? namesOfRenaming(found.object ?? '') : null;
  if (names !== null) {
    // Keys and the record go by name: they are renamed with it.
    return await change(asked, deed, ({ check }) =>
      renameInNetwork(paths, names[1], names[0], { check: onlyLast(check) }),
    );
  }
  if (found.action === 'machine-added' && found.object !== null) {
    const name = found.object;
    return await change(asked, deed, ({ check }) => removeFromNetwork(paths, name, { check: onlyLast(check) }));
  }
  return await broughtBack(asked, found, ({ check }) => replaceNetwork(paths, text, { check: onlyLast(check) }), deed);
}

/** Undoes a removal: keys first, so that whoever reads the file finds them; they go again when the file is refused. */
async function broughtBack(
  asked: Undoing,
  { id }: Change,
  replace: Parameters<typeof change>[2],
  deed: Parameters<typeof change>[1],
): Promise<Answer<EditedShape>> {
  const { paths, keptKeys } = asked.context;
  const kept = keptKeys.take(id);
  if (kept === null) return await change(asked, deed, replace);
  const keys = new KeyFolder(paths.keys);
  const { name, machine } = kept;
  keys.restore(name, machine);
  try {
    const answer = await change(asked, deed, replace);
    if (machine.handedOut !== null) await rememberHandedOut(paths, [machine.handedOut]);
    return answer;
  } catch (error) {
    keys.remove(name);
    keptKeys.keep(id, name, machine);
    throw error;
  }
}

function currentHash({ paths }: ApiContext): string | null {
  try {
    return editionHash(readNetworkFile(paths).text);
  } catch {
    return null;
  }
}

function changeView(
  { id, at, who, way, action, object, before, after }: Change,
  now: string | null,
  context: ApiContext,
): ChangeShape {
  const isKept = before !== '' && context.history?.changes.has(before) === true;
  return {
    id,
    at: new Date(at).toISOString(),
    who,
    way,
    action,
    object,
    before: before === '' ? null : before,
    after,
    canUndo: after === now && isKept,
  };
}
