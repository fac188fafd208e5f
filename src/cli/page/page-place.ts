/**
 * Where `up` serves the page, from its options; and what it says about it.
 */

import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { createSecureContext } from 'node:tls';
import type { BegunPage, PagePlace } from '../../control/http/page.ts';
import { PAGE_PORT } from '../../control/sign-in/page-origin.ts';
import { systemError } from '../../control/system-error.ts';
import { visible } from '../../description/visible.ts';
import { Refused } from '../command-line/outcome.ts';
import type { Paint } from '../terminal/paint.ts';
import type { Invocation } from '../verb.ts';

const LOCAL = ['127.0.0.1', '::1'];

/** Where; null with `--no-page`. Throws `Refused` for what cannot be, and for what would be open to be read on the way. */
export function pagePlace({ text, flag }: Invocation): PagePlace | null {
  if (flag('no-page')) return null;
  const { addresses, port } = listenOf(text('page-listen'));
  const origin = originOf(text('page-origin'));
  const certificate = certificateOf(text('page-certificate'), text('page-certificate-key'));
  const isLocal = addresses.every(isLoopback);
  if (!isLocal && certificate === null && !flag('page-plain')) {
    throw new Refused('page-open', 'Cannot serve the page there: what is sent could be read and changed on the way', [
      'with a certificate: --page-certificate FILE --page-certificate-key FILE',
      'behind a reverse proxy that speaks TLS, on the same machine: leave --page-listen out, and say --page-origin https://…',
      'or on the router alone, and from elsewhere by ssh -L: leave --page-listen out',
      'if nobody else is on that network: --page-plain',
    ]);
  }
  if (!isLocal && origin === null) {
    throw new Refused('page-origin-missing', 'Cannot serve the page there: it is not said what browsers open it by', [
      'say it: --page-origin https://NAME:PORT',
    ]);
  }
  return { addresses, port, origin, certificate };
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(address);
}

function listenOf(text: string | undefined): { readonly addresses: readonly string[]; readonly port: number } {
  if (text === undefined) return { addresses: LOCAL, port: PAGE_PORT };
  const match = /^(?:(localhost)|\[([0-9a-fA-F:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[4]);
  if (match === null || port > 65_535) {
    throw new Refused('page-listen-invalid', `Cannot serve the page on ${visible(text)}: it is no address and port`, [
      'for example: --page-listen 127.0.0.1:9000, or --page-listen "[::]:8443"',
    ]);
  }
  return { addresses: match[1] === undefined ? [match[2] ?? match[3]!] : LOCAL, port };
}

function originOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  let url: URL | null = null;
  try {
    url = new URL(text);
  } catch {
    // Told below.
  }
  if (url !== null && /^https?:$/.test(url.protocol) && url.origin === text.replace(/\/$/, '')) return url.origin;
  throw new Refused('page-origin-invalid', `Cannot use ${visible(text)} as the page's origin`, [
    'an origin is https://NAME, or https://NAME:PORT, and nothing behind',
  ]);
}

function certificateOf(certificate: string | undefined, key: string | undefined): PagePlace['certificate'] {
  if (certificate === undefined && key === undefined) return null;
  if (certificate === undefined || key === undefined) {
    throw new Refused('page-certificate-half', 'Cannot speak TLS: a certificate and its key belong together', [
      '--page-certificate FILE --page-certificate-key FILE',
    ]);
  }
  const read = (path: string) => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw systemError(`read ${path}`, error);
    }
  };
  const pair = { certificate: read(certificate), key: read(key) };
  try {
    createSecureContext({ cert: pair.certificate, key: pair.key });
  } catch (error) {
    throw new Refused(
      'page-certificate-unusable',
      `Cannot speak TLS with this certificate: ${(error as Error).message}`,
    );
  }
  return pair;
}

/** The lines for a page that has begun. `routerHost` is how the router is dialled. */
export function pageLines(
  { origin, port, firstLink, isBuilt, notes }: BegunPage,
  { paint, routerHost, isLocal }: { readonly paint: Paint; readonly routerHost: string; readonly isLocal: boolean },
): string {
  const lines = [
    isBuilt ? `page: ${origin}` : `API: ${origin}/api/v1 ${paint('dim', '(this program was built without its page)')}`,
    ...(firstLink === null
      ? []
      : [
          `sign in: ${paint('bold', firstLink)}`,
          paint('dim', 'the link answers once, within 15 minutes; for another: wg-router page link'),
          ...(isLocal
            ? [
                `from your own computer: ${paint('bold', `ssh -L ${port}:localhost:${port} ${userInfo().username}@${routerHost}`)}, then open it there`,
              ]
            : []),
        ]),
    ...notes.map((note) => `${paint('note', 'note')}: ${visible(note)}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
