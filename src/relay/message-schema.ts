/**
 * The check of what comes in: the `Boot` line and the requests of `messages.ts`, by hand, because the relay imports no
 * package. What passes is of the right shape and within its bounds; whether keys and prefixes are good and belong
 * together is for `peer-table.ts`.
 */

import {
  type Boot,
  CHANGE_PEERS,
  type PeerConfig,
  RELAY_PROTOCOL_VERSION,
  type Request,
  type RouterConfig,
  STATUS_PEERS,
} from './messages.ts';

const NAME_CHARACTERS = 256;
const TEXT_CHARACTERS = 512;
const PATH_BYTES = 4096;
const PREFIXES = 65_536;
const ADDRESSES = 256;
/** Deeper than any message; a line of brackets alone would take JSON.parse a hundred times its size. */
const DEPTH = 8;
/** What IPv4 must carry, and what a datagram has room for. */
export const MTU_MINIMUM = 576;
export const MTU_MAXIMUM = 65_440;

/** Why a message was refused: the place in it, and what should be there. */
export class MessageMistake extends Error {
  constructor(place: string, expected: string) {
    super(`${place} must be ${expected}`);
    this.name = 'MessageMistake';
  }
}

/** The boot message in a line. Throws a `MessageMistake`. */
export function parseBoot(line: string): Boot {
  const boot = object(parseJson(line), 'boot');
  if (boot.version !== RELAY_PROTOCOL_VERSION) throw new MessageMistake('version', String(RELAY_PROTOCOL_VERSION));
  return {
    version: RELAY_PROTOCOL_VERSION,
    privateKey: text(boot.privateKey, 'privateKey', TEXT_CHARACTERS),
    router: router(boot.router),
    peers: list(boot.peers, 'peers', Number.POSITIVE_INFINITY, peer),
    controlSocket: text(boot.controlSocket, 'controlSocket', PATH_BYTES),
    stateFolder: orNull(boot.stateFolder, 'stateFolder', (value, place) => text(value, place, PATH_BYTES)),
    uapiDescriptor: orNull(boot.uapiDescriptor, 'uapiDescriptor', (value, place) => integer(value, place, 3, 1023)),
    become: orNull(boot.become, 'become', (value, place) => {
      const who = object(value, place);
      return {
        uid: integer(who.uid, 'become.uid', 1, 2 ** 32 - 2),
        gid: integer(who.gid, 'become.gid', 1, 2 ** 32 - 2),
      };
    }),
  };
}

/** The request in a line. Throws a `MessageMistake`. */
export function parseRequest(line: string): Request {
  const request = object(parseJson(line), 'request');
  switch (request.type) {
    case 'hello':
    case 'stop':
      return { type: request.type };
    case 'status':
      return {
        type: 'status',
        from: integer(request.from, 'from', 0, Number.MAX_SAFE_INTEGER),
        most: integer(request.most, 'most', 0, STATUS_PEERS),
      };
    case 'change':
      return {
        type: 'change',
        router: orNull(request.router, 'router', router),
        set: list(request.set, 'set', CHANGE_PEERS, peer),
        remove: list(request.remove, 'remove', CHANGE_PEERS, (value, place) => text(value, place, TEXT_CHARACTERS)),
      };
    default:
      throw new MessageMistake('type', '"hello", "status", "change" or "stop"');
  }
}

function router(value: unknown, place = 'router'): RouterConfig {
  const fields = object(value, place);
  return {
    name: text(fields.name, `${place}.name`, NAME_CHARACTERS),
    listenPort: integer(fields.listenPort, `${place}.listenPort`, 0, 65_535),
    addresses: list(fields.addresses, `${place}.addresses`, ADDRESSES, (each, at) => text(each, at, TEXT_CHARACTERS)),
    mtu: integer(fields.mtu, `${place}.mtu`, MTU_MINIMUM, MTU_MAXIMUM),
    described: list(fields.described, `${place}.described`, PREFIXES, (each, at) => text(each, at, TEXT_CHARACTERS)),
  };
}

function peer(value: unknown, place: string): PeerConfig {
  const fields = object(value, place);
  const short = (each: unknown, at: string) => text(each, at, TEXT_CHARACTERS);
  return {
    name: text(fields.name, `${place}.name`, NAME_CHARACTERS),
    publicKey: short(fields.publicKey, `${place}.publicKey`),
    presharedKey: orNull(fields.presharedKey, `${place}.presharedKey`, short),
    allowedIps: list(fields.allowedIps, `${place}.allowedIps`, PREFIXES, short),
    exitFor: list(fields.exitFor, `${place}.exitFor`, PREFIXES, short),
    endpoint: orNull(fields.endpoint, `${place}.endpoint`, short),
    keepalive: integer(fields.keepalive, `${place}.keepalive`, 0, 65_535),
    mtu: integer(fields.mtu, `${place}.mtu`, MTU_MINIMUM, MTU_MAXIMUM),
    expires: orNull(fields.expires, `${place}.expires`, moment),
  };
}

function parseJson(line: string): unknown {
  if (isDeeperThan(line, DEPTH)) throw new MessageMistake('line', `at most ${DEPTH} levels deep`);
  try {
    return JSON.parse(line);
  } catch {
    // The parser's own message quotes the text, and there are keys in it.
    throw new MessageMistake('line', 'JSON');
  }
}

/** Whether brackets outside strings nest deeper than `depth`. Text that is no JSON may get any answer. */
function isDeeperThan(line: string, depth: number): boolean {
  let level = 0;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === 0x22) {
      for (i++; i < line.length && line.charCodeAt(i) !== 0x22; i++) if (line.charCodeAt(i) === 0x5c) i++;
    } else if (code === 0x5b || code === 0x7b) {
      if (++level > depth) return true;
    } else if (code === 0x5d || code === 0x7d) {
      level--;
    }
  }
  return false;
}

function object(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MessageMistake(place, 'an object');
  return value as Record<string, unknown>;
}

function list<T>(value: unknown, place: string, most: number, parse: (value: unknown, place: string) => T): T[] {
  if (!Array.isArray(value)) throw new MessageMistake(place, 'a list');
  if (value.length > most) throw new MessageMistake(place, `a list of at most ${most}`);
  return value.map((each, i) => parse(each, `${place}[${i}]`));
}

function text(value: unknown, place: string, most: number): string {
  if (typeof value !== 'string' || value.length > most || value.includes('\0')) {
    throw new MessageMistake(place, `text of at most ${most} characters`);
  }
  return value;
}

function integer(value: unknown, place: string, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw new MessageMistake(place, `a whole number from ${least} to ${most}`);
  }
  return value;
}

function moment(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new MessageMistake(place, 'a moment in milliseconds');
  return value;
}

function orNull<T>(value: unknown, place: string, parse: (value: unknown, place: string) => T): T | null {
  return value === null ? null : parse(value, place);
}
