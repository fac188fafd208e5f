/**
 * Who may use which route: every route, every kind of asker. The table is written here by hand: a route whose access
 * changes, and a route that is new, must be changed here too.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ROUTES } from '../../src/control/http/routes/all.ts';
import { type Credentials, ServedPage } from './served-page.ts';

type Need = 'open' | 'person' | 'anyone' | 'read' | 'write' | 'keys' | 'admin';

const TABLE: Readonly<Record<Need, readonly string[]>> = {
  open: [
    'GET /sign-in',
    'POST /sign-in/link',
    'POST /sign-in/password',
    'POST /sign-in/passkey/options',
    'POST /sign-in/passkey',
    'POST /hand-overs/{id}',
  ],
  person: [
    'DELETE /sign-in',
    'PUT /account/password',
    'POST /account/code',
    'PUT /account/code',
    'POST /account/code/removal',
    'GET /account/sessions',
    'DELETE /account/sessions/{id}',
    'POST /account/passkeys/options',
    'POST /account/passkeys',
    'DELETE /account/passkeys/{id}',
  ],
  anyone: ['GET /account'],
  read: [
    'GET /network',
    'POST /network/check',
    'POST /preview',
    'GET /plan',
    'GET /machines',
    'GET /machines/{name}',
    'GET /machines/{name}/preview',
    'GET /routers',
    'GET /lans',
    'GET /lans/{name}',
    'GET /lans/{name}/instructions',
    'GET /reachability',
    'POST /reachability/changes',
    'GET /explain',
    'POST /doctor',
    'POST /doctor/adopt',
    'GET /status',
    'GET /history/traffic',
    'GET /history/recent',
    'GET /history/drops',
    'GET /history/stays',
    'GET /changes',
    'GET /changes/{id}',
  ],
  write: [
    'PUT /network',
    'POST /machines',
    'PATCH /machines/{name}',
    'DELETE /machines/{name}',
    'POST /machines/{name}/rename',
    'PATCH /routers/{name}',
    'POST /lans',
    'PATCH /lans/{name}',
    'DELETE /lans/{name}',
    'POST /lans/{name}/rename',
    'POST /lans/{name}/hosts',
    'PUT /lans/{lan}/hosts/{name}',
    'DELETE /lans/{lan}/hosts/{name}',
    'POST /lans/{lan}/hosts/{name}/rename',
    'POST /changes/{id}/undo',
  ],
  keys: ['POST /machines/{name}/configuration', 'POST /configurations', 'POST /hand-overs'],
  admin: [
    'GET /people',
    'POST /people',
    'POST /people/{name}/link',
    'PATCH /people/{name}',
    'DELETE /people/{name}',
    'GET /tokens',
    'POST /tokens',
    'DELETE /tokens/{id}',
    'GET /audit',
    'GET /sign-ins',
  ],
};
const NEEDS = new Map(Object.entries(TABLE).flatMap(([need, routes]) => routes.map((route) => [route, need as Need])));

interface Somebody {
  readonly who: (served: ServedPage) => Promise<Credentials>;
  readonly may: (need: Need) => boolean;
}

const token = (scope: 'read' | 'write' | 'keys' | 'admin'): Somebody => ({
  who: (served) => served.token(scope),
  may: (need) => need === 'open' || need === 'anyone' || need === scope,
});

const ASKERS: Readonly<Record<string, Somebody>> = {
  nobody: { who: async () => ({}), may: (need) => need === 'open' },
  'an admin': { who: (served) => served.person('admin'), may: () => true },
  'a person who may read': {
    who: (served) => served.person('read-only'),
    may: (need) => ['open', 'person', 'anyone', 'read'].includes(need),
  },
  'a token to read': token('read'),
  'a token to write': token('write'),
  'a token for keys': token('keys'),
  'a token of an admin': token('admin'),
  'an unknown token': {
    who: async () => ({ authorization: `Bearer wgr_${'A'.repeat(43)}` }),
    may: (need) => need === 'open',
  },
  'a cookie without its token': {
    who: async (served) => ({ cookie: (await served.person()).cookie! }),
    may: (need) => need === 'open',
  },
  'a cookie with the token of another session': {
    who: async (served) => ({ ...(await served.person()), 'wgr-token': (await served.person())['wgr-token']! }),
    may: (need) => need === 'open',
  },
  'a token without its cookie': {
    who: async (served) => ({ 'wgr-token': (await served.person())['wgr-token']! }),
    may: (need) => need === 'open',
  },
  'a session that is over': {
    who: async (served) => {
      const who = await served.person();
      served.now += 15 * 24 * 3_600_000;
      return who;
    },
    may: (need) => need === 'open',
  },
  'a token whose maker may only read by now': {
    who: async (served) => {
      const who = await served.token('read', 'write', 'keys', 'admin');
      await served.accounts.changePerson('maker', (person) => ({ ...person, role: 'read-only' }));
      return who;
    },
    may: (need) => ['open', 'anyone', 'read'].includes(need),
  },
  'a token whose maker is gone': {
    who: async (served) => {
      const who = await served.token('read', 'write', 'keys', 'admin');
      await served.accounts.changePerson('maker', () => null);
      return who;
    },
    may: (need) => need === 'open',
  },
};

describe('who may use a route', () => {
  test('is said for every route, and for no other', () => {
    assert.deepEqual([...NEEDS.keys()].sort(), ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
  });

  for (const [asker, { who, may }] of Object.entries(ASKERS)) {
    test(`is right for ${asker}`, async (t) => {
      const served = await ServedPage.begin(t);
      const credentials = await who(served);
      const before = served.text;
      for (const [route, need] of NEEDS) {
        // Signing out would make nobody of somebody.
        if (route === 'DELETE /sign-in' && may(need)) continue;
        const [method, path] = route.split(' ') as [string, string];
        // Nothing of these exists: what is allowed is answered with "there is none", or "that is no request".
        const filled = path.replace(/\{id\}/, '0123456789abcdef').replace(/\{\w+\}/g, 'nothing-of-this-name');
        const body = method === 'GET' || method === 'DELETE' ? undefined : { rubbish: true };
        const { status, text } = await served.ask(method, filled, credentials, { body });
        const isRefused = status === 403 || (status === 401 && /not-signed-in/.test(text));
        assert.equal(isRefused, !may(need), `${route}: ${status} ${text}`);
        if (isRefused) assert.ok(!/nothing-of-this-name|rubbish/.test(text), route);
      }
      assert.equal(served.text, before);
    });

    test(`is right for ${asker} where there is no table: metrics, events, unknown paths`, async (t) => {
      const served = await ServedPage.begin(t);
      const credentials = await who(served);
      const reads = may('read');
      assert.equal((await served.ask('GET', '/metrics', credentials)).status, reads ? 200 : may('anyone') ? 403 : 401);
      const watching = served.ask('GET', '/events', credentials).catch(() => null);
      const first = await Promise.race([watching, new Promise((done) => setTimeout(done, 200, 'watching'))]);
      assert.equal(first === 'watching', reads);
      assert.equal((await served.ask('GET', '/nothing', credentials)).status, may('anyone') ? 404 : 401);
      assert.equal((await served.ask('POST', '/plan', credentials, { body: {} })).status, may('anyone') ? 405 : 401);
    });
  }
});
