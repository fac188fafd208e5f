/**
 * Signing in: links, passwords, codes, guessing, and how sessions end. On a clock that the test moves.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { hotp, newCodeSecret } from '../../src/control/sign-in/one-time-code.ts';
import { credentialsOf, type Reply, ServedPage } from './served-page.ts';

const PASSWORD = 'correct horse battery';
const MINUTE = 60_000;

/** Of the test's own: base32 is decoded by another way. */
function codeOf(secret: string, now: number): string {
  const bits = [...secret]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const bytes = Uint8Array.from(bits.match(/.{8}/g)!.map((each) => Number.parseInt(each, 2)));
  return hotp(bytes, Math.floor(now / 30_000));
}

const codes = (reply: Reply) => [reply.status, reply.json.diagnostics?.[0]?.code];

async function withPassword(served: ServedPage) {
  const who = await served.person();
  assert.equal((await served.ask('PUT', '/account/password', who, { body: { password: PASSWORD } })).status, 200);
  return who;
}

const signIn = (served: ServedPage, password: string, headers = {}, code?: string) =>
  served.ask('POST', '/sign-in/password', {}, { body: { name: 'admin', password, code }, headers });

describe('a link', () => {
  test('signs in once', async (t) => {
    const served = await ServedPage.begin(t);
    const { link } = await served.accounts.makeLink('admin');
    const use = () => served.ask('POST', '/sign-in/link', {}, { body: { link } });
    const [first, second] = await Promise.all([use(), use()]);
    assert.deepEqual([first.status, second.status].sort(), [200, 401]);
    assert.deepEqual(codes(await use()), [401, 'link-used']);
  });

  test('is too old after 15 minutes', async (t) => {
    const served = await ServedPage.begin(t);
    const { link } = await served.accounts.makeLink('admin');
    served.now += 15 * MINUTE;
    assert.deepEqual(codes(await served.ask('POST', '/sign-in/link', {}, { body: { link } })), [401, 'link-used']);
  });

  test('makes nothing be written when it is rubbish', async (t) => {
    const served = await ServedPage.begin(t);
    await served.person();
    const text = () => readFileSync(join(served.paths.state, 'sign-in.json'), 'utf8');
    const before = text();
    await served.ask('POST', '/sign-in/link', {}, { body: { link: 'A'.repeat(43) } });
    assert.equal(text(), before);
  });

  test('signs in whoever has forgotten the password, who may set another for a while', async (t) => {
    const served = await ServedPage.begin(t);
    await withPassword(served);
    const who = await served.person();
    served.now += 16 * MINUTE;
    assert.deepEqual(codes(await served.ask('PUT', '/account/password', who, { body: { password: `${PASSWORD}2` } })), [
      401,
      'sign-in-wrong',
    ]);
    const again = await served.person();
    assert.equal(
      (await served.ask('PUT', '/account/password', again, { body: { password: `${PASSWORD}2` } })).status,
      200,
    );
    assert.equal((await signIn(served, `${PASSWORD}2`)).status, 200);
  });
});

describe('a password', () => {
  test('signs in, and nothing but it', async (t) => {
    const served = await ServedPage.begin(t);
    assert.deepEqual((await served.ask('GET', '/sign-in')).json, { isFirst: true });
    await withPassword(served);
    assert.deepEqual((await served.ask('GET', '/sign-in')).json, { isFirst: false });
    assert.deepEqual(codes(await signIn(served, 'another')), [401, 'sign-in-wrong']);
    assert.deepEqual(
      codes(await served.ask('POST', '/sign-in/password', {}, { body: { name: 'nobody', password: PASSWORD } })),
      [401, 'sign-in-wrong'],
    );
    const reply = await signIn(served, PASSWORD);
    assert.equal((await served.ask('GET', '/account', credentialsOf(reply))).json.name, 'admin');
  });

  test('that was changed ends every other session, and every link', async (t) => {
    const served = await ServedPage.begin(t);
    const first = await withPassword(served);
    const other = credentialsOf(await signIn(served, PASSWORD));
    const { link } = await served.accounts.makeLink('admin');
    const body = { current: PASSWORD, password: `${PASSWORD}2` };
    assert.equal((await served.ask('PUT', '/account/password', other, { body })).status, 200);
    assert.equal((await served.ask('GET', '/account', other)).status, 200);
    assert.equal((await served.ask('GET', '/account', first)).status, 401);
    assert.equal((await served.ask('POST', '/sign-in/link', {}, { body: { link } })).status, 401);
  });

  test('is nowhere in what is kept, and neither is anything that signs in', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await withPassword(served);
    const token = (await served.token('read')).authorization!.split(' ')[1]!;
    const { link } = await served.accounts.makeLink('admin');
    served.page.close();
    const kept = ['sign-in.json', 'history.sqlite', 'page.json']
      .map((name) => readFileSync(join(served.paths.state, name), 'latin1'))
      .join();
    for (const secret of [PASSWORD, token, link, who['wgr-token']!, /wgr-session=([\w-]+)/.exec(who.cookie!)![1]!]) {
      assert.ok(!kept.includes(secret));
    }
  });

  test('can be guessed at slowly only, and that locks nobody out who was here before', async (t) => {
    const served = await ServedPage.begin(t);
    await withPassword(served);
    const known = credentialsOf(await signIn(served, PASSWORD));
    const outcomes: number[] = [];
    for (let i = 0; i < 14; i++) outcomes.push((await signIn(served, `guess number ${i}`)).status);
    assert.deepEqual(outcomes, [...Array(10).fill(401), ...Array(4).fill(429)]);
    // A browser that was here signs in all the same; a strange one, with the right password, waits.
    assert.equal((await signIn(served, PASSWORD, { cookie: known.cookie })).status, 200);
    const waiting = await signIn(served, PASSWORD);
    assert.equal(waiting.status, 429);
    served.now += Number(waiting.headers['retry-after']) * 1_000;
    assert.equal((await signIn(served, PASSWORD)).status, 200);
    // And a link from the terminal always does, from another address than the guesser's.
  });

  test('marks a browser as known until it is another', async (t) => {
    const served = await ServedPage.begin(t);
    await withPassword(served);
    const known = credentialsOf(await signIn(served, PASSWORD));
    await served.accounts.setPassword('admin', `${PASSWORD}2`, null);
    for (let i = 0; i < 10; i++) await signIn(served, `guess number ${i}`);
    assert.equal((await signIn(served, `${PASSWORD}2`, { cookie: known.cookie })).status, 429);
  });
});

describe('a code', () => {
  test('is needed beside the password once it was confirmed, and answers once', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await withPassword(served);
    const { secret, uri } = (await served.ask('POST', '/account/code', who, { body: {} })).json;
    assert.match(uri, new RegExp(`^otpauth://totp/home%3Aadmin\\?secret=${secret}&issuer=home&`));
    const confirm = (code: string) => served.ask('PUT', '/account/code', who, { body: { code } });
    assert.deepEqual(codes(await confirm('000000')), [401, 'code-wrong']);
    assert.equal((await signIn(served, PASSWORD)).status, 200);
    assert.equal((await confirm(codeOf(secret, served.now))).status, 200);

    assert.deepEqual(codes(await signIn(served, PASSWORD)), [401, 'code-missing']);
    assert.deepEqual(codes(await signIn(served, PASSWORD, {}, codeOf(secret, served.now))), [401, 'code-wrong']);
    served.now += 30_000;
    const code = codeOf(secret, served.now);
    assert.equal((await signIn(served, PASSWORD, {}, code)).status, 200);
    assert.deepEqual(codes(await signIn(served, PASSWORD, {}, code)), [401, 'code-wrong']);
    // Whether the code is right is nothing that a wrong password learns.
    assert.deepEqual(codes(await signIn(served, 'another', {}, code)), [401, 'sign-in-wrong']);

    served.now += 30_000;
    const removal = (password: string) => served.ask('POST', '/account/code/removal', who, { body: { password } });
    assert.equal((await removal('another')).status, 401);
    assert.equal((await removal(PASSWORD)).status, 200);
    assert.equal((await signIn(served, PASSWORD)).status, 200);
  });

  test('is what RFC 4226 and RFC 6238 say', () => {
    const key = Buffer.from('12345678901234567890');
    // RFC 4226 appendix D.
    const expected = [
      '755224',
      '287082',
      '359152',
      '969429',
      '338314',
      '254676',
      '287922',
      '162583',
      '399871',
      '520489',
    ];
    assert.deepEqual(
      expected.map((_, counter) => hotp(key, counter)),
      expected,
    );
    // RFC 6238 appendix B, SHA-1, eight digits.
    const moments = [
      [59, '94287082'],
      [1111111109, '07081804'],
      [1111111111, '14050471'],
      [1234567890, '89005924'],
      [2000000000, '69279037'],
      [20000000000, '65353130'],
    ] as const;
    for (const [seconds, code] of moments) assert.equal(hotp(key, Math.floor(seconds / 30), 8), code);
    assert.match(newCodeSecret(), /^[A-Z2-7]{32}$/);
  });
});

describe('a session', () => {
  test('ends by signing out, here and elsewhere', async (t) => {
    const served = await ServedPage.begin(t);
    const [one, two] = [await served.person(), await served.person()];
    const { sessions } = (await served.ask('GET', '/account/sessions', one)).json;
    assert.equal(sessions.length, 2);
    const other = sessions.find((each: { isThis: boolean }) => !each.isThis);
    assert.equal((await served.ask('DELETE', `/account/sessions/${other.id}`, one)).status, 200);
    assert.equal((await served.ask('GET', '/account', two)).status, 401);
    const out = await served.ask('DELETE', '/sign-in', one);
    assert.match(out.headers['set-cookie']!.join(), /wgr-session=; .*Max-Age=0/);
    assert.equal((await served.ask('GET', '/account', one)).status, 401);
  });

  test('goes on after control began anew, and ends after two weeks', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.person();
    // Another process has made it, for all that this one knows.
    await served.accounts.addPerson('ada', 'admin');
    assert.equal((await served.ask('GET', '/account', who)).status, 200);
    served.now += 14 * 24 * 60 * MINUTE;
    assert.equal((await served.ask('GET', '/account', who)).status, 401);
  });

  test('has a cookie that scripts cannot read and other sites cannot send', async (t) => {
    const served = await ServedPage.begin(t);
    const { link } = await served.accounts.makeLink('admin');
    const reply = await served.ask('POST', '/sign-in/link', {}, { body: { link } });
    assert.match(
      reply.headers['set-cookie']![0]!,
      /^wgr-session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/,
    );
  });
});

describe('people', () => {
  test('are added by a link, may set their own password, and leave nothing behind', async (t) => {
    const served = await ServedPage.begin(t);
    const admin = await served.person();
    const made = await served.ask('POST', '/people', admin, { body: { name: 'ada', role: 'read-only' } });
    const ada = credentialsOf(await served.ask('POST', '/sign-in/link', {}, { body: { link: made.json.link } }));
    assert.equal((await served.ask('PUT', '/account/password', ada, { body: { password: PASSWORD } })).status, 200);
    assert.equal((await served.ask('GET', '/machines', ada)).status, 200);
    assert.equal((await served.ask('DELETE', '/machines/phone', ada)).status, 403);
    assert.equal((await served.ask('PATCH', '/people/ada', admin, { body: { role: 'admin' } })).status, 200);
    assert.equal((await served.ask('GET', '/people', ada)).status, 200);
    assert.equal((await served.ask('DELETE', '/people/ada', admin)).status, 200);
    assert.equal((await served.ask('GET', '/account', ada)).status, 401);
  });

  test('cannot shut themselves out by mistake', async (t) => {
    const served = await ServedPage.begin(t);
    const admin = await served.person();
    assert.equal((await served.ask('DELETE', '/people/admin', admin)).status, 409);
    assert.equal((await served.ask('PATCH', '/people/admin', admin, { body: { role: 'read-only' } })).status, 409);
  });

  test('and what they did are in the logs', async (t) => {
    const served = await ServedPage.begin(t);
    const admin = await withPassword(served);
    await signIn(served, 'a wrong password');
    await served.ask('PATCH', '/machines/phone', admin, { body: { note: 'hers' } });
    const signIns = (await served.ask('GET', '/sign-ins', admin)).json.entries;
    assert.deepEqual(
      signIns.map(({ who, way, outcome, address }: Record<string, string>) => [who, way, outcome, address]),
      [
        ['admin', 'password', 'sign-in-wrong', '127.0.0.1'],
        ['admin', 'link', 'done', '127.0.0.1'],
      ],
    );
    const audit = (await served.ask('GET', '/audit', admin)).json.entries;
    assert.deepEqual(
      audit.map(({ who, action, object, outcome }: Record<string, string>) => [who, action, object, outcome]),
      [
        ['admin', 'machine-changed', 'phone', 'done'],
        ['admin', 'password-set', null, 'done'],
      ],
    );
  });
});
