/**
 * The network file as a whole: reading it, trying and saving a text, its plan.
 */

import { formatPrefix } from '../../../net/prefix.ts';
import { replaceNetwork } from '../../change/replace.ts';
import { readHandedOut } from '../../handed-out.ts';
import { editionHash } from '../../history/changes.ts';
import { readNetworkFile } from '../../network-store.ts';
import type { ApiContext } from '../context.ts';
import { ApiMistakes } from '../refusal.ts';
import { type Route, route } from '../route.ts';
import { checkAnswer, edited, editQuery, networkEdit, networkText } from '../shape/network.ts';
import { plan as planShape } from '../shape/plan.ts';
import { generated, generatedRequest } from '../shape/preview.ts';
import type { MachineFacts } from '../view/machine-view.ts';
import { planView } from '../view/plan-view.ts';
import { change, listed, requireKept } from './editing.ts';
import { proved } from './proving.ts';

export const networkRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/network',
    access: 'read',
    summary: 'The network file, and what is wrong with it',
    answer: networkText,
    run: async ({ context }) => {
      const { text } = readNetworkFile(context.paths);
      const { network, plan, diagnostics, notes, stale } = await context.network();
      const hash = editionHash(text);
      return {
        hash,
        body: {
          file: context.paths.file,
          hash,
          text,
          name: network?.name.value ?? null,
          inside: plan?.inside.map(({ value }) => formatPrefix(value)) ?? [],
          isGood: plan !== null,
          diagnostics: listed(diagnostics),
          notes: [...notes],
          stale: [...stale],
          groups:
            network?.groups.map(({ name, members }) => ({
              name: name.value,
              members: members.map(({ value }) => value),
            })) ?? [],
          expectations: plan?.expectations.map(({ text, place }) => ({ text, line: place.line })) ?? [],
        },
      };
    },
  }),
  route({
    method: 'PUT',
    path: '/network',
    access: 'write',
    summary: 'Save a text as the network file',
    about:
      'Refused with 412 when the file is not the one of `If-Match`, and with 422 when the text has mistakes. What was handed out and is missing in the text is put back; addresses that are missing are given.',
    body: networkEdit,
    query: editQuery,
    answer: edited,
    precondition: 'needed',
    audit: { action: 'network-saved', object: () => null },
    run: async (asked) => {
      const { text } = asked.body;
      await requireKept(asked, () => ({ text }));
      return await change(asked, { action: 'network-saved', object: null }, (options) =>
        replaceNetwork(asked.context.paths, text, options),
      );
    },
  }),
  route({
    method: 'POST',
    path: '/network/check',
    access: 'read',
    summary: 'What is wrong with a text, and what saving it would change; nothing is saved',
    body: networkEdit,
    answer: checkAnswer,
    run: async ({ context, body }) => {
      const { paths } = context;
      const before = readNetworkFile(paths).text;
      const handedOut = readHandedOut(paths);
      const task = { kind: 'check', before, text: body.text, file: paths.shown, handedOut } as const;
      const { answer } = await proved(context, task, 'checked');
      return { body: { ...answer, hash: editionHash(body.text) } };
    },
  }),
  route({
    method: 'POST',
    path: '/preview',
    access: 'read',
    summary: 'Everything that saving a text would generate otherwise, and where; nothing is saved',
    about:
      'Configurations of machines, with placeholders for all keys, and what default gateways of LANs need, where they are other than for the file as it is. At most 4 million characters of configurations.',
    body: generatedRequest,
    answer: generated,
    run: async ({ context, body }) => {
      const { text: before } = await context.network();
      const { text } = body;
      const task = { kind: 'generated', before, text, file: context.paths.shown } as const;
      const { answer } = await proved(context, task, 'generated');
      return { body: { ...answer, hash: editionHash(text) } };
    },
  }),
  route({
    method: 'GET',
    path: '/plan',
    access: 'read',
    summary: 'Every fact that the network file comes to, with where it comes from',
    answer: planShape,
    run: async ({ context }) => ({ body: planView((await goodNetwork(context)).plan) }),
  }),
];

/** The network, which can be planned. Throws `ApiMistakes` where it cannot. */
export async function goodNetwork(context: ApiContext): Promise<MachineFacts['loaded']> {
  const loaded = await context.network();
  if (loaded.plan === null || loaded.network === null) throw new ApiMistakes(loaded.diagnostics);
  return loaded as MachineFacts['loaded'];
}
