/**
 * Passkeys, with an authenticator made of node:crypto: what is right signs in, and everything that is wrong in one place
 * does not.
 */

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { describe, test } from 'node:test';
import { type Credentials, credentialsOf, ServedPage } from './served-page.ts';

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest();
const b64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');

interface Lie {
  readonly origin?: string;
  readonly type?: string;
  readonly challenge?: string;
  readonly host?: string;
  readonly flags?: number;
  readonly counter?: number;
  readonly crossOrigin?: boolean;
}

class Authenticator {
  readonly id = randomBytes(20);
  readonly #keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly #digest: string | null;
  counter = 0;

  constructor(kind: 'ec' | 'ed25519' | 'rsa') {
    this.#digest = kind === 'ed25519' ? null : 'sha256';
    this.#keys =
      kind === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
        : kind === 'rsa'
          ? generateKeyPairSync('rsa', { modulusLength: 2048 })
          : generateKeyPairSync('ed25519');
  }

  make(challenge: string, origin: string, lie: Lie = {}) {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    // What follows the id is the key once more, in another format; it is given beside it.
    const tail = Buffer.concat([Buffer.alloc(16), length, this.id, Buffer.alloc(77)]);
    return {
      id: b64(this.id),
      authenticatorData: b64(Buffer.concat([this.#head({ flags: 0x45, ...lie }), tail])),
      clientDataJSON: this.#said('webauthn.create', challenge, origin, lie),
      publicKey: b64(this.#keys.publicKey.export({ format: 'der', type: 'spki' })),
    };
  }

  use(challenge: string, origin: string, lie: Lie = {}) {
    const head = this.#head({ flags: 0x05, ...lie });
    const clientDataJSON = this.#said('webauthn.get', challenge, origin, lie);
    const message = Buffer.concat([head, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
    const signature = b64(sign(this.#digest, message, this.#keys.privateKey));
    return { id: b64(this.id), authenticatorData: b64(head), clientDataJSON, signature };
  }

  #head({ host = 'localhost', flags = 0, counter = this.counter }: Lie): Buffer {
    const head = Buffer.alloc(37);
    sha256(host).copy(head);
    head[32] = flags;
    head.writeUInt32BE(counter, 33);
    return head;
  }

  #said(type: string, challenge: string, origin: string, lie: Lie): string {
    return b64(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...pick(lie) }));
  }
}

function pick({ origin, type, challenge, crossOrigin }: Lie): object {
  return Object.fromEntries(
    Object.entries({ origin, type, challenge, crossOrigin }).filter(([, each]) => each !== undefined),
  );
}

async function made(served: ServedPage, who: Credentials, authenticator: Authenticator, lie: Lie = {}) {
  const options = (await served.ask('POST', '/account/passkeys/options', who, { body: {} })).json;
  const body = { note: 'a key', ...authenticator.make(options.challenge, served.origin, lie) };
  return await served.ask('POST', '/account/passkeys', who, { body });
}

async function used(served: ServedPage, authenticator: Authenticator, lie: Lie = {}) {
  served.now += 60_000;
  const options = (await served.ask('POST', '/sign-in/passkey/options', {}, { body: {} })).json;
  return await served.ask(
    'POST',
    '/sign-in/passkey',
    {},
    { body: authenticator.use(options.challenge, served.origin, lie) },
  );
}

describe('a passkey', () => {
  for (const kind of ['ec', 'ed25519', 'rsa'] as const) {
    test(`of kind ${kind} is kept, signs in, and is removed`, async (t) => {
      const served = await ServedPage.begin(t);
      const who = await served.person();
      const authenticator = new Authenticator(kind);
      assert.equal((await made(served, who, authenticator)).status, 200);
      assert.equal((await served.ask('GET', '/sign-in')).json.isFirst, false);
      const reply = await used(served, authenticator);
      assert.deepEqual([reply.status, reply.json.name, reply.json.needsPassword], [200, 'admin', false]);
      const account = (await served.ask('GET', '/account', credentialsOf(reply))).json;
      assert.deepEqual(
        account.passkeys.map(({ note }: { note: string }) => note),
        ['a key'],
      );
      assert.equal((await served.ask('DELETE', `/account/passkeys/${account.passkeys[0].id}`, who)).status, 200);
      assert.equal((await used(served, authenticator)).status, 401);
    });
  }

  test('is not kept when anything about its making is wrong', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.person();
    const lies: readonly Lie[] = [
      { origin: 'https://evil.example' },
      { origin: `http://localhost:${served.port + 1}` },
      { type: 'webauthn.get' },
      { challenge: b64(randomBytes(32)) },
      { host: 'evil.example' },
      { flags: 0x41 },
      { flags: 0x44 },
      { flags: 0x05 },
      { crossOrigin: true },
    ];
    for (const lie of lies) {
      const reply = await made(served, who, new Authenticator('ec'), lie);
      assert.deepEqual([reply.status, reply.json.diagnostics[0].code], [401, 'passkey-wrong'], JSON.stringify(lie));
    }
    // A challenge to sign in is none to make one, and one of somebody else is none of mine.
    const other = await served.person('admin', 'ada');
    const authenticator = new Authenticator('ec');
    for (const [path, asker] of [
      ['/sign-in/passkey/options', who],
      ['/account/passkeys/options', other],
    ] as const) {
      const { challenge } = (await served.ask('POST', path, asker, { body: {} })).json;
      const body = { note: 'a key', ...authenticator.make(challenge, served.origin) };
      assert.equal((await served.ask('POST', '/account/passkeys', who, { body })).status, 401);
    }
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'der', type: 'spki' });
    const { challenge } = (await served.ask('POST', '/account/passkeys/options', who, { body: {} })).json;
    const body = { note: 'a key', ...authenticator.make(challenge, served.origin), publicKey: b64(weak) };
    assert.equal((await served.ask('POST', '/account/passkeys', who, { body })).status, 401);
    assert.deepEqual((await served.ask('GET', '/account', who)).json.passkeys, []);
  });

  test('does not sign in when anything about its use is wrong', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.person();
    const authenticator = new Authenticator('ec');
    authenticator.counter = 5;
    await made(served, who, authenticator);
    const lies: readonly Lie[] = [
      { origin: 'https://evil.example' },
      { type: 'webauthn.create' },
      { challenge: b64(randomBytes(32)) },
      { host: 'evil.example' },
      { flags: 0x01 },
      { flags: 0x04 },
      { crossOrigin: true },
      // A copy that has fallen behind.
      { counter: 5 },
      { counter: 4 },
    ];
    for (const lie of lies) {
      const reply = await used(served, authenticator, { counter: 6, ...lie });
      assert.deepEqual([reply.status, reply.json.diagnostics[0].code], [401, 'passkey-wrong'], JSON.stringify(lie));
    }
    assert.equal((await used(served, new Authenticator('ec'))).status, 401);
    const { challenge } = (await served.ask('POST', '/sign-in/passkey/options', {}, { body: {} })).json;
    const body = authenticator.use(challenge, served.origin, { counter: 6 });
    const broken = { ...body, signature: b64(randomBytes(70)) };
    assert.equal((await served.ask('POST', '/sign-in/passkey', {}, { body: broken })).status, 401);
    // The challenge is used up by what was wrong, too.
    assert.equal((await served.ask('POST', '/sign-in/passkey', {}, { body })).status, 401);
    assert.equal((await used(served, authenticator, { counter: 6 })).status, 200);
  });

  test('answers a challenge once, and within five minutes', async (t) => {
    const served = await ServedPage.begin(t);
    const authenticator = new Authenticator('ed25519');
    await made(served, await served.person(), authenticator);
    const options = async () => (await served.ask('POST', '/sign-in/passkey/options', {}, { body: {} })).json.challenge;
    const body = authenticator.use(await options(), served.origin);
    assert.equal((await served.ask('POST', '/sign-in/passkey', {}, { body })).status, 200);
    assert.equal((await served.ask('POST', '/sign-in/passkey', {}, { body })).status, 401);
    const late = authenticator.use(await options(), served.origin);
    served.now += 6 * 60_000;
    assert.equal((await served.ask('POST', '/sign-in/passkey', {}, { body: late })).status, 401);
  });

  test('belongs to a name: on an address there are none', async (t) => {
    const served = await ServedPage.begin(t);
    const headers = { host: `127.0.0.1:${served.port}`, origin: `http://127.0.0.1:${served.port}` };
    const reply = await served.ask('POST', '/sign-in/passkey/options', {}, { body: {}, headers });
    assert.deepEqual([reply.status, reply.json.diagnostics[0].code], [409, 'passkey-address']);
  });
});
