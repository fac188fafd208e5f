/**
 * What other sites, other names and other services on this machine can do with the page: nothing.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asked, type Reply, ServedPage } from './served-page.ts';

const code = (reply: Reply) => reply.json?.diagnostics?.[0]?.code ?? reply.status;

describe('a request', () => {
  test('under a name that is not ours is refused, whatever it asks for', async (t) => {
    const served = await ServedPage.begin(t);
    const token = await served.token('read');
    for (const host of [
      'evil.example',
      `evil.example:${served.port}`,
      'localhost.evil.example',
      '127.0.0.1.nip.io',
      'localhost@evil',
      '[::2]',
      `10.0.0.1:${served.port}`,
    ]) {
      for (const path of ['/', '/metrics', '/api/v1/sign-in', '/api/v1/network']) {
        const reply = await asked(served.port, 'GET', path, { host, ...token });
        assert.equal(reply.status, 421, `${host} ${path}`);
        assert.ok(!reply.text.includes('home'));
      }
    }
  });

  test('under a name of this machine is answered, at any port', async (t) => {
    const served = await ServedPage.begin(t);
    for (const host of ['localhost', `localhost:${served.port}`, '127.0.0.1:9999', '[::1]:8787', 'LOCALHOST:1']) {
      assert.equal((await asked(served.port, 'GET', '/api/v1/sign-in', { host })).status, 200, host);
    }
  });

  test('under the configured origin is answered, and cookies are secure there', async (t) => {
    const served = await ServedPage.begin(t, { place: { origin: 'https://wg.example.net' } });
    const { link } = await served.accounts.makeLink('admin');
    const headers = { host: 'wg.example.net', origin: 'https://wg.example.net', 'content-type': 'application/json' };
    const reply = await asked(served.port, 'POST', '/api/v1/sign-in/link', headers, JSON.stringify({ link }));
    assert.match(reply.headers['set-cookie']![0]!, /^__Host-wgr-session=[\w-]+; Path=\/; .*; Secure$/);
    assert.match(String(reply.headers['strict-transport-security']), /max-age/);
    assert.equal((await asked(served.port, 'GET', '/api/v1/sign-in', { host: 'wg.example.net:444' })).status, 421);
  });

  test('that writes must state its exact origin, with a cookie or without', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.person();
    const write = (origin: string | undefined) =>
      served.ask('PATCH', '/machines/phone', who, { body: { note: 'x' }, headers: { origin } });
    const before = served.text;
    for (const origin of [
      'http://localhost',
      `http://localhost:${served.port + 1}`,
      `https://localhost:${served.port}`,
      `http://127.0.0.1:${served.port}`,
      'null',
      'https://evil.example',
    ]) {
      assert.equal((await write(origin)).status, 403, origin);
    }
    assert.equal(code(await write(undefined)), 'origin-missing');
    assert.equal(served.text, before);
    assert.equal((await write(served.origin)).status, 200);
  });

  test('that signs in must state it too', async (t) => {
    const served = await ServedPage.begin(t);
    const { link } = await served.accounts.makeLink('admin');
    const use = (origin: string | undefined) =>
      served.ask('POST', '/sign-in/link', {}, { body: { link }, headers: { origin } });
    assert.equal(code(await use('https://evil.example')), 'origin-foreign');
    assert.equal(code(await use(undefined)), 'origin-missing');
    assert.equal((await use(served.origin)).status, 200);
  });

  test('that reads and comes from another origin is refused, as browsers tell it', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.person();
    const read = (headers: Record<string, string | undefined>) =>
      served.ask('GET', '/network', who, { headers: { origin: undefined, ...headers } });
    assert.equal((await read({})).status, 200);
    assert.equal((await read({ 'sec-fetch-site': 'same-origin' })).status, 200);
    for (const site of ['same-site', 'cross-site']) {
      assert.equal(code(await read({ 'sec-fetch-site': site })), 'origin-foreign');
    }
    assert.equal(code(await read({ origin: 'http://localhost:1' })), 'origin-foreign');
  });

  test('by a program with a token states no origin, and another site cannot use that', async (t) => {
    const served = await ServedPage.begin(t);
    const token = await served.token('read', 'write');
    assert.equal((await served.ask('PATCH', '/machines/phone', token, { body: { note: 'x' } })).status, 200);
    const foreign = { origin: 'https://evil.example' };
    assert.equal((await served.ask('GET', '/network', token, { headers: foreign })).status, 403);
    // What a browser asks before it sends `Authorization` somewhere else: no.
    const preflight = await served.ask(
      'OPTIONS',
      '/network',
      {},
      { headers: { ...foreign, 'access-control-request-headers': 'authorization' } },
    );
    assert.equal(preflight.headers['access-control-allow-origin'], undefined);
    assert.ok(preflight.status >= 400);
  });

  test('is read up to its bounds, and no further', async (t) => {
    const served = await ServedPage.begin(t);
    const token = await served.token('read', 'write');
    const large = await served
      .ask('POST', '/network/check', token, { body: { text: 'x'.repeat(9 * 1024 * 1024) } })
      .catch(() => null);
    assert.ok(large === null || large.status === 413, String(large?.status));
    const header = await served
      .ask('GET', '/network', token, { headers: { 'x-long': 'x'.repeat(20_000) } })
      .catch(() => null);
    assert.ok(header === null || header.status === 431);
    for (const path of [
      '//evil.example/api/v1/network',
      'http://evil.example/api/v1/network',
      '/api/v1/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/..%2f..%2fetc/passwd',
    ]) {
      const reply = await asked(served.port, 'GET', path, { host: 'localhost', ...token });
      assert.ok(reply.status === 400 || reply.status === 404, `${path}: ${reply.status}`);
      assert.ok(!reply.text.includes('root:'));
    }
  });
});

describe('an answer', () => {
  test('says what a browser may do with it, whatever it is', async (t) => {
    const served = await ServedPage.begin(t);
    const token = await served.token('read');
    const answers = [
      await served.ask('GET', '/network', token),
      await served.ask('GET', '/network'),
      await served.ask('GET', '/metrics', token),
      await asked(served.port, 'GET', '/', { host: 'localhost' }),
      await asked(served.port, 'GET', '/nothing.js', { host: 'localhost' }),
      await asked(served.port, 'GET', '/', { host: 'evil.example' }),
    ];
    for (const { headers } of answers) {
      const policy = String(headers['content-security-policy']);
      assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.ok(!/unsafe|\*|https?:/.test(policy));
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
      assert.equal(headers['access-control-allow-origin'], undefined);
      assert.equal(headers['x-powered-by'], undefined);
      assert.equal(headers.server, undefined);
    }
  });

  test('of a read never holds a private or preshared key', async (t) => {
    const served = await ServedPage.begin(t);
    const all = await served.token('read', 'write', 'keys', 'admin');
    const handed = (await served.ask('POST', '/machines/phone/configuration', all, { body: {} })).json;
    const keys = [/PrivateKey = (\S+)/, /PresharedKey = (\S+)/].map((pattern) => pattern.exec(handed.text)![1]!);
    await served.load();
    const paths = [
      '/network',
      '/plan',
      '/machines',
      '/machines/phone',
      '/machines/phone/preview',
      '/routers',
      '/lans',
      '/lans/house/instructions',
      '/status',
      '/changes',
      '/audit',
      '/people',
      '/tokens',
      '/metrics',
    ];
    for (const path of paths) {
      const reply = await served.ask('GET', path, all);
      assert.equal(reply.status, 200, path);
      for (const key of keys) assert.ok(!reply.text.includes(key), path);
    }
    const audit = (await served.ask('GET', '/audit', all)).json.entries;
    assert.deepEqual(
      [audit[0].action, audit[0].object, audit[0].who],
      ['configuration-handed-out', 'phone', 'maker (a test)'],
    );
  });
});
