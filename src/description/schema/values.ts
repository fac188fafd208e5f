/**
 * The single values of a network file: names, addresses, prefixes, endpoints, keys, numbers, dates, ports.
 *
 * Every reason names what is wrong with the text, and every help what to write instead. A key's text never becomes
 * part of a message.
 */

import { type Address, formatAddress, isLinkLocal, parseAddress } from '../../net/address.ts';
import { type EndpointMistake, type EndpointName, parseEndpointName } from '../../net/endpoint.ts';
import { parseKey } from '../../net/key.ts';
import { formatPrefix, type Prefix, parsePrefix, prefixesOverlap, prefixHas, prefixOf } from '../../net/prefix.ts';
import type { Ports } from '../network.ts';
import { type Mistake, scalar } from './shape.ts';

/** Words that stand where names stand, and therefore are none. */
export const RESERVED_NAMES: ReadonlyMap<string, string> = new Map([
  ['everyone', 'it means all that is described'],
  ['inside', 'it means routers and machines'],
  ['internet', 'it means all other addresses'],
  ['carve', 'it means a prefix or address that is still to be chosen'],
]);

const NAME_PATTERN = `^(?!(${[...RESERVED_NAMES.keys()].join('|')})$)(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`;

/** A name that is defined here: an RFC 1123 label in lower case that everybody reads as a word. */
export const name = scalar<string>('a name', { type: 'string', pattern: NAME_PATTERN }, (text) => {
  const reason = nameMistake(text);
  if (reason !== null) return { code: 'bad-name', reason, help: nameHelp(text) };
  const meaning = RESERVED_NAMES.get(text);
  if (meaning !== undefined)
    return { code: 'reserved-name', reason: `the word is taken, ${meaning}`, help: ['choose another name'] };
  return { value: text };
});

/** A name that is defined elsewhere; whether it is, is checked when all names are known. */
export const reference = scalar<string>('a name', { type: 'string' }, (text) => ({ value: text }));

/** What is wrong with `text` as a name, or null. Whether it is taken or reserved is not asked here. */
export function nameMistake(text: string): string | null {
  if (text === '') return 'it is empty';
  if (text.length > 63) return `it has ${text.length} characters, 63 are the most (RFC 1123)`;
  if (/[A-Z]/.test(text)) return 'names are in lower case';
  if (!/^[a-z0-9-]+$/.test(text)) return 'only a to z, 0 to 9 and "-" make a name';
  if (text.startsWith('-') || text.endsWith('-')) return 'a name neither begins nor ends with "-"';
  if (!/[a-z]/.test(text)) return 'it needs at least one letter';
  if (/^(null|true|false|0x[0-9a-f]+|0o[0-7]+|[0-9]+e-?[0-9]+)$/.test(text))
    return 'YAML reads it as something other than a word';
  return null;
}

function nameHelp(text: string): string[] {
  const better = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63);
  return nameMistake(better) === null ? [`write ${better}`] : [];
}

export const note = scalar<string>('a text', { type: 'string' }, (text) =>
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text)
    ? { code: 'bad-note', reason: 'it holds control characters', help: ['leave them out'] }
    : { value: text },
);

export const address = scalar<Address>('an address', { type: 'string', format: 'ip' }, readAddress);

/** A default gateway's: what IPv6 hosts know of it is mostly the link-local one, and its link is the LAN. */
export const gatewayAddress = scalar<Address>('an address', address.schema, (text) => {
  const bare = parseAddress(text.replace(/%.*$/, ''));
  if (bare === null || !isLinkLocal(bare)) return readAddress(text);
  if (!text.includes('%')) return { value: bare };
  return { code: 'bad-address', reason: 'its link is the LAN', help: [`write ${formatAddress(bare)}`] };
});

export const prefix = scalar<Prefix>('a prefix', { type: 'string', pattern: '/[0-9]+$' }, readPrefix);

export const addressOrCarve = scalar<Address | 'carve'>('an address or carve', address.schema, (text) =>
  text === 'carve' ? { value: text } : readAddress(text),
);

export const prefixOrCarve = scalar<Prefix | 'carve'>(
  'a prefix or carve',
  { type: 'string', pattern: '(^carve|/[0-9]+)$' },
  (text) => (text === 'carve' ? { value: text } : readPrefix(text)),
);

/** RFC 4193: fc00::/7 of which only fd00::/8 is assigned by oneself; a /48 leaves 16 bits for LANs. */
export const ula = scalar<Prefix>(
  'a prefix fdxx:xxxx:xxxx::/48',
  { type: 'string', pattern: '^[fF][dD].*/48$' },
  (text) => {
    const result = readPrefix(text);
    if ('reason' in result) return result;
    const { family, bits, length } = result.value;
    if (family !== 6 || bits >> 120n !== 0xfdn)
      return {
        code: 'bad-ula',
        reason: 'a ULA prefix of your own begins with fd (RFC 4193)',
        help: ['draw 40 random bits after fd, as in fd4c:91b7:2ae0::/48'],
      };
    if (length !== 48)
      return {
        code: 'bad-ula',
        reason: `it must be a /48, so that 65,536 LANs fit into it, not a /${length}`,
        help: [`write ${formatPrefix(prefixOf({ family, bits }, 48))}`],
      };
    return result;
  },
);

const OTHER_TRUTHS: ReadonlyMap<string, string> = new Map([
  ...['yes', 'on', 'y', '1'].map((word) => [word, 'true'] as const),
  ...['no', 'off', 'n', '0'].map((word) => [word, 'false'] as const),
]);

/** `true` or `false`; what YAML 1.1 read as one of them is a word (YAML 1.2), and therefore a mistake. */
export const truth = scalar<boolean>('true or false', { type: 'boolean' }, (text) => {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 'false') return { value: lower === 'true' };
  const meant = OTHER_TRUTHS.get(lower);
  return {
    code: 'unknown-value',
    reason: 'it is neither true nor false',
    help: [meant === undefined ? 'write true or false' : `write ${meant}`],
  };
});

const ENDPOINT_MISTAKES: Readonly<Record<EndpointMistake, Mistake>> = {
  'port-missing': {
    code: 'bad-endpoint',
    reason: 'the port is missing',
    help: ['add it: WireGuard has no port of its own, 51820 is common'],
  },
  'port-out-of-range': { code: 'bad-endpoint', reason: 'the port is not a number from 1 to 65535' },
  'host-invalid': { code: 'bad-endpoint', reason: 'what stands before the port is neither a DNS name nor an address' },
  'brackets-missing': {
    code: 'bad-endpoint',
    reason: 'an IPv6 address needs brackets before a port',
    help: ['write "[2001:db8::5]:51820", in quotes'],
  },
};

export const endpoint = scalar<EndpointName>(
  'a name or address and a port',
  { type: 'string', pattern: ':[0-9]+$' },
  (text) => {
    const result = parseEndpointName(text);
    if (typeof result === 'string') return ENDPOINT_MISTAKES[result];
    const unusable = result.address === null ? null : reservedFor(result.address, NEVER_DIALLED);
    return unusable === null ? { value: result } : { code: 'bad-endpoint', reason: `${result.host} is ${unusable}` };
  },
);

export const publicKey = scalar<Uint8Array>(
  'a public key',
  { type: 'string', pattern: '^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$' },
  (text) => {
    const value = parseKey(text);
    const help = ['`wg pubkey` prints one: 44 characters, the last one "="'];
    if (value === null) return { code: 'bad-key', reason: keyReason(text), help };
    if (value.every((byte) => byte === 0)) return { code: 'bad-key', reason: 'it is all zeros', help };
    return { value };
  },
);

function keyReason(text: string): string {
  if (!/^[A-Za-z0-9+/=]*$/.test(text)) return 'it holds characters that base64 does not have';
  if (text.length !== 44) return `it has ${text.length} characters, not 44`;
  return 'it is not 32 bytes in base64';
}

/** A whole number in decimal digits; what YAML would also read as a number (hexadecimal, 1e3) is refused. */
export function wholeNumber(what: string, minimum: number, maximum: number) {
  const wanted = `${what} from ${minimum} to ${maximum}`;
  return scalar<number>(wanted, { type: 'integer', minimum, maximum }, (text) =>
    readNumber(text, minimum, maximum, wanted),
  );
}

/** Seconds, or 0 for `off`. 65535 is the most that WireGuard's interfaces take. */
export const keepalive = scalar<number>(
  'seconds or off',
  { anyOf: [{ type: 'integer', minimum: 1, maximum: 65535 }, { const: 'off' }] },
  (text) => {
    if (text === 'off') return { value: 0 };
    if (text === '0' || text === 'false' || text === 'no')
      return { code: 'bad-number', reason: 'no keepalive is spelt differently', help: ['write off'] };
    return readNumber(text, 1, 65535, 'a number of seconds from 1 to 65535, or off');
  },
);

function readNumber(text: string, minimum: number, maximum: number, wanted: string): { value: number } | Mistake {
  const help = [`write ${wanted}`];
  if (!/^(0|[1-9][0-9]*)$/.test(text)) return { code: 'bad-number', reason: 'it is not a whole number', help };
  const value = Number(text);
  if (value < minimum) return { code: 'bad-number', reason: `it is less than ${minimum}`, help };
  if (value > maximum) return { code: 'bad-number', reason: `it is more than ${maximum}`, help };
  return { value };
}

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const TIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))$/;
const DAY_MS = 86_400_000;

/**
 * The first moment after `expires`, in milliseconds since 1970 UTC: the end of that day in UTC for a date, the moment
 * itself for an RFC 3339 time (leap seconds apart: 23:59:60 is refused, because no clock here ever shows it).
 */
export const expires = scalar<number>(
  'a date or an RFC 3339 time',
  { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}' },
  (text) => {
    const help = ['write a date (2027-01-31, to the end of that day in UTC) or a time (2027-01-31T18:00:00Z)'];
    const date = DATE.exec(text);
    const time = TIME.exec(text);
    const parts = date ?? time;
    if (parts === null) return { code: 'bad-date', reason: 'it is neither a date nor an RFC 3339 time', help };
    const day = dayStart(Number(parts[1]), Number(parts[2]), Number(parts[3]));
    if (day === null) return { code: 'bad-date', reason: 'the calendar has no such day', help };
    if (time === null) return { value: day + DAY_MS };
    const [hour, minute, second, offsetHour, offsetMinute] = [
      time[4],
      time[5],
      time[6],
      time[9] ?? 0,
      time[10] ?? 0,
    ].map(Number) as [number, number, number, number, number];
    if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59)
      return { code: 'bad-date', reason: 'the clock has no such time', help };
    const offsetMs = (offsetHour * 60 + offsetMinute) * 60_000 * (time[8] === '-' ? -1 : 1);
    const fractionMs = Math.trunc(Number(`0.${time[7] ?? 0}`) * 1000);
    return { value: day + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs - offsetMs };
  },
);

function dayStart(year: number, month: number, day: number): number | null {
  const start = new Date(0);
  start.setUTCFullYear(year, month - 1, day);
  return start.getUTCMonth() === month - 1 && start.getUTCDate() === day ? start.getTime() : null;
}

export const ports = scalar<Ports>(
  'ports',
  { type: 'string', pattern: '^(ping|(tcp|udp)/[0-9]+(-[0-9]+)?)$' },
  readPorts,
);

/** `tcp/443`, `udp/5000-5010` or `ping`. */
export function readPorts(text: string): { value: Ports } | Mistake {
  const help = ['write tcp/443, udp/5000-5010 or ping'];
  if (text === 'ping') return { value: { protocol: 'ping' } };
  const parts = /^(tcp|udp)\/([0-9]+)(?:-([0-9]+))?$/.exec(text);
  if (parts === null) return { code: 'bad-ports', reason: 'it is no protocol with ports', help };
  const first = Number(parts[2]);
  const last = parts[3] === undefined ? first : Number(parts[3]);
  if (first < 1 || last > 65535 || first > 65535 || /^0[0-9]|-0[0-9]|\/0[0-9]/.test(text))
    return { code: 'bad-ports', reason: 'ports are numbers from 1 to 65535', help };
  if (first > last)
    return {
      code: 'bad-ports',
      reason: 'the range ends before it begins',
      help: [`write ${parts[1]}/${last}-${first}`],
    };
  return { value: { protocol: parts[1] as 'tcp' | 'udp', first, last } };
}

export const domain = scalar<string>('a domain', { type: 'string' }, (text) =>
  text.length <= 253 &&
  /^(?!.*\.[0-9]+$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/.test(text)
    ? { value: text }
    : {
        code: 'bad-domain',
        reason: 'it is not a domain name in lower case',
        help: ['write one of your own, as in home.internal'],
      },
);

function readAddress(text: string): { value: Address } | Mistake {
  const value = parseAddress(text);
  if (value === null) return { code: 'bad-address', reason: addressReason(text), help: addressHelp(text) };
  const unusable = reservedFor(value, NEVER_A_MACHINE);
  return unusable === null ? { value } : { code: 'address-not-usable', reason: `it is ${unusable}` };
}

function addressReason(text: string): string {
  if (text.includes('/')) return 'an address here has no prefix length';
  if (text.includes('%')) return 'a link-local address holds only on one link';
  if (/^[0-9.]+$/.test(text)) {
    const parts = text.split('.');
    if (parts.length !== 4) return 'an IPv4 address has four numbers';
    if (parts.some((part) => /^0[0-9]/.test(part)))
      return 'a number with leading zeros is eight or ten, depending on who reads it';
    return 'the numbers of an IPv4 address go from 0 to 255';
  }
  return text.includes(':') ? 'it is not an IPv6 address' : 'it is not an address';
}

function addressHelp(text: string): string[] {
  const bare = parseAddress(text.replace(/\/.*$/, '').replace(/^\[(.*)\]$/, '$1'));
  return bare === null ? [] : [`write ${formatAddress(bare)}`];
}

function readPrefix(text: string): { value: Prefix } | Mistake {
  const result = parsePrefix(text);
  if (typeof result === 'string') return prefixMistake(text, result);
  if (result.length === 0) return { code: 'prefix-not-usable', reason: 'it is every address there is' };
  const reserved = NEVER_A_MACHINE.find((each) => prefixesOverlap(each.prefix, result));
  return reserved === undefined
    ? { value: result }
    : { code: 'prefix-not-usable', reason: `it holds ${reserved.what}` };
}

function prefixMistake(text: string, mistake: Exclude<ReturnType<typeof parsePrefix>, Prefix>): Mistake {
  const [addressText = '', lengthText = ''] = text.split('/');
  const value = parseAddress(addressText);
  switch (mistake) {
    case 'host-bits-set': {
      const meant = formatPrefix(prefixOf(value!, Number(lengthText)));
      return { code: 'host-bits-set', reason: `the prefix around this address is ${meant}`, help: [`write ${meant}`] };
    }
    case 'length-missing': {
      const meant = formatPrefix(prefixOf(value!, value!.family === 4 ? 24 : 64));
      return { code: 'bad-prefix', reason: 'its length is missing', help: [`write the length too, as in ${meant}`] };
    }
    case 'length-out-of-range':
      return {
        code: 'bad-prefix',
        reason: `the length of an ${value!.family === 4 ? 'IPv4 prefix is at most 32' : 'IPv6 prefix is at most 128'}`,
      };
    case 'not-a-prefix':
      return {
        code: 'bad-prefix',
        reason: value === null ? addressReason(addressText) : 'after "/" belongs a length in bits',
        help: value === null ? [] : [`as in ${formatAddress(value)}/${value.family === 4 ? 24 : 64}`],
      };
  }
}

interface Reserved {
  readonly prefix: Prefix;
  readonly what: string;
}

const UNSPECIFIED_AND_MULTICAST: readonly Reserved[] = [
  reserved('0.0.0.0/8', 'an address that means "this host" (RFC 1122)'),
  reserved('224.0.0.0/4', 'a multicast address'),
  reserved('255.255.255.255/32', 'the broadcast address'),
  reserved('::/128', 'the unspecified address'),
  reserved('ff00::/8', 'a multicast address'),
];

/** A router on the writer's own machine may be dialled at loopback: a laboratory. */
const NEVER_DIALLED = UNSPECIFIED_AND_MULTICAST;

const NEVER_A_MACHINE: readonly Reserved[] = [
  ...UNSPECIFIED_AND_MULTICAST,
  reserved('127.0.0.0/8', 'a loopback address'),
  reserved('::1/128', 'the loopback address'),
  reserved('::ffff:0:0/96', 'an IPv4 address in IPv6 clothes'),
  reserved('fe80::/10', 'a link-local address, which holds only on one link'),
];

function reserved(text: string, what: string): Reserved {
  return { prefix: parsePrefix(text) as Prefix, what };
}

function reservedFor(value: Address, list: readonly Reserved[]): string | null {
  return list.find((each) => prefixHas(each.prefix, value))?.what ?? null;
}
