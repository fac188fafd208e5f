/**
 * Machines and the router over the API: as described, and as observed.
 */

import { z } from 'zod';
import { FORMATS } from '../../../render/formats.ts';
import { bytes, moment, name, value, values } from './words.ts';

const described = {
  name,
  platform: z.string(),
  addresses: z.array(z.string()).meta({ description: 'Inside or borrowed ones.' }),
  publicKey: z.string().nullable(),
  endpoint: z.string().nullable().meta({ description: 'As described; where it was seen is in `observed`.' }),
  note: z.string().nullable(),
  mtu: z.number().int(),
};

export const observed = z
  .strictObject({
    presence: z.enum(['here', 'away', 'never', 'expired', 'disabled', 'not-set-up', 'unknown']),
    endpoint: z.string().nullable(),
    lastHandshakeAt: moment.nullable(),
    lastReceivedAt: moment.nullable(),
    receivedBytes: bytes,
    sentBytes: bytes,
    drops: z.record(z.string(), z.number().int().positive()),
  })
  .meta({ id: 'Observed' });
export type ObservedShape = z.infer<typeof observed>;

export const machine = z
  .strictObject({
    ...described,
    expires: moment.nullable(),
    isDisabled: z.boolean().meta({ description: 'Whether the router is told not to accept it.' }),
    lans: z.array(z.strictObject({ name, addresses: z.array(z.string()) })).meta({ description: 'Where it stands.' }),
    carries: z.array(name).meta({ description: 'LANs whose `via` it is.' }),
    allowedIps: z.array(z.string()).meta({ description: 'What the router sends to it.' }),
    routes: z.array(z.string()).meta({ description: 'What it sends through its tunnel.' }),
    keepalive: z.number().int().meta({ description: 'Seconds; 0 is off.' }),
    configuration: z.enum(['current', 'old', 'not-handed-out']),
    hasKeyHere: z.boolean().meta({ description: 'Whether its private key is in the key folder.' }),
    observed,
  })
  .meta({ id: 'Machine' });
export type MachineShape = z.infer<typeof machine>;

export const machines = z.strictObject({ machines: z.array(machine) });

export const router = z
  .strictObject({
    ...described,
    listenPort: z.number().int().nullable(),
    isRunning: z.boolean(),
  })
  .meta({ id: 'Router' });
export type RouterShape = z.infer<typeof router>;

export const routers = z.strictObject({ routers: z.array(router) });

const fields = {
  platform: value,
  address: values,
  publicKey: value,
  endpoint: value,
  note: value,
  expires: value,
  disabled: value,
  lan: values,
  lanAddress: values,
  routes: values,
  keepalive: value,
  mtu: value,
  pathMtu: value,
};

/** Values as they would stand in the network file: they are checked where all text is checked. */
export const newMachine = z.strictObject({ name: z.string().max(253), ...z.strictObject(fields).partial().shape });

/** Null takes the word away. */
export const machineChange = z.strictObject({
  platform: fields.platform.nullish(),
  address: fields.address.nullish(),
  publicKey: fields.publicKey.nullish(),
  endpoint: fields.endpoint.nullish(),
  note: fields.note.nullish(),
  expires: fields.expires.nullish(),
  disabled: fields.disabled.nullish(),
  lan: fields.lan.nullish(),
  lanAddress: fields.lanAddress.nullish(),
  routes: fields.routes.nullish(),
  internet: value.nullish(),
  keepalive: fields.keepalive.nullish(),
  mtu: fields.mtu.nullish(),
  pathMtu: fields.pathMtu.nullish(),
});

export const routerChange = z.strictObject({
  endpoint: value.optional(),
  listen: value.nullish(),
  note: value.nullish(),
  mtu: value.nullish(),
  pathMtu: value.nullish(),
});

export const preview = z.strictObject({
  machine: name,
  format: z.enum(FORMATS),
  fileName: z.string(),
  text: z.string().meta({ description: 'With placeholders for all keys.' }),
});

export const configurationRequest = z.strictObject({
  format: z.enum(FORMATS).default('wg-quick'),
  qr: z.enum(['none', 'svg', 'png']).default('none'),
});

export const configuration = z
  .strictObject({
    machine: name,
    format: z.enum(FORMATS),
    fileName: z.string(),
    text: z.string().meta({ description: 'With its keys.' }),
    shortText: z.string().meta({ description: 'The same without comments, for a QR code.' }),
    privateKeyPlaceholder: z
      .string()
      .nullable()
      .meta({ description: 'What stands in place of the private key when that is on the machine alone.' }),
    isNewKey: z.boolean(),
    qr: z.strictObject({ type: z.enum(['image/svg+xml', 'image/png']), base64: z.string() }).nullable(),
    notes: z.array(z.string()),
  })
  .meta({ id: 'Configuration' });
export type ConfigurationShape = z.infer<typeof configuration>;

export const handOutFiles = z.strictObject({
  files: z.array(z.strictObject({ name: z.string(), text: z.string() })),
  notes: z.array(z.string()),
});
