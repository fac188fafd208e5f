/**
 * What is refused before anybody looks at it: names of this machine that are not ours (so that no other site can be
 * this one, by a name that leads here), and writes that another origin makes.
 *
 * Cookies and SameSite ignore ports: another service on this machine is the same site. So a session is two halves, a
 * cookie and a token that only pages of this very origin can read, and every write states its exact origin.
 */

import type { IncomingHttpHeaders } from 'node:http';

/** Where the page is. */
export interface PageOrigins {
  /** The origin that was configured, or null: only names of this machine then. */
  readonly configured: string | null;
  /** Whether we speak TLS ourselves. */
  readonly isSecure: boolean;
}

/** Any port: behind `ssh -L` it is another one than ours. A name that another site can have is not among them. */
const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?$/;

/** The origin that a request with this `Host` is for, or null when it is none of ours. */
export function originFor(host: string | undefined, origins: PageOrigins): string | null {
  if (host === undefined) return null;
  const { configured, isSecure } = origins;
  if (configured !== null && host.toLowerCase() === new URL(configured).host) return configured;
  if (LOCAL.test(host.toLowerCase())) return `${isSecure ? 'https' : 'http'}://${host.toLowerCase()}`;
  return null;
}

export type OriginRefusal = 'origin-missing' | 'origin-foreign';

/**
 * Whether a request may come from where it says it comes from. `own` is the origin it is for. A write by cookie must
 * state it; whoever states another one is refused in any case.
 */
export function originRefusal(
  { origin, 'sec-fetch-site': site }: IncomingHttpHeaders,
  own: string,
  mustState: boolean,
): OriginRefusal | null {
  if (origin !== undefined && origin !== own) return 'origin-foreign';
  // Browsers that tell it tell the truth; same-site is another port of the same host.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'origin-foreign';
  return mustState && origin === undefined ? 'origin-missing' : null;
}

/** The value of a cookie, or null. */
export function cookieOf(headers: IncomingHttpHeaders, name: string): string | null {
  for (const each of (headers.cookie ?? '').split(';')) {
    const [word, value] = each.split('=', 2);
    if (word?.trim() === name && value !== undefined) return value.trim();
  }
  return null;
}

/** On every answer. Nothing is loaded from elsewhere, and nobody frames the page. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'X-Robots-Tag': 'noindex',
};
