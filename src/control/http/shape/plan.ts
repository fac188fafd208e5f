/**
 * The plan over the API: addresses, prefixes, endpoints and keys as text, every fact with its origin.
 */

import { z } from 'zod';
import { name } from './words.ts';

export const origin = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('file'), line: z.number().int(), column: z.number().int() }),
    z.strictObject({
      kind: z.literal('rule'),
      rule: z.string(),
      get because(): z.ZodArray<typeof origin> {
        return z.array(origin);
      },
    }),
  ])
  .meta({
    id: 'Origin',
    description: 'A place in the network file; or a rule of the planner, and the facts that made it apply.',
  }) as z.ZodType<OriginShape>;

export type OriginShape =
  | { kind: 'file'; line: number; column: number }
  | { kind: 'rule'; rule: string; because: OriginShape[] };

const fact = <T extends z.ZodType>(value: T) => z.strictObject({ value, origin });
const text = fact(z.string());
const number = fact(z.number());
const family = z.union([z.literal(4), z.literal(6)]);

const peer = z.strictObject({
  name: z.string(),
  publicKey: text.nullable(),
  allowedIps: z.array(text),
  endpoint: text.nullable(),
  keepalive: number.nullable(),
});

const planInterface = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('wireguard'),
    id: z.string(),
    addresses: z.array(text),
    listenPort: number.nullable(),
    mtu: number,
    publicKey: text.nullable(),
    peers: z.array(peer),
  }),
  z.strictObject({
    kind: z.enum(['lan', 'outer']),
    id: z.string(),
    lan: name.nullable(),
    addresses: z.array(text).meta({ description: 'With the length of the prefix: 192.168.1.5/24.' }),
  }),
]);

const route = z.strictObject({
  prefix: z.string(),
  interface: z.string().nullable().meta({ description: 'Null: unreachable.' }),
  gateway: z.string().nullable(),
  origin,
});

const device = z.strictObject({
  name,
  kind: z.enum(['router', 'machine']),
  platform: text,
  interfaces: z.array(planInterface),
  routes: z.array(route),
  forwarding: z.array(z.strictObject({ family, from: z.string(), to: z.string(), origin })),
  translations: z.array(
    z.strictObject({
      kind: z.enum(['masquerade', 'source', 'destination', 'keep', 'one-to-one']),
      text: z.string().meta({ description: 'What it does, for people.' }),
      origin,
    }),
  ),
  mssClamps: z.array(z.strictObject({ family, interface: z.string(), origin })),
  neighbourProxies: z.array(z.strictObject({ address: z.string(), interface: z.string(), origin })),
});

export const plan = z
  .strictObject({
    name: z.string(),
    inside: z.array(text),
    devices: z.array(device),
    lans: z.array(
      z.strictObject({
        name,
        prefixes: z.array(text),
        via: text.nullable(),
        attach: text.nullable(),
        gatewayRoutes: z.array(z.strictObject({ prefix: z.string(), gateway: z.string(), origin })),
        lent: z.array(text),
      }),
    ),
  })
  .meta({ id: 'Plan' });
export type PlanShape = z.infer<typeof plan>;
