/**
 * Who reaches whom, why not, and what an edit would change about it.
 */

import { editionHash } from '../../history/changes.ts';
import { type Route, route } from '../route.ts';
import { networkEdit } from '../shape/network.ts';
import { explained, explainQuery, reachability, reachabilityChanges } from '../shape/proof.ts';
import { goodNetwork } from './network.ts';
import { proved } from './proving.ts';

export const proofRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/reachability',
    access: 'read',
    summary: 'Who reaches whom, and which expectations hold',
    answer: reachability,
    run: async ({ context }) => {
      const { text } = await goodNetwork(context);
      const { answer } = await proved(
        context,
        { kind: 'reachability', text, file: context.paths.shown },
        'reachability',
      );
      return { body: { ...answer, hash: editionHash(text) } };
    },
  }),
  route({
    method: 'POST',
    path: '/reachability/changes',
    access: 'read',
    summary: 'What saving a text would make reachable or unreachable; nothing is saved',
    body: networkEdit,
    answer: reachabilityChanges,
    run: async ({ context, body }) => {
      const { text: before } = await context.network();
      const task = { kind: 'changes', before, text: body.text, file: context.paths.shown } as const;
      return { body: (await proved(context, task, 'changes')).answer };
    },
  }),
  route({
    method: 'GET',
    path: '/explain',
    access: 'read',
    summary: 'Every hop between two, out and back, and the cause and cure where it fails',
    query: explainQuery,
    answer: explained,
    run: async ({ context, query }) => {
      const { text } = await goodNetwork(context);
      const { from, to, on = null, over = null } = query;
      const task = { kind: 'explain', text, file: context.paths.shown, from, to, on, over } as const;
      return { body: (await proved(context, task, 'explained')).answer };
    },
  }),
];
