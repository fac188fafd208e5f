/**
 * What `wg show` prints: `wg show all dump`, `wg show wg0 dump`, and the text for people. Tunnels as they run: which peers
 * they have now, where these are, and when they were heard.
 */

import { parseEndpointName } from '../../net/endpoint.ts';
import { parseKey } from '../../net/key.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Fact } from '../../plan/plan.ts';
import type { KeyFunctions, Place } from '../imported.ts';
import type { Complaints } from '../text/complaints.ts';
import { factAt, type Line, linesOf, placeOf, type TextPart } from '../text/part.ts';
import { readNumber, readPrefix } from '../text/values.ts';
import type { PeerConfiguration } from './wg-quick.ts';

export interface LiveTunnel {
  /** Null: not shown. */
  readonly id: string | null;
  readonly place: Place;
  readonly publicKey: Fact<Uint8Array> | null;
  readonly listenPort?: Fact<number>;
  readonly mark?: Fact<number>;
  readonly peers: readonly LivePeer[];
}

export interface LivePeer extends PeerConfiguration {
  /** Seconds since 1970 UTC, 0: never; null: not shown. */
  readonly latestHandshake: number | null;
  readonly received: number;
  readonly sent: number;
}

type Draft<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };

/** `wg show … dump`: fields with tabs between them. `id` names the interface where the lines do not. */
export function readWgDump(
  part: TextPart,
  keys: KeyFunctions,
  complaints: Complaints,
  id: string | null,
): LiveTunnel[] {
  const tunnels: Draft<LiveTunnel>[] = [];
  for (const line of linesOf(part)) {
    if (line.text.trim() === '') continue;
    const fields = line.text.trimEnd().split('\t');
    const named = fields.length === 5 || fields.length === 9;
    const own = named ? fields.slice(1) : fields;
    const name = named ? fields[0]! : id;
    if (own.length === 4) {
      const [, publicKey = '', port = '', mark = ''] = own;
      const key = parseKey(publicKey);
      const listenPort = readNumber(port, 65535);
      const place = placeOf(line);
      tunnels.push({
        id: name,
        place,
        publicKey: key && factAt(key, place),
        ...(listenPort !== null && listenPort > 0 && { listenPort: factAt(listenPort, place) }),
        ...(/^0x[0-9a-f]{1,8}$/.test(mark) && { mark: factAt(Number.parseInt(mark, 16), place) }),
        peers: [],
      });
    } else if (own.length === 8) {
      const tunnel = named ? tunnels.findLast((each) => each.id === name) : tunnels.at(-1);
      const peer = dumpedPeer(own, line, keys);
      if (tunnel && peer) tunnel.peers.push(peer);
      else complaints.mistake('value-wrong', placeOf(line), 'Cannot read this line as a peer of `wg show dump`');
    } else complaints.mistake('value-wrong', placeOf(line), 'Cannot read this line as one of `wg show dump`');
  }
  return tunnels;
}

function dumpedPeer(fields: readonly string[], line: Line, keys: KeyFunctions): LivePeer | null {
  const [
    publicKey = '',
    preshared = '',
    endpoint = '',
    allowed = '',
    handshake = '',
    received = '',
    sent = '',
    keepalive = '',
  ] = fields;
  const place = placeOf(line);
  const key = parseKey(publicKey);
  if (key === null) return null;
  const seconds = readNumber(keepalive, 65535);
  return {
    ...peerBase(key, preshared, endpoint, allowed.split(','), place, keys),
    ...(seconds !== null && seconds > 0 && { keepalive: factAt(seconds, place) }),
    latestHandshake: readNumber(handshake, 9_999_999_999) ?? null,
    received: Number(/^[0-9]{1,15}$/.exec(received)?.[0] ?? 0),
    sent: Number(/^[0-9]{1,15}$/.exec(sent)?.[0] ?? 0),
  };
}

function peerBase(
  key: Uint8Array,
  preshared: string,
  endpoint: string,
  allowed: readonly string[],
  place: Place,
  keys: KeyFunctions,
): PeerConfiguration {
  const hash = parseKey(preshared)
    ? keys.hashPresharedKey(preshared)
    : /^[0-9a-f]{16}$/.test(preshared)
      ? preshared
      : null;
  const where = parseEndpointName(endpoint.replace(/%[^\]]*\]/, ']'));
  const allowedIps = allowed.flatMap((text): Fact<Prefix>[] => {
    const prefix = readPrefix(text.trim());
    return prefix ? [factAt(prefix, place)] : [];
  });
  return {
    place,
    publicKey: factAt(key, place),
    ...(hash !== null && { presharedKeyHash: factAt(hash, place) }),
    allowedIps,
    ...(typeof where !== 'string' && { endpoint: factAt(where, place) }),
  };
}

/** `wg show`, as people see it. Ages of handshakes are words, so only whether there was one is told: 1, or 0 for never. */
export function readWgShow(part: TextPart, keys: KeyFunctions, complaints: Complaints): LiveTunnel[] {
  const tunnels: Draft<LiveTunnel>[] = [];
  let peer: Draft<LivePeer> | null = null;
  for (const line of linesOf(part)) {
    const match = /^\s*([a-z ]+): *(.*)$/.exec(line.text);
    if (match === null) {
      if (line.text.trim() !== '')
        complaints.mistake('value-wrong', placeOf(line), 'Cannot read this line as one of `wg show`');
      continue;
    }
    const [, word, value = ''] = match;
    const place = placeOf(line);
    const tunnel = tunnels.at(-1);
    if (word === 'interface') {
      tunnels.push({ id: value.trim(), place, publicKey: null, peers: [] });
      peer = null;
    } else if (word === 'peer' && tunnel) {
      const key = parseKey(value.trim());
      if (key === null) {
        complaints.mistake('key-wrong', place, 'Cannot read this peer: a key is 44 characters of base64');
        continue;
      }
      peer = { ...peerBase(key, '', '', [], place, keys), allowedIps: [], latestHandshake: 0, received: 0, sent: 0 };
      tunnel.peers.push(peer);
    } else if (tunnel && peer === null) readShownTunnel(tunnel, word!, value.trim(), place);
    else if (peer) readShownPeer(peer, word!, value.trim(), place);
  }
  return tunnels;
}

function readShownTunnel(tunnel: Draft<LiveTunnel>, word: string, value: string, place: Place): void {
  if (word === 'public key') {
    const key = parseKey(value);
    if (key) tunnel.publicKey = factAt(key, place);
  } else if (word === 'listening port') {
    const port = readNumber(value, 65535);
    if (port !== null) tunnel.listenPort = factAt(port, place);
  } else if (word === 'fwmark' && /^0x[0-9a-f]{1,8}$/.test(value))
    tunnel.mark = factAt(Number.parseInt(value, 16), place);
}

function readShownPeer(peer: Draft<LivePeer>, word: string, value: string, place: Place): void {
  switch (word) {
    case 'endpoint': {
      const endpoint = parseEndpointName(value.replace(/%[^\]]*\]/, ']'));
      if (typeof endpoint !== 'string') peer.endpoint = factAt(endpoint, place);
      return;
    }
    case 'allowed ips':
      for (const text of value.split(',')) {
        const prefix = readPrefix(text.trim());
        if (prefix) peer.allowedIps.push(factAt(prefix, place));
      }
      return;
    case 'latest handshake':
      peer.latestHandshake = 1;
      return;
    case 'persistent keepalive': {
      const seconds = readNumber(/^every ([0-9]+) seconds?$/.exec(value)?.[1] ?? '', 65535);
      if (seconds !== null && seconds > 0) peer.keepalive = factAt(seconds, place);
      return;
    }
    case 'transfer': {
      const sizes = [...value.matchAll(/([0-9.]+) (B|KiB|MiB|GiB|TiB)/g)].map(([, number, unit]) =>
        Math.round(Number(number) * 1024 ** ['B', 'KiB', 'MiB', 'GiB', 'TiB'].indexOf(unit!)),
      );
      peer.received = sizes[0] ?? 0;
      peer.sent = sizes[1] ?? 0;
      return;
    }
  }
}
