/**
 * Whether the kernel may join datagrams into trains on the way in (UDP_GRO) and take trains apart on the way out
 * (UDP_SEGMENT). It halves and halves again what a packet costs, and there are kernels that do it wrong.
 */

export interface Offload {
  readonly receive: boolean;
  readonly send: boolean;
}

type Version = readonly [major: number, minor: number, patch: number];

/** UDP_GRO came with 5.0 and was wrong with several fragments until 5.12. */
const RECEIVES_SINCE: Version = [5, 12, 0];
const SENDS_SINCE: Version = [4, 18, 0];
/** Trains of equal datagrams leave with mangled UDP headers. */
const BROKEN_FROM: Version = [7, 0, 0];
const BROKEN_BELOW: Version = [7, 1, 5];

/** `setting` is what a person asked for; anything that it does not name is off. Null for what the kernel can. */
export function offloadOf(release: string, setting: string | null): Offload {
  const version = versionOf(release);
  const can = {
    receive: isSince(version, RECEIVES_SINCE),
    send: isSince(version, SENDS_SINCE) && !(isSince(version, BROKEN_FROM) && !isSince(version, BROKEN_BELOW)),
  };
  if (setting === null) return can;
  const wants = (what: string) => setting === what || setting === 'both';
  return { receive: wants('receive'), send: wants('send') };
}

function versionOf(release: string): Version {
  const numbers = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release);
  return numbers === null ? [0, 0, 0] : [Number(numbers[1]), Number(numbers[2]), Number(numbers[3] ?? 0)];
}

function isSince(version: Version, since: Version): boolean {
  for (let i = 0; i < 3; i++) if (version[i] !== since[i]) return version[i]! > since[i]!;
  return true;
}
