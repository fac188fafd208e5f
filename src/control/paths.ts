/**
 * Where a network's files lie: the network file, and beside it the key folder and the state folder, named by its stem.
 */

import { realpathSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';

export interface NetworkPaths {
  /** The network file: absolute, its folder without links. */
  readonly file: string;
  /** The file as the person named it, for messages. */
  readonly shown: string;
  /** `NAME.key` and `NAME.psk`. */
  readonly keys: string;
  readonly state: string;
  /** Held while the network file is edited. */
  readonly lock: string;
  readonly handedOut: string;
  /** A folder of the relay's own. */
  readonly relayState: string;
}

export interface PathOptions {
  readonly state?: string;
  readonly keys?: string;
}

/** The paths of the network in `file`: `network.yaml` has `network.keys/` and `network.state/`. */
export function networkPaths(file: string, { state, keys }: PathOptions = {}): NetworkPaths {
  const whole = withoutLinks(resolve(file));
  const stem = basename(whole, extname(whole));
  const folder = dirname(whole);
  const stateFolder = state === undefined ? join(folder, `${stem}.state`) : resolve(state);
  return {
    file: whole,
    shown: file,
    keys: keys === undefined ? join(folder, `${stem}.keys`) : resolve(keys),
    state: stateFolder,
    lock: join(stateFolder, 'edit.lock'),
    handedOut: join(stateFolder, 'handed-out.json'),
    relayState: join(stateFolder, 'relay'),
  };
}

/** `path` with the links of its folder followed; the file itself may be missing and is never followed. */
function withoutLinks(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}
