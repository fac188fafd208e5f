/**
 * The page with a certificate of its own. The certificate and its key beside this file are for this test alone.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { asked, ServedPage } from './served-page.ts';

const certificate = {
  certificate: readFileSync(join(import.meta.dirname, 'test-only.certificate.pem')),
  key: readFileSync(join(import.meta.dirname, 'test-only.key.pem')),
};

test('with a certificate the page speaks TLS and nothing else, and its cookies are for TLS alone', async (t) => {
  const served = await ServedPage.begin(t, { place: { certificate } });
  await assert.rejects(asked(served.port, 'GET', '/api/v1/sign-in', { host: 'localhost' }));
  const { link } = await served.accounts.makeLink('admin');
  const body = JSON.stringify({ link });
  const origin = `https://localhost:${served.port}`;
  const use = (stated: string) =>
    new Promise<{ status: number; cookies: string; transport: string }>((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          servername: 'localhost',
          port: served.port,
          method: 'POST',
          path: '/api/v1/sign-in/link',
          ca: certificate.certificate,
          agent: false,
          headers: {
            host: `localhost:${served.port}`,
            origin: stated,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        },
        (response) => {
          response.resume();
          resolve({
            status: response.statusCode!,
            cookies: String(response.headers['set-cookie']),
            transport: String(response.headers['strict-transport-security']),
          });
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  assert.equal((await use(`http://localhost:${served.port}`)).status, 403);
  const { status, cookies, transport } = await use(origin);
  assert.equal(status, 200);
  assert.match(cookies, /^__Host-wgr-session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/);
  assert.match(transport, /max-age=31536000/);
});
