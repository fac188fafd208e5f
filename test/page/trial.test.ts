/**
 * Before anything is saved: an edit that is only tried, and what a text would generate where.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { type Credentials, NETWORK, ServedPage } from './served-page.ts';

const all = (served: ServedPage) => served.token('read', 'write', 'keys', 'admin');

/** Everything on the disk, the history apart, which is written as time goes by. */
function disk(served: ServedPage): Map<string, string> {
  const folder = dirname(served.paths.file);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => !/history/.test(name));
  return new Map(
    names
      .filter((name) => statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name), 'latin1')]),
  );
}

async function audited(served: ServedPage, who: Credentials): Promise<string[]> {
  const { entries } = (await served.ask('GET', '/audit', who)).json;
  return entries.map(({ action, outcome }: Record<string, string>) => `${action}: ${outcome}`);
}

const EDITS: readonly (readonly [method: string, path: string, body?: unknown])[] = [
  ['POST', '/machines', { name: 'tablet' }],
  ['PATCH', '/machines/phone', { note: 'hers' }],
  ['POST', '/machines/phone/rename', { to: 'mobile' }],
  ['DELETE', '/machines/phone'],
  ['PATCH', '/routers/cloud', { note: 'here' }],
  [
    ...(['POST', '/lans'] as const),
    { name: 'shed', prefixes: ['192.168.9.0/24'], via: 'pi', lanAddress: ['192.168.9.5'], attach: 'masquerade' },
  ],
  ['PATCH', '/lans/house', { defaultGateway: ['192.168.7.2'] }],
  ['POST', '/lans/house/rename', { to: 'home' }],
  ['DELETE', '/lans/house'],
  ['POST', '/lans/house/hosts', { name: 'printer', addresses: ['192.168.7.11'] }],
  ['PUT', '/lans/house/hosts/nas', { addresses: ['192.168.7.12'] }],
  ['POST', '/lans/house/hosts/nas/rename', { to: 'store' }],
  ['DELETE', '/lans/house/hosts/nas'],
];

describe('an edit that is only tried', () => {
  for (const [method, path, body] of EDITS) {
    test(`${method} ${path} leaves everything as it is, and answers what it would come to`, async (t) => {
      const served = await ServedPage.begin(t);
      const who = await all(served);
      const handed = await served.ask('POST', '/machines/phone/configuration', who, { body: {} });
      assert.equal(handed.status, 200, handed.text);
      const [before, log] = [disk(served), await audited(served, who)];
      assert.ok([...before.keys()].some((name) => name.endsWith('phone.key')));
      const { etag } = (await served.ask('GET', '/network', who)).headers;

      const tried = await served.ask(method, `${path}?save=no`, who, { body });
      assert.equal(tried.status, 200, tried.text);
      assert.deepEqual([tried.json.isSaved, tried.json.change, tried.headers.etag], [false, null, undefined]);
      assert.deepEqual(disk(served), before);
      assert.deepEqual(await audited(served, who), log);
      assert.deepEqual((await served.ask('GET', '/changes', who)).json.changes.length, 1);

      const headers = { 'if-match': etag };
      const saved = await served.ask(method, `${path}?save=yes`, who, { body, headers });
      assert.equal(saved.status, 200, saved.text);
      assert.deepEqual([saved.json.isSaved, saved.json.text], [true, null]);
      assert.notEqual(served.text, before.get('network.yaml'));
      assert.equal(tried.json.text, served.text);
      for (const word of ['hash', 'stale', 'diagnostics', 'notes']) {
        assert.deepEqual(tried.json[word], saved.json[word], word);
      }
    });
  }

  test('of a whole text puts back what it has lost, as saving does', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    await served.ask('POST', '/machines/phone/configuration', who, { body: {} });
    const before = disk(served);
    const { etag } = (await served.ask('GET', '/network', who)).headers;
    const body = { text: NETWORK.replace('# ours', '# mine') };
    const put = (save: string) =>
      served.ask('PUT', `/network?save=${save}`, who, { body, headers: { 'if-match': etag } });
    const tried = await put('no');
    assert.equal(tried.status, 200, tried.text);
    assert.match(tried.json.notes.join(), /"phone" has its public key again/);
    assert.deepEqual(disk(served), before);
    assert.equal((await put('yes')).status, 200);
    assert.equal(tried.json.text, served.text);
  });

  test('is refused as the edit would be, and for want of a right it is written down', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    const wrong = await served.ask('PATCH', '/machines/phone?save=no', who, { body: { platform: 'ois' } });
    assert.deepEqual([wrong.status, wrong.json.diagnostics[0].code], [422, 'unknown-value']);
    const headers = { 'if-match': `"${'0'.repeat(32)}"` };
    assert.equal((await served.ask('DELETE', '/machines/phone?save=no', who, { headers })).status, 412);
    assert.equal((await served.ask('DELETE', '/machines/phone?save=perhaps', who)).status, 422);
    const log = await audited(served, who);
    assert.ok(!log.some((line) => line.startsWith('machine-changed')));
    const reader = await served.person('read-only');
    assert.equal((await served.ask('DELETE', '/machines/phone?save=no', reader)).status, 403);
    assert.ok((await audited(served, who)).includes('machine-removed: not-allowed'));
  });
});

describe('what a text would generate', () => {
  async function generated(served: ServedPage, text: string) {
    const reply = await served.ask('POST', '/preview', await served.token('read'), { body: { text } });
    assert.equal(reply.status, 200, reply.text);
    return reply.json;
  }
  const names = (list: { machine?: string; lan?: string }[]) => list.map(({ machine, lan }) => machine ?? lan);

  test('is nothing for the file as it is', async (t) => {
    const served = await ServedPage.begin(t);
    const { hash, ...rest } = await generated(served, NETWORK);
    assert.equal(hash, (await served.ask('GET', '/network', await all(served))).json.hash);
    assert.deepEqual(rest, { machines: [], moreMachines: [], removedMachines: [], lans: [], removedLans: [] });
  });

  test('is what differs: who is new, what is to be brought where, what only reads otherwise', async (t) => {
    const served = await ServedPage.begin(t);
    const added = NETWORK.replace('lans:', '  tablet: {platform: android, address: [10.66.0.4]}\nlans:');
    const one = await generated(served, added);
    assert.deepEqual(names(one.machines), ['tablet']);
    assert.deepEqual([one.machines[0].isNew, one.machines[0].textBefore], [true, null]);
    assert.match(one.machines[0].text, /PrivateKey = <[\s\S]*AllowedIPs = /);

    const moved = await generated(served, NETWORK.replace('vpn.example.net', 'vpn.example.org'));
    assert.deepEqual(names(moved.machines).sort(), ['phone', 'pi']);
    for (const { isNew, isCommentOnly, text, textBefore } of moved.machines) {
      assert.deepEqual([isNew, isCommentOnly], [false, false]);
      assert.match(text, /Endpoint = vpn\.example\.org/);
      assert.match(textBefore, /Endpoint = vpn\.example\.net/);
    }
    const renamed = await generated(served, NETWORK.replace('name: home', 'name: den'));
    assert.ok(renamed.machines.length > 0);
    assert.ok(renamed.machines.every((each: { isCommentOnly: boolean }) => each.isCommentOnly));
  });

  test('is what default gateways need, and who is gone', async (t) => {
    const served = await ServedPage.begin(t);
    const other = await generated(served, NETWORK.replace('10.66.0.0/24', '10.66.0.0/23'));
    assert.deepEqual(names(other.lans), ['house']);
    assert.equal(other.lans[0].isNew, false);
    assert.ok(other.lans[0].files.some(({ text }: { text: string }) => text.includes('10.66.0.0/23')));
    const text = NETWORK.slice(0, NETWORK.indexOf('lans:')).replace(/ {2}pi:.*\n/, '');
    const gone = await generated(served, text);
    assert.deepEqual([gone.removedMachines, gone.removedLans], [['pi'], ['house']]);
  });

  test('is bounded: further machines are named', async (t) => {
    const lines = Array.from({ length: 9_000 }, (_, i) => `  m${i}: {address: [10.66.${16 + (i >> 8)}.${i & 255}]}\n`);
    const many = NETWORK.replace('10.66.0.0/24', '10.66.0.0/16').replace('lans:', `${lines.join('')}lans:`);
    const served = await ServedPage.begin(t);
    const { machines, moreMachines } = await generated(served, many);
    assert.equal(machines.length + moreMachines.length, 9_002);
    assert.ok(moreMachines.length > 0);
    const characters = machines
      .map(({ text, textBefore }: Record<string, string>) => (text?.length ?? 0) + (textBefore?.length ?? 0))
      .reduce((sum: number, each: number) => sum + each, 0);
    assert.ok(characters <= 4 * 1024 * 1024 && characters > 3 * 1024 * 1024, `${characters}`);
  });

  test('is refused for a text with mistakes', async (t) => {
    const served = await ServedPage.begin(t);
    const body = { text: NETWORK.replace('ios', 'ois') };
    const reply = await served.ask('POST', '/preview', await served.token('read'), { body });
    assert.deepEqual([reply.status, reply.json.diagnostics[0].code], [422, 'unknown-value']);
  });
});
