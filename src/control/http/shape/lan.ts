/**
 * LANs and their hosts over the API.
 */

import { z } from 'zod';
import { name, value, values } from './words.ts';

export const lan = z
  .strictObject({
    name,
    prefixes: z.array(z.string()),
    seenAs: z.array(z.string()),
    via: name.nullable(),
    viaAddresses: z.array(z.string()),
    attach: z.enum(['default-gateway', 'static-route', 'masquerade', 'proxy']).nullable(),
    defaultGateway: z.array(z.string()),
    defaultGatewayPlatform: z.string().nullable(),
    gatewayFirewall: z.string().nullable(),
    advertise: z.array(z.enum(['ra', 'dhcp'])),
    lent: z.array(z.strictObject({ machine: name, addresses: z.array(z.string()) })),
    gatewayRoutes: z
      .array(z.strictObject({ prefix: z.string(), gateway: z.string() }))
      .meta({ description: 'What somebody adds on its default gateway.' }),
    hosts: z.array(z.strictObject({ name, addresses: z.array(z.string()), platform: z.string().nullable() })),
  })
  .meta({ id: 'Lan' });
export type LanShape = z.infer<typeof lan>;

export const lans = z.strictObject({ lans: z.array(lan) });

export const newLan = z.strictObject({
  name: z.string().max(253),
  prefixes: values,
  via: value.optional(),
  lanAddress: values.optional().meta({ description: 'Addresses of `via` on this LAN: written to that machine.' }),
  attach: value.optional(),
  defaultGateway: values.optional(),
  defaultGatewayPlatform: value.optional(),
  gatewayFirewall: value.optional(),
  seenAs: values.optional(),
});

export const lanChange = z.strictObject({
  prefixes: values.optional(),
  via: value.nullish(),
  attach: value.nullish(),
  defaultGateway: values.nullish(),
  gatewayFirewall: value.nullish(),
  advertise: values.nullish(),
  seenAs: values.nullish(),
});

export const newHost = z.strictObject({
  name: z.string().max(253),
  addresses: values,
  platform: value.optional(),
});

export const hostChange = z.strictObject({ addresses: values, platform: value.optional() });

export const instructions = z.strictObject({
  files: z.array(z.strictObject({ name: z.string(), about: z.string(), text: z.string() })),
  notes: z.array(z.string()).meta({ description: 'Why one of the ways has no file.' }),
});
