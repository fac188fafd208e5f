/**
 * Handing machines their configurations. With keys only for the scope `keys`, written into the audit log, never cached.
 */

import { z } from 'zod';
import { privateKeyPlaceholder } from '../../../render/fill-keys.ts';
import { formatFor } from '../../../render/formats.ts';
import { qrModules, qrPng, qrSvg } from '../../../render/qr.ts';
import type { Refusal } from '../../../render/refusal.ts';
import { tunnelFileName } from '../../../render/tunnel-name.ts';
import {
  type Configuration,
  type HandOutResult,
  machineNames,
  prepareConfigurations,
  previewConfiguration,
  rememberConfigurations,
} from '../../hand-out/configuration.ts';
import { handOutFiles as filesOf } from '../../hand-out/everything.ts';
import { readNetworkFile } from '../../network-store.ts';
import type { ApiContext } from '../context.ts';
import { ApiMistakes, ApiRefusal } from '../refusal.ts';
import { type Asker, type Route, route } from '../route.ts';
import { handOver, handOverLink, newHandOver } from '../shape/change.ts';
import {
  type ConfigurationShape,
  configuration,
  configurationRequest,
  handOutFiles,
  preview,
} from '../shape/machine.ts';
import { nothing } from '../shape/words.ts';
import { doer } from './editing.ts';
import { named, unknown } from './machines.ts';
import { goodNetwork } from './network.ts';

export const handOutRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/machines/{name}/preview',
    access: 'read',
    summary: 'A machine’s configuration, with placeholders for all keys',
    about: 'Makes nothing and remembers nothing.',
    params: named,
    answer: preview,
    run: async ({ context, params }) => {
      const { plan } = await goodNetwork(context);
      const found = previewConfiguration(plan, params.name);
      if ('refusals' in found) throw refused(found.refusals, params.name);
      return {
        body: { machine: params.name, format: 'wg-quick' as const, fileName: tunnelFileName(plan), text: found.text },
      };
    },
  }),
  route({
    method: 'POST',
    path: '/machines/{name}/configuration',
    access: 'keys',
    summary: 'Hand a machine its configuration, keys and all',
    about:
      'The first time its keys are made, unless `public-key` says that it has its own: then `privateKeyPlaceholder` stands in place of the private key, to be filled in where the key is. What was handed out is remembered.',
    params: named,
    body: configurationRequest,
    answer: configuration,
    audit: { action: 'configuration-handed-out', object: ({ name }) => name! },
    run: async ({ context, params, body, who }) => {
      const { result, plan } = await handedOut(context, who, params.name, [params.name]);
      const [found] = result.configurations;
      return {
        body: {
          ...configurationView(found!, body.qr),
          fileName: tunnelFileName(plan),
          notes: [...result.notes, ...found!.notes],
        },
      };
    },
  }),
  route({
    method: 'POST',
    path: '/configurations',
    access: 'keys',
    summary: 'Everything for everybody: configurations, what default gateways need, and a README',
    body: nothing,
    answer: handOutFiles,
    audit: { action: 'configurations-handed-out', object: () => null },
    run: async ({ context, who }) => {
      const { result, plan } = await handedOut(context, who, null, 'all');
      const files = filesOf(plan, result.configurations);
      return { body: { files: files.map(({ name, content }) => ({ name, text: content })), notes: [...result.notes] } };
    },
  }),
  route({
    method: 'POST',
    path: '/hand-overs',
    access: 'keys',
    summary: 'A link by which another device fetches a sealed configuration, once',
    about:
      'Offered where other devices can open the page. What is sealed cannot be read here: the key stays in the link.',
    body: newHandOver,
    answer: handOverLink,
    audit: { action: 'hand-over-made', object: (_, body) => (body as { machine: string }).machine },
    run: async ({ context, body }) => {
      if (context.publicOrigin === null) {
        throw new ApiRefusal(409, 'origin-private', 'Cannot make a link: no other device can open this page', {
          help: ['start `up` with --page-origin https://… and a certificate, or behind a reverse proxy'],
        });
      }
      const { network } = await goodNetwork(context);
      if (!network.machines.some(({ name }) => name.value === body.machine)) throw unknown('machine', body.machine);
      const kept = context.handOvers.keep(body.machine, body.sealed);
      if (kept === null) throw new ApiRefusal(429, 'too-many', 'Cannot make a link: too many wait to be used');
      const url = `${context.publicOrigin}/hand-over/${kept.id}`;
      return { body: { id: kept.id, url, expiresAt: new Date(kept.expiresAt).toISOString() } };
    },
  }),
  route({
    method: 'POST',
    path: '/hand-overs/{id}',
    access: 'open',
    summary: 'Fetch what a link hands over: answers once',
    params: z.strictObject({ id: z.string().max(100) }),
    body: nothing,
    answer: handOver,
    // What names the link would be as good as the link.
    audit: { action: 'hand-over-taken', object: () => null },
    run: ({ context, params, from }) => {
      const waitMs = context.attempts.take({ address: from.address, name: null, browser: null });
      if (waitMs !== null) throw tooOften(waitMs);
      const found = context.handOvers.take(params.id);
      if (found === null) {
        throw new ApiRefusal(404, 'link-used', 'Cannot use this link: it was used, or is too old', {
          help: ['ask for another: each answers once, for a day'],
        });
      }
      return { body: { sealed: found.sealed } };
    },
  }),
];

export function tooOften(waitMs: number): ApiRefusal {
  const seconds = Math.ceil(waitMs / 1000);
  return new ApiRefusal(429, 'too-often', `Cannot try again yet: wait ${seconds} s`, {
    help: ['on the router itself, `wg-router page link` always signs in'],
    retryAfterS: seconds,
  });
}

/** Configurations that are remembered as handed out before they are answered: who has seen one may use it. */
async function handedOut(context: ApiContext, who: Asker, object: string | null, names: readonly string[] | 'all') {
  const { paths } = context;
  const before = readNetworkFile(paths).text;
  const result = await prepareConfigurations(paths, names);
  if ('mistaken' in result) throw new ApiMistakes(result.mistaken.diagnostics);
  if ('refusals' in result) throw refused(result.refusals, object ?? '');
  await rememberConfigurations(paths, result.plan, names === 'all' ? machineNames(result.plan) : names);
  const after = readNetworkFile(paths).text;
  // A public key, and addresses, are written with the first configuration.
  if (after !== before) context.changed({ action: 'configuration-handed-out', object, ...doer(who) }, before, after);
  return { result: result as Extract<HandOutResult, { configurations: unknown }>, plan: result.plan };
}

function configurationView(found: Configuration, qr: 'none' | 'svg' | 'png'): Omit<ConfigurationShape, 'fileName'> {
  const { machine, text, shortText, hasPlaceholder, isNewKey, notes, platform } = found;
  return {
    machine,
    format: formatFor(platform).format,
    text,
    shortText,
    privateKeyPlaceholder: hasPlaceholder ? privateKeyPlaceholder(machine) : null,
    isNewKey,
    qr: qr === 'none' || hasPlaceholder ? null : picture(shortText, machine, qr),
    notes: [...notes],
  };
}

function picture(text: string, machine: string, as: 'svg' | 'png'): ConfigurationShape['qr'] {
  const code = qrModules(text, machine);
  if ('refusal' in code) throw refused([code.refusal], machine);
  const content = as === 'svg' ? Buffer.from(qrSvg(code.modules)) : Buffer.from(qrPng(code.modules));
  return { type: as === 'svg' ? 'image/svg+xml' : 'image/png', base64: content.toString('base64') };
}

function refused(refusals: readonly Refusal[], name: string): ApiRefusal {
  const { code, message, help } = refusals[0]!;
  if (code === 'device-unknown') return unknown('machine', name);
  return new ApiRefusal(422, code, message, { help: [...help, ...refusals.slice(1).map((each) => each.message)] });
}
