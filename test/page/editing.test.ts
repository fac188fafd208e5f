/**
 * Editing the network over the API: two at once, mistakes, undo; and what the history says of it.
 */

import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { KeyFolder } from '../../src/control/key-folder.ts';
import { NETWORK, ServedPage } from './served-page.ts';

const all = (served: ServedPage) => served.token('read', 'write', 'keys', 'admin');

describe('an edit', () => {
  test('made from what somebody else has changed since is refused', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    const { etag } = (await served.ask('GET', '/network', who)).headers;
    const text = NETWORK.replace('# ours', '# mine');
    const first = await served.ask('PUT', '/network', who, { body: { text }, headers: { 'if-match': etag } });
    assert.equal(first.status, 200, first.text);
    const second = await served.ask('PUT', '/network', who, { body: { text: NETWORK }, headers: { 'if-match': etag } });
    assert.deepEqual([second.status, second.json.diagnostics[0].code], [412, 'network-changed']);
    assert.equal(served.text, text);
    const patch = (tag: string) =>
      served.ask('PATCH', '/machines/phone', who, { body: { note: 'hers' }, headers: { 'if-match': tag } });
    assert.equal((await patch(etag!)).status, 412);
    assert.equal((await patch(first.headers.etag!)).status, 200);
    assert.match(served.text, /phone: \{platform: ios, address: \[10\.66\.0\.2\], note: hers\} # hers/);
  });

  test('of many at once is made by all of them', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    const names = Array.from({ length: 8 }, (_, i) => `m${i}`);
    const replies = await Promise.all(names.map((name) => served.ask('POST', '/machines', who, { body: { name } })));
    assert.deepEqual(
      replies.map(({ status }) => status),
      names.map(() => 200),
    );
    const { machines } = (await served.ask('GET', '/machines', who)).json;
    assert.equal(machines.length, 10);
    assert.equal(new Set(machines.flatMap(({ addresses }: { addresses: string[] }) => addresses)).size, 10);
  });

  test('with mistakes is answered with their places, and nothing is written', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    const { etag } = (await served.ask('GET', '/network', who)).headers;
    const text = NETWORK.replace('platform: ios', 'platform: ois');
    const checked = (await served.ask('POST', '/network/check', who, { body: { text } })).json;
    const saved = await served.ask('PUT', '/network', who, { body: { text }, headers: { 'if-match': etag } });
    assert.equal(saved.status, 422);
    for (const [found] of [checked.diagnostics, saved.json.diagnostics]) {
      assert.deepEqual([found.code, found.place.line, found.help[0]], ['unknown-value', 10, 'write ios']);
    }
    assert.equal(served.text, NETWORK);
  });

  test('that mends a file with mistakes may take the first step', async (t) => {
    const served = await ServedPage.begin(t, { network: NETWORK.replace('platform: ios', 'platform: ois') });
    const who = await all(served);
    const { json, headers } = await served.ask('GET', '/network', who);
    assert.deepEqual([json.isGood, json.diagnostics[0].code, json.name], [false, 'unknown-value', null]);
    assert.equal((await served.ask('GET', '/machines', who)).status, 422);
    assert.equal((await served.ask('GET', '/status', who)).status, 200);
    const saved = await served.ask('PUT', '/network', who, {
      body: { text: NETWORK },
      headers: { 'if-match': headers.etag },
    });
    assert.equal(saved.status, 200, saved.text);
  });

  test('says what was put back, and who must fetch a new configuration', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    await served.ask('POST', '/machines/phone/configuration', who, { body: {} });
    const { headers } = await served.ask('GET', '/network', who);
    const text = NETWORK.replace('vpn.example.net', 'vpn.example.org');
    const { json } = await served.ask('PUT', '/network', who, {
      body: { text },
      headers: { 'if-match': headers.etag },
    });
    assert.deepEqual(json.stale, ['phone']);
    assert.match(json.notes.join(), /"phone" has its public key again/);
    assert.match(served.text, /phone: .*public-key/);
  });
});

describe('an expectation', () => {
  const EXPECTING = `${NETWORK.replace('lans:', '  laptop: {platform: linux, address: [10.66.0.9]}\nlans:')}expect:
  - phone reaches laptop
`;

  test('that would be broken by an edit refuses it, unless it is said that it may', async (t) => {
    const served = await ServedPage.begin(t, { network: EXPECTING });
    const who = await all(served);
    const edit = (more = '') => served.ask('PATCH', `/machines/phone${more}`, who, { body: { routes: ['house'] } });
    const refused = await edit();
    const [found] = refused.json.diagnostics;
    assert.equal(refused.status, 422, refused.text);
    assert.match(found.code, /^expectation-/);
    assert.equal(found.place.line, EXPECTING.trim().split('\n').length);
    assert.equal(served.text, EXPECTING);
    const { etag } = (await served.ask('GET', '/network', who)).headers;
    const text = EXPECTING.replace('phone reaches laptop', 'phone does not reach laptop');
    const saved = await served.ask('PUT', '/network', who, { body: { text }, headers: { 'if-match': etag } });
    assert.equal(saved.status, 422);
    assert.equal((await edit('?expectations=ignore')).status, 200);
    // What is broken already refuses nothing more.
    assert.equal((await served.ask('PATCH', '/machines/phone', who, { body: { note: 'hers' } })).status, 200);
  });

  test('that holds on is no obstacle', async (t) => {
    const served = await ServedPage.begin(t, { network: EXPECTING });
    const who = await all(served);
    assert.equal((await served.ask('POST', '/machines', who, { body: { name: 'tablet' } })).status, 200);
    assert.equal((await served.ask('DELETE', '/machines/tablet', who)).status, 200);
  });
});

describe('undo', () => {
  test('takes the last change back, and then the one before', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    await served.load();
    const one = (await served.ask('PATCH', '/machines/phone', who, { body: { note: 'one' } })).json.change;
    const two = (
      await served.ask('POST', '/lans/house/hosts', who, { body: { name: 'tv', addresses: ['192.168.7.20'] } })
    ).json.change;
    const undo = (id: number) => served.ask('POST', `/changes/${id}/undo`, who, { body: {} });
    const early = await undo(one);
    assert.deepEqual([early.status, early.json.diagnostics[0].code], [409, 'change-superseded']);
    assert.equal((await undo(two)).status, 200);
    assert.doesNotMatch(served.text, /tv/);
    assert.equal((await undo(one)).status, 200);
    assert.equal(served.text, NETWORK);
    const { changes } = (await served.ask('GET', '/changes', who)).json;
    assert.deepEqual(
      changes.map(({ action, object, way }: Record<string, string>) => [action, object, way]),
      [
        ['change-undone', 'phone', 'token'],
        ['change-undone', 'tv', 'token'],
        ['host-added', 'tv', 'token'],
        ['machine-changed', 'phone', 'token'],
        ['history-begun', null, 'file'],
      ],
    );
    const shown = (await served.ask('GET', `/changes/${one}`, who)).json;
    assert.equal(shown.textBefore, NETWORK);
    assert.match(shown.textAfter, /note: one/);
  });

  test('of a removal brings the machine back with its keys, and without what they were on disk meanwhile', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    const before = (await served.ask('POST', '/machines/phone/configuration', who, { body: {} })).json.text;
    const { change } = (await served.ask('DELETE', '/machines/phone', who)).json;
    assert.deepEqual(
      readdirSync(served.paths.keys).filter((name) => name.startsWith('phone')),
      [],
    );
    assert.equal((await served.ask('POST', `/changes/${change}/undo`, who, { body: {} })).status, 200);
    assert.equal((await served.ask('POST', '/machines/phone/configuration', who, { body: {} })).json.text, before);
    assert.equal((await served.ask('GET', '/machines/phone', who)).json.configuration, 'current');
  });

  test('of a removal a day later brings it back without keys', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    await served.ask('POST', '/machines/phone/configuration', who, { body: {} });
    const { change } = (await served.ask('DELETE', '/machines/phone', who)).json;
    served.now += 25 * 3_600_000;
    assert.equal((await served.ask('POST', `/changes/${change}/undo`, who, { body: {} })).status, 200);
    assert.equal((await served.ask('GET', '/machines/phone', who)).json.hasKeyHere, false);
  });

  test('of a renaming takes keys and record along', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    await served.ask('POST', '/machines/phone/configuration', who, { body: {} });
    const text = served.text;
    const { change } = (await served.ask('POST', '/machines/phone/rename', who, { body: { to: 'tel' } })).json;
    assert.deepEqual(new KeyFolder(served.paths.keys).names(), ['tel']);
    assert.equal((await served.ask('POST', `/changes/${change}/undo`, who, { body: {} })).status, 200);
    assert.deepEqual(new KeyFolder(served.paths.keys).names(), ['phone']);
    assert.equal(served.text, text);
    assert.equal((await served.ask('GET', '/machines/phone', who)).json.configuration, 'current');
  });

  test('of an edit by an editor is possible too', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    await served.load();
    writeFileSync(served.paths.file, NETWORK.replace('# ours', '# edited'));
    await served.load();
    const [change] = (await served.ask('GET', '/changes', who)).json.changes;
    assert.deepEqual([change.action, change.way, change.who, change.canUndo], ['file-edited', 'file', null, true]);
    assert.equal((await served.ask('POST', `/changes/${change.id}/undo`, who, { body: {} })).status, 200);
    assert.equal(served.text, NETWORK);
  });

  test('knows who edited also when the file was seen before they had their answer', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    await served.load();
    await served.ask('PATCH', '/machines/phone', who, { body: { note: 'one' } });
    await served.load();
    const { changes } = (await served.ask('GET', '/changes', who)).json;
    assert.deepEqual(
      changes.map(({ action }: { action: string }) => action),
      ['machine-changed', 'history-begun'],
    );
  });
});

describe('handing over', () => {
  test('answers once, to whoever has the link, for a day', async (t) => {
    const served = await ServedPage.begin(t, { place: { origin: 'https://wg.example.net' } });
    const who = await all(served);
    const sealed = Buffer.from('sealed').toString('base64');
    const make = async () =>
      (await served.ask('POST', '/hand-overs', who, { body: { machine: 'phone', sealed } })).json;
    const { id, url } = await make();
    assert.equal(url, `https://wg.example.net/hand-over/${id}`);
    assert.equal((await served.ask('GET', `/hand-overs/${id}`)).status, 401);
    const take = (id: string) => served.ask('POST', `/hand-overs/${id}`, {}, { body: {} });
    assert.deepEqual((await take(id)).json, { sealed });
    assert.equal((await take(id)).status, 404);
    const late = (await make()).id;
    served.now += 25 * 3_600_000;
    assert.equal((await take(late)).status, 404);
  });

  test('is not offered where no other device can open the page', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await all(served);
    const reply = await served.ask('POST', '/hand-overs', who, { body: { machine: 'phone', sealed: 'AAAA' } });
    assert.deepEqual([reply.status, reply.json.diagnostics[0].code], [409, 'origin-private']);
    assert.equal((await served.ask('GET', '/account', who)).json.canHandOver, false);
  });
});
