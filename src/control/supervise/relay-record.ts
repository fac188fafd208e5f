/**
 * What is remembered of the running relay, in the state folder: which process, where its socket is, whether anything
 * ever arrived. Nothing depends on it being there: a lost or damaged record costs a look at the usual place.
 */

import { lstatSync, readFileSync, rmSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { relayFolder } from '../launch/relay-process.ts';
import { UAPI_FOLDER } from '../launch/uapi-socket.ts';
import { type ProcessIdentity, processOwner } from '../process-identity.ts';
import { replaceFile } from '../replace-file.ts';

export const RECORD_FILE = 'relay.json';

const shape = z.object({
  version: z.literal(1),
  process: z.object({ pid: z.int().positive(), began: z.string().nullable() }).nullable(),
  controlSocket: z.string().refine(isAbsolute).nullable(),
  uapiSocket: z
    .string()
    .refine((path) => dirname(path) === UAPI_FOLDER)
    .nullable(),
  /** Of the program that the relay runs. */
  codeDigest: z.string().nullable(),
  /** The uid drawn for the relay of this network, or null. */
  drawnUid: z.int().positive().nullable(),
  /** A datagram has come, by this relay or an earlier one: no firewall stands before the port. */
  hasReceived: z.boolean(),
});

export interface RelayRecord {
  readonly process: ProcessIdentity | null;
  readonly controlSocket: string | null;
  readonly uapiSocket: string | null;
  readonly codeDigest: string | null;
  readonly drawnUid: number | null;
  readonly hasReceived: boolean;
}

export const NO_RECORD: RelayRecord = {
  process: null,
  controlSocket: null,
  uapiSocket: null,
  codeDigest: null,
  drawnUid: null,
  hasReceived: false,
};

/** The record in `stateFolder`; an empty one where there is none, or none that can be read. */
export function readRelayRecord(stateFolder: string): RelayRecord {
  try {
    const path = join(stateFolder, RECORD_FILE);
    if (!lstatSync(path).isFile()) return NO_RECORD;
    const { version: _, ...record } = shape.parse(JSON.parse(readFileSync(path, 'utf8')));
    return { ...record, process: believed(record.process, stateFolder) };
  } catch {
    return NO_RECORD;
  }
}

/**
 * The process when it runs as the owner of the relay's folder. The state folder may belong to another user than the one
 * who ends what is recorded here, and that user may write anything into it.
 */
function believed(process: ProcessIdentity | null, stateFolder: string): ProcessIdentity | null {
  if (process === null) return null;
  const owner = lstatSync(relayFolder(stateFolder), { throwIfNoEntry: false })?.uid;
  return owner !== undefined && processOwner(process.pid) === owner ? process : null;
}

export function writeRelayRecord(stateFolder: string, record: RelayRecord): void {
  replaceFile(join(stateFolder, RECORD_FILE), `${JSON.stringify({ version: 1, ...record })}\n`, 0o600);
}

/** The relay is gone; what outlives it stays. */
export function forgetRelay(stateFolder: string): void {
  const { drawnUid, hasReceived } = readRelayRecord(stateFolder);
  if (drawnUid === null && !hasReceived) rmSync(join(stateFolder, RECORD_FILE), { force: true });
  else writeRelayRecord(stateFolder, { ...NO_RECORD, drawnUid, hasReceived });
}
