/**
 * wg-quick's files, and what `wg showconf` prints: the same without addresses and hooks.
 *
 * Read as wg-quick(8) and wg(8) read them: words in any case, comments from `#` on, an allowed IP without a length is
 * one address, host bits are cut off. What they refuse is a mistake: such a tunnel does not come up. Hooks are kept as
 * text for the shell to understand; a private key becomes the public one at once.
 */

import type { Address } from '../../net/address.ts';
import { parseAddress } from '../../net/address.ts';
import { type EndpointName, parseEndpointName } from '../../net/endpoint.ts';
import { parseKey } from '../../net/key.ts';
import { formatPrefix, hostPrefix, type Prefix, prefixOf } from '../../net/prefix.ts';
import type { Fact } from '../../plan/plan.ts';
import { ANYTHING } from '../commands/context.ts';
import type { KeyFunctions, Place } from '../imported.ts';
import type { Complaints } from '../text/complaints.ts';
import { factAt, type Line, linesOf, placeOf, placeOfPart, type TextPart } from '../text/part.ts';
import { quote } from '../text/quote.ts';
import { type AddressWithLength, readAddressWithLength, readNumber } from '../text/values.ts';

export interface WgConfiguration {
  readonly place: Place;
  readonly publicKey: Fact<Uint8Array> | null;
  readonly addresses: readonly Fact<AddressWithLength>[];
  readonly listenPort?: Fact<number>;
  readonly mtu?: Fact<number>;
  /** As written: `off`, `auto`, a number or a name. */
  readonly table?: Fact<string>;
  /** 0 is off. */
  readonly mark?: Fact<number>;
  readonly dns: readonly Fact<Address>[];
  readonly hooks: readonly Hook[];
  readonly peers: readonly PeerConfiguration[];
}

export interface PeerConfiguration {
  readonly place: Place;
  readonly publicKey: Fact<Uint8Array> | null;
  readonly presharedKeyHash?: Fact<string>;
  readonly allowedIps: readonly Fact<Prefix>[];
  readonly endpoint?: Fact<EndpointName>;
  readonly keepalive?: Fact<number>;
  readonly note?: Fact<string>;
}

/** A command of bash that wg-quick runs; it names the tunnel `%i`. */
export interface Hook {
  readonly when: 'pre-up' | 'post-up' | 'pre-down' | 'post-down';
  readonly text: string;
  readonly place: Place;
}

/** Peers of one file that are read at most. */
const PEERS_AT_MOST = 200_000;

/** Hooks, and addresses, of one file that are read at most. */
const HOOKS_AT_MOST = 1_000;

/** `ofSurvey`: the collecting script has put the public key in place of the private one. */
export function readWgQuick(
  part: TextPart,
  keys: KeyFunctions,
  complaints: Complaints,
  ofSurvey = false,
): WgConfiguration {
  const draft: Draft<WgConfiguration> & { addresses: Fact<AddressWithLength>[]; dns: Fact<Address>[]; hooks: Hook[] } =
    {
      place: placeOfPart(part),
      publicKey: null,
      addresses: [],
      dns: [],
      hooks: [],
      peers: [],
    };
  const peers: PeerDraft[] = [];
  let section: 'none' | 'interface' | 'peer' | 'unknown' = 'none';
  for (const line of linesOf(part)) {
    const text = line.text.trim();
    if (text === '') continue;
    if (text.startsWith('#')) {
      const peer = peers.at(-1);
      if (section === 'peer' && peer) noteOf(peer, line);
      continue;
    }
    if (text.startsWith('[')) {
      section = sectionOf(line, complaints);
      if (section === 'interface' && draft.place.column === 1) draft.place = placeOf(line);
      if (section === 'peer' && peers.length < PEERS_AT_MOST) {
        peers.push({ place: placeOf(line), publicKey: null, allowedIps: [] });
      }
      continue;
    }
    const word = wordOf(line);
    if (word === null) {
      complaints.mistake('value-wrong', placeOf(line), `Cannot read ${quote(text)}: a line is WORD = VALUE`);
      continue;
    }
    if (section === 'interface') readInterfaceWord(draft, word, keys, complaints, ofSurvey);
    else if (section === 'peer') readPeerWord(peers.at(-1)!, word, keys, complaints);
    else if (section === 'none') {
      complaints.mistake('section-missing', placeOf(line), `Cannot use "${word.name}": no section has begun`);
    }
  }
  for (const peer of peers) {
    if (peer.publicKey === null) {
      complaints.mistake('key-missing', peer.place, 'Cannot use this peer: it has no public key');
    }
  }
  return { ...draft, peers };
}

type Draft<T> = { -readonly [K in keyof T]: T[K] };
type PeerDraft = Draft<PeerConfiguration> & { allowedIps: Fact<Prefix>[] };

interface Word {
  readonly name: string;
  readonly value: string;
  readonly line: Line;
  /** Of the value. */
  readonly place: Place;
}

function sectionOf(line: Line, complaints: Complaints): 'interface' | 'peer' | 'unknown' {
  const name = /^\[([A-Za-z]*)\]/.exec(line.text.trim())?.[1]?.toLowerCase();
  if (name === 'interface' || name === 'peer') return name;
  complaints.mistake(
    'section-unknown',
    placeOf(line),
    `Cannot read section ${quote(line.text.trim())}: wg-quick knows [Interface] and [Peer]`,
  );
  return 'unknown';
}

/** A comment that a peer begins with is what a person calls it. */
function noteOf(peer: PeerDraft, line: Line): void {
  if (peer.publicKey !== null || peer.note || peer.allowedIps.length > 0) return;
  const text = line.text
    .trim()
    .replace(/^#+\s*/, '')
    .slice(0, 100);
  if (text !== '' && !text.includes('=')) peer.note = factAt(text, placeOf(line));
}

function wordOf(line: Line): Word | null {
  const equals = line.text.indexOf('=');
  if (equals < 0) return null;
  const name = line.text.slice(0, equals).trim();
  if (!/^[A-Za-z]+$/.test(name)) return null;
  const isHook = /^(pre|post)(up|down)$/i.test(name);
  const hash = isHook ? -1 : line.text.indexOf('#', equals);
  const raw = line.text.slice(equals + 1, hash < 0 ? undefined : hash);
  const start = equals + 1 + (raw.length - raw.trimStart().length);
  const value = raw.trim();
  return { name, value, line, place: placeOf(line, start, value.length) };
}

function readInterfaceWord(
  draft: Draft<WgConfiguration> & { addresses: Fact<AddressWithLength>[]; dns: Fact<Address>[]; hooks: Hook[] },
  word: Word,
  keys: KeyFunctions,
  complaints: Complaints,
  ofSurvey: boolean,
): void {
  const { value, place } = word;
  switch (word.name.toLowerCase()) {
    case 'privatekey': {
      const key = readKey(word, complaints);
      if (key) draft.publicKey = factAt(keys.publicKeyOf(key), place);
      return;
    }
    case 'address':
      for (const piece of piecesOf(word)) {
        const address = readAddressWithLength(piece.text);
        if (address && draft.addresses.length < HOOKS_AT_MOST) draft.addresses.push(factAt(address, piece.place));
        else wrong(piece.place, 'address', piece.text, complaints);
      }
      return;
    case 'listenport':
      draft.listenPort = numberFact(word, 65535, complaints) ?? draft.listenPort;
      return;
    case 'mtu':
      draft.mtu = numberFact(word, 65535, complaints) ?? draft.mtu;
      return;
    case 'table':
      draft.table = factAt(value.toLowerCase(), place);
      return;
    case 'fwmark':
      draft.mark = markFact(word, complaints) ?? draft.mark;
      return;
    case 'dns':
      for (const piece of piecesOf(word)) {
        const address = parseAddress(piece.text);
        // What is no address is a search domain.
        if (address) draft.dns.push(factAt(address, piece.place));
      }
      return;
    case 'preup':
    case 'postup':
    case 'predown':
    case 'postdown':
      if (draft.hooks.length >= HOOKS_AT_MOST) {
        complaints.notUnderstood(place, `cannot follow more than ${HOOKS_AT_MOST} hooks`, ANYTHING);
        return;
      }
      draft.hooks.push({ when: HOOKS[word.name.toLowerCase() as keyof typeof HOOKS], text: value, place });
      return;
    // The last two are the Android app's.
    case 'saveconfig':
    case 'includedapplications':
    case 'excludedapplications':
      return;
    case 'publickey':
      if (ofSurvey) {
        const key = readKey(word, complaints);
        if (key) draft.publicKey = factAt(key, place);
        return;
      }
      complaints.mistake(
        'word-unknown',
        placeOf(word.line),
        'Cannot use "PublicKey" in [Interface]: it belongs to a peer',
        {
          help: ['delete the line: the public key follows from the private one; wg refuses the file with it'],
        },
      );
      return;
    default:
      unknownWord(word, 'Interface', complaints);
  }
}

const HOOKS = { preup: 'pre-up', postup: 'post-up', predown: 'pre-down', postdown: 'post-down' } as const;

function readPeerWord(peer: PeerDraft, word: Word, keys: KeyFunctions, complaints: Complaints): void {
  const { value, place } = word;
  switch (word.name.toLowerCase()) {
    case 'publickey': {
      const key = readKey(word, complaints);
      if (key) peer.publicKey = factAt(key, place);
      return;
    }
    case 'presharedkey':
      if (parseKey(value)) peer.presharedKeyHash = factAt(keys.hashPresharedKey(value), place);
      // A survey has the hash in place of the key.
      else if (/^[0-9a-f]{16}$/.test(value)) peer.presharedKeyHash = factAt(value, place);
      else readKey(word, complaints);
      return;
    case 'allowedips':
      for (const piece of piecesOf(word)) readAllowedIp(peer, piece, complaints);
      return;
    case 'endpoint': {
      const endpoint = parseEndpointName(value.replace(/%[^\]]*\]/, ']'));
      if (typeof endpoint === 'string') wrong(place, 'endpoint', value, complaints);
      else peer.endpoint = factAt(endpoint, place);
      return;
    }
    case 'persistentkeepalive': {
      if (value.toLowerCase() === 'off') return;
      const seconds = numberFact(word, 65535, complaints);
      if (seconds && seconds.value > 0) peer.keepalive = seconds;
      return;
    }
    default:
      unknownWord(word, 'Peer', complaints);
  }
}

interface Piece {
  readonly text: string;
  readonly place: Place;
}

function readAllowedIp(peer: PeerDraft, { text, place }: Piece, complaints: Complaints): void {
  const read = readAddressWithLength(text);
  if (read === null) {
    wrong(place, 'allowed IP', text, complaints);
    return;
  }
  const prefix = prefixOf(read.address, read.length);
  if (prefix.bits !== read.address.bits) {
    complaints.warning(
      'host-bits-set',
      place,
      `Cannot keep ${quote(text)} as it is: WireGuard takes it for ${formatPrefix(prefix)}`,
      { help: [`write ${formatPrefix(prefix)}, or ${formatPrefix(hostPrefix(read.address))} for the one address`] },
    );
  }
  peer.allowedIps.push(factAt(prefix, place));
}

/** The parts of a list with commas. */
function piecesOf(word: Word): Piece[] {
  const pieces: Piece[] = [];
  let start = word.place.column - 1;
  for (const raw of word.value.split(',')) {
    const text = raw.trim();
    const column = start + (raw.length - raw.trimStart().length);
    if (text !== '') pieces.push({ text, place: placeOf(word.line, column, text.length) });
    start += raw.length + 1;
  }
  return pieces;
}

/** Never says what stands there: it may be a key with a slip of the hand. */
function readKey(word: Word, complaints: Complaints): Uint8Array | null {
  const key = parseKey(word.value);
  if (key === null) {
    complaints.mistake('key-wrong', word.place, `Cannot read this ${word.name}: a key is 44 characters of base64`);
  }
  return key;
}

function numberFact(word: Word, most: number, complaints: Complaints): Fact<number> | undefined {
  const value = readNumber(word.value, most);
  if (value !== null) return factAt(value, word.place);
  wrong(word.place, word.name, word.value, complaints);
  return undefined;
}

function markFact(word: Word, complaints: Complaints): Fact<number> | undefined {
  const value = word.value.toLowerCase();
  if (value === 'off') return factAt(0, word.place);
  if (/^0x[0-9a-f]{1,8}$/.test(value)) return factAt(Number.parseInt(value, 16), word.place);
  return numberFact(word, 0xffffffff, complaints);
}

function unknownWord(word: Word, section: string, complaints: Complaints): void {
  complaints.mistake(
    'word-unknown',
    placeOf(word.line),
    `Cannot use ${quote(word.name)} in [${section}]: wg-quick does not know it`,
  );
}

function wrong(place: Place, what: string, text: string, complaints: Complaints): void {
  complaints.mistake('value-wrong', place, `Cannot read ${quote(text)} as ${what}`);
}
