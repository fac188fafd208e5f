/**
 * Machines and the router: seeing, adding, changing, renaming, removing them.
 */

import { z } from 'zod';
import { addMachine } from '../../../description/edit/add.ts';
import { remove as removeFromText } from '../../../description/edit/remove.ts';
import type { FieldValue, Subject } from '../../../description/edit/request.ts';
import { setFieldsOf } from '../../../description/edit/set.ts';
import { removeFromNetwork } from '../../change/remove.ts';
import { renameInNetwork } from '../../change/rename.ts';
import { readHandedOut } from '../../handed-out.ts';
import { KeyFolder } from '../../key-folder.ts';
import type { ApiContext } from '../context.ts';
import { ApiRefusal } from '../refusal.ts';
import { type Answer, type Asked, type Route, route } from '../route.ts';
import { machine, machineChange, machines, newMachine, routerChange, routers } from '../shape/machine.ts';
import { type EditedShape, edited, editQuery, renaming } from '../shape/network.ts';
import { name } from '../shape/words.ts';
import { machineViews, routerViews } from '../view/machine-view.ts';
import { reportOf } from '../view/status-view.ts';
import { change, edit, requireKept } from './editing.ts';
import { goodNetwork } from './network.ts';

export const named = z.strictObject({ name });

export const machineRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/machines',
    access: 'read',
    summary: 'Every machine: as described, and as observed',
    answer: machines,
    run: async ({ context }) => ({ body: { machines: await viewsOf(context) } }),
  }),
  route({
    method: 'GET',
    path: '/machines/{name}',
    access: 'read',
    summary: 'One machine',
    params: named,
    answer: machine,
    run: async ({ context, params }) => {
      const found = (await viewsOf(context)).find((each) => each.name === params.name);
      if (found === undefined) throw unknown('machine', params.name);
      return { body: found };
    },
  }),
  route({
    method: 'POST',
    path: '/machines',
    access: 'write',
    summary: 'Add a machine',
    about:
      'Values are text as it would stand in the file, and are checked where the file is. What is left out is given.',
    body: newMachine,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'machine-added', object: (_, body) => (body as { name: string }).name },
    run: (asked) =>
      edit(asked, { action: 'machine-added', object: asked.body.name }, (text, file) =>
        addMachine(text, asked.body, file),
      ),
  }),
  route({
    method: 'PATCH',
    path: '/machines/{name}',
    access: 'write',
    summary: 'Change words of a machine; null takes a word away',
    params: named,
    body: machineChange,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'machine-changed', object: ({ name }) => name! },
    run: (asked) => set(asked, { kind: 'machine', name: asked.params.name }, asked.body),
  }),
  route({
    method: 'DELETE',
    path: '/machines/{name}',
    access: 'write',
    summary: 'Remove a machine, and its keys',
    about: 'Its keys are deleted at once; until control ends, for a day at most, undo can bring them back.',
    params: named,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'machine-removed', object: ({ name }) => name! },
    run: (asked) => remove(asked, 'machine'),
  }),
  route({
    method: 'POST',
    path: '/machines/{name}/rename',
    access: 'write',
    summary: 'Call a machine something else, wherever its name stands',
    params: named,
    body: renaming,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'machine-renamed', object: ({ name }, body) => renamedText(name!, (body as { to: string }).to) },
    run: (asked) => rename(asked, 'machine'),
  }),
  route({
    method: 'GET',
    path: '/routers',
    access: 'read',
    summary: 'The router',
    answer: routers,
    run: async ({ context }) => {
      const isRunning = context.observed().status !== null;
      return { body: { routers: routerViews(await goodNetwork(context), isRunning) } };
    },
  }),
  route({
    method: 'PATCH',
    path: '/routers/{name}',
    access: 'write',
    summary: 'Change words of the router',
    params: named,
    body: routerChange,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'router-changed', object: ({ name }) => name! },
    run: (asked) => set(asked, { kind: 'router', name: asked.params.name }, asked.body),
  }),
];

/** Changes words: camel case here is kebab-case in the file. */
export function set(
  asked: Editing,
  subject: Subject,
  fields: Readonly<Record<string, FieldValue | undefined>>,
): Promise<Answer<EditedShape>> {
  const stated = Object.entries(fields).flatMap(([word, value]) =>
    value === undefined ? [] : [[kebab(word), value] as const],
  );
  return edit(asked, { action: `${subject.kind}-changed`, object: subject.name }, (text, file) =>
    setFieldsOf(text, subject, stated, file),
  );
}

type Editing<P = unknown, B = unknown> = Asked<P, z.output<typeof editQuery>, B>;

type Kind = 'machine' | 'lan' | 'host';

/** Removes something of this kind, and keeps its keys in memory for undo. */
export async function remove(asked: Editing<{ name: string }>, kind: Kind): Promise<Answer<EditedShape>> {
  const { paths, keptKeys } = asked.context;
  const { name } = asked.params;
  await requireKind(asked.context, kind, name);
  await requireKept(asked, (text, file) => removeFromText(text, name, file));
  const keys = new KeyFolder(paths.keys);
  const kept =
    kind === 'machine' && asked.query.save === 'yes'
      ? {
          privateKey: keys.privateKey(name),
          presharedKey: keys.presharedKey(name),
          handedOut: readHandedOut(paths).find((entry) => entry.name === name) ?? null,
        }
      : null;
  const answer = await change(asked, { action: `${kind}-removed`, object: name }, (options) =>
    removeFromNetwork(paths, name, options),
  );
  if (kept !== null && answer.body.change !== null) keptKeys.keep(answer.body.change, name, kept);
  return answer;
}

export async function rename(asked: Editing<{ name: string }, { to: string }>, kind: Kind) {
  const { name } = asked.params;
  const { to } = asked.body;
  await requireKind(asked.context, kind, name);
  if (name === to) throw new ApiRefusal(422, 'name-unchanged', `Cannot rename "${name}": that is its name already`);
  return await change(asked, { action: `${kind}-renamed`, object: renamedText(name, to) }, (options) =>
    renameInNetwork(asked.context.paths, name, to, options),
  );
}

const RENAMED = ' → ';

/** What a renaming is done to, as the history keeps it. No name has a space. */
export function renamedText(from: string, to: string): string {
  return `${from}${RENAMED}${to}`;
}

export function namesOfRenaming(object: string): readonly [from: string, to: string] | null {
  const [from, to] = object.split(RENAMED);
  return from === undefined || to === undefined ? null : [from, to];
}

export function unknown(kind: string, name: string): ApiRefusal {
  return new ApiRefusal(404, 'unknown-name', `Cannot find ${kind} "${name.slice(0, 100)}"`);
}

/** A name stands for one thing, and this path is for things of one kind. */
async function requireKind(context: ApiContext, kind: Kind, name: string): Promise<void> {
  const { network } = await context.network();
  if (network === null) return;
  const found = {
    machine: network.machines,
    lan: network.lans,
    host: network.lans.flatMap(({ hosts }) => hosts),
  }[kind];
  if (!found.some((each) => each.name.value === name)) throw unknown(kind === 'lan' ? 'LAN' : kind, name);
}

async function viewsOf(context: ApiContext) {
  const loaded = await goodNetwork(context);
  const report = reportOf(loaded, context.observed(), context.paths.file, context.now());
  const observed = new Map(report.machines.map((each) => [each.name, each]));
  const keysHere = new Set(new KeyFolder(context.paths.keys).names());
  return machineViews({ loaded, observed, keysHere });
}

function kebab(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
