/**
 * LANs and their hosts: seeing, adding, changing, renaming, removing them; what their default gateways need.
 */

import { z } from 'zod';
import { addHost, addLan } from '../../../description/edit/add.ts';
import { remove as removeFromText } from '../../../description/edit/remove.ts';
import { instructionsOf } from '../../proving/generated.ts';
import { ApiRefusal } from '../refusal.ts';
import { type Route, route } from '../route.ts';
import { hostChange, instructions, lan, lanChange, lans, newHost, newLan } from '../shape/lan.ts';
import { edited, editQuery, renaming } from '../shape/network.ts';
import { name } from '../shape/words.ts';
import { lanViews } from '../view/lan-view.ts';
import { edit } from './editing.ts';
import { named, remove, rename, renamedText, set, unknown } from './machines.ts';
import { goodNetwork } from './network.ts';

const hostOfLan = z.strictObject({ lan: name, name });
const bodyName = (_: unknown, body: unknown) => (body as { name: string }).name;

export const lanRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/lans',
    access: 'read',
    summary: 'Every LAN, with its hosts',
    answer: lans,
    run: async ({ context }) => {
      const { plan, network } = await goodNetwork(context);
      return { body: { lans: lanViews(plan, network) } };
    },
  }),
  route({
    method: 'GET',
    path: '/lans/{name}',
    access: 'read',
    summary: 'One LAN',
    params: named,
    answer: lan,
    run: async ({ context, params }) => {
      const { plan, network } = await goodNetwork(context);
      const found = lanViews(plan, network).find((each) => each.name === params.name);
      if (found === undefined) throw unknown('LAN', params.name);
      return { body: found };
    },
  }),
  route({
    method: 'GET',
    path: '/lans/{name}/instructions',
    access: 'read',
    summary: 'What its default gateway needs, and the ways around it, as files',
    params: named,
    answer: instructions,
    run: async ({ context, params }) => {
      const { plan } = await goodNetwork(context);
      const found = plan.lans.find((each) => each.name === params.name);
      if (found === undefined) throw unknown('LAN', params.name);
      return { body: instructionsOf(found, plan) };
    },
  }),
  route({
    method: 'POST',
    path: '/lans',
    access: 'write',
    summary: 'Add a LAN',
    body: newLan,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'lan-added', object: bodyName },
    run: (asked) =>
      edit(asked, { action: 'lan-added', object: asked.body.name }, (text, file) => addLan(text, asked.body, file)),
  }),
  route({
    method: 'PATCH',
    path: '/lans/{name}',
    access: 'write',
    summary: 'Change words of a LAN; null takes a word away',
    params: named,
    body: lanChange,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'lan-changed', object: ({ name }) => name! },
    run: (asked) => set(asked, { kind: 'lan', name: asked.params.name }, asked.body),
  }),
  route({
    method: 'DELETE',
    path: '/lans/{name}',
    access: 'write',
    summary: 'Remove a LAN with its hosts',
    params: named,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'lan-removed', object: ({ name }) => name! },
    run: (asked) => remove(asked, 'lan'),
  }),
  route({
    method: 'POST',
    path: '/lans/{name}/rename',
    access: 'write',
    summary: 'Call a LAN something else, wherever its name stands',
    params: named,
    body: renaming,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'lan-renamed', object: ({ name }, body) => renamedText(name!, (body as { to: string }).to) },
    run: (asked) => rename(asked, 'lan'),
  }),
  route({
    method: 'POST',
    path: '/lans/{name}/hosts',
    access: 'write',
    summary: 'Add a host to a LAN',
    params: named,
    body: newHost,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'host-added', object: bodyName },
    run: (asked) =>
      edit(asked, { action: 'host-added', object: asked.body.name }, (text, file) =>
        addHost(text, { ...asked.body, lan: asked.params.name }, file),
      ),
  }),
  route({
    method: 'PUT',
    path: '/lans/{lan}/hosts/{name}',
    access: 'write',
    summary: 'Give a host other addresses, or another platform',
    about: 'A comment on its line goes with the line.',
    params: hostOfLan,
    body: hostChange,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'host-changed', object: ({ name }) => name! },
    run: async (asked) => {
      const { lan, name } = asked.params;
      await requireHost(asked.context, lan, name);
      return await edit(asked, { action: 'host-changed', object: name }, (text, file) => {
        const removed = removeFromText(text, name, file);
        return removed.text === undefined ? removed : addHost(removed.text, { ...asked.body, lan, name }, file);
      });
    },
  }),
  route({
    method: 'DELETE',
    path: '/lans/{lan}/hosts/{name}',
    access: 'write',
    summary: 'Remove a host',
    params: hostOfLan,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'host-removed', object: ({ name }) => name! },
    run: async (asked) => {
      await requireHost(asked.context, asked.params.lan, asked.params.name);
      return await remove(asked, 'host');
    },
  }),
  route({
    method: 'POST',
    path: '/lans/{lan}/hosts/{name}/rename',
    access: 'write',
    summary: 'Call a host something else, wherever its name stands',
    params: hostOfLan,
    body: renaming,
    query: editQuery,
    answer: edited,
    precondition: 'optional',
    audit: { action: 'host-renamed', object: ({ name }, body) => renamedText(name!, (body as { to: string }).to) },
    run: async (asked) => {
      await requireHost(asked.context, asked.params.lan, asked.params.name);
      return await rename(asked, 'host');
    },
  }),
];

async function requireHost(context: Parameters<typeof goodNetwork>[0], lan: string, host: string): Promise<void> {
  const { network } = await context.network();
  const found = network?.lans.find((each) => each.name.value === lan);
  if (network !== null && found === undefined) throw unknown('LAN', lan);
  if (found?.hosts.some((each) => each.name.value === host) === false) {
    throw new ApiRefusal(404, 'unknown-name', `Cannot find host "${host.slice(0, 100)}" on LAN "${lan}"`);
  }
}
