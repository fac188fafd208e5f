/**
 * Endpoints: where WireGuard datagrams go. `EndpointName` is what a person writes (a name or an address, and a port);
 * `Endpoint` is what a socket uses, after a name was resolved.
 */

import { type Address, type Family, formatAddress, parseAddress } from './address.ts';

/** What a person writes: `vpn.example.net:51820`, `203.0.113.5:51820`, `[2001:db8::5]:51820`. */
export interface EndpointName {
  /** A DNS name (lower case) or an address in canonical spelling, without brackets. */
  readonly host: string;
  /** The address when `host` is one. */
  readonly address: Address | null;
  readonly port: number;
}

/** An address and port in the form sockets use; `address` is canonical text, with `%zone` where it is link-local. */
export interface Endpoint {
  readonly family: Family;
  readonly address: string;
  readonly port: number;
  /**
   * Which of our own addresses it called, where the sockets know: what goes to it leaves from there. A machine with
   * several addresses would otherwise answer from another than was asked.
   */
  readonly local?: string;
}

export type EndpointMistake = 'port-missing' | 'port-out-of-range' | 'host-invalid' | 'brackets-missing';

export function parseEndpointName(text: string): EndpointName | EndpointMistake {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) {
    const address = parseAddress(bracketed[1]!);
    if (address?.family !== 6) return 'host-invalid';
    return withPort(formatAddress(address), address, bracketed[2]);
  }
  if (text.startsWith('[')) return 'host-invalid';
  if (text.split(':').length > 2) return 'brackets-missing';
  const [host = '', port] = text.split(':');
  const address = parseAddress(host);
  if (address === null && !isDnsName(host)) return 'host-invalid';
  return withPort(address ? formatAddress(address) : host.toLowerCase(), address, port);
}

export function formatEndpoint(endpoint: { readonly host: string; readonly port: number } | Endpoint): string {
  const host = 'host' in endpoint ? endpoint.host : endpoint.address;
  return host.includes(':') ? `[${host}]:${endpoint.port}` : `${host}:${endpoint.port}`;
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}

/** Whether both are one place and call us at one address. */
export function samePath(a: Endpoint, b: Endpoint): boolean {
  return sameEndpoint(a, b) && a.local === b.local;
}

/**
 * RFC 1123 section 2.1: labels of letters, digits and inner hyphens. Not with a number at the end, decimal or
 * hexadecimal: resolvers read `203.0.113` and `0xcb007105` as IPv4 addresses. Underscores occur in real names.
 */
function isDnsName(host: string): boolean {
  const name = host.replace(/\.$/, '');
  if (name.length === 0 || name.length > 253) return false;
  const labels = name.split('.');
  if (/^([0-9]+|0[xX][0-9a-fA-F]*)$/.test(labels.at(-1)!)) return false;
  return labels.every((label) => /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/.test(label));
}

function withPort(host: string, address: Address | null, port: string | undefined): EndpointName | EndpointMistake {
  if (port === undefined || port === '') return 'port-missing';
  if (!/^[1-9][0-9]{0,4}$/.test(port) || Number(port) > 65535) return 'port-out-of-range';
  return { host, address, port: Number(port) };
}
