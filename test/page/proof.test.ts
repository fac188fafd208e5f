/**
 * Who reaches whom, over the API: the answers of the prover, beside the event loop and within bounds.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explained, reachability, reachabilityChanges } from '../../src/control/http/shape/proof.ts';
import { ProofRefused, Prover } from '../../src/control/proving/prover.ts';
import { NETWORK, ServedPage } from './served-page.ts';

describe('reachability', () => {
  test('is who reaches whom, those that behave alike folded together', async (t) => {
    const served = await ServedPage.begin(t);
    const { status, text, json } = await served.ask('GET', '/reachability', await served.token('read'));
    assert.equal(status, 200, text);
    const { sources, destinations, cells, isTooLarge } = reachability.parse(json);
    assert.equal(isTooLarge, false);
    const members = (groups: typeof sources) => groups.flatMap(({ subjects }) => subjects.map(({ name }) => name));
    assert.deepEqual(members(sources).sort(), ['cloud', 'house', 'nas', 'phone', 'pi']);
    const row = sources.findIndex(({ subjects }) => subjects.some(({ name }) => name === 'phone'));
    const column = destinations.findIndex(({ subjects }) => subjects.some(({ name }) => name === 'nas'));
    // Nobody has said what the default gateway's firewall does with half of a conversation.
    assert.equal(cells[row]![column]!.verdict, 'not-proven');
  });

  test('says what saving an edit would change', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.token('read');
    const ask = async (text: string) => await served.ask('POST', '/reachability/changes', who, { body: { text } });
    const exempt = NETWORK.replace('default-gateway:', 'gateway-firewall: exempt\n    default-gateway:');
    const { gained, lost } = reachabilityChanges.parse((await ask(exempt)).json);
    assert.ok(gained.some(({ from, to }) => from.includes('phone') || to.includes('phone') || from.includes('inside')));
    assert.deepEqual(lost, []);
    assert.deepEqual(reachabilityChanges.parse((await ask(NETWORK)).json).gained, []);
    const without = reachabilityChanges.parse((await ask(NETWORK.replace(/ {2}phone: .*\n/, ''))).json);
    assert.deepEqual(without.removed, [{ kind: 'machine', name: 'phone' }]);
    const mistaken = await ask(NETWORK.replace('platform: ios', 'platform: ois'));
    assert.deepEqual([mistaken.status, mistaken.json.diagnostics[0].code], [422, 'unknown-value']);
  });

  test('is explained hop by hop, with the cause and the cure', async (t) => {
    const served = await ServedPage.begin(t);
    const who = await served.token('read');
    const ask = (query: string) => served.ask('GET', `/explain?${query}`, who);
    const good = explained.parse((await ask('from=phone&to=pi&on=ping')).json);
    assert.equal(good.verdict, 'works');
    const [packet] = good.families[0]!.explanation.packets;
    assert.deepEqual([packet!.direction, packet!.source, packet!.destination], ['out', '10.66.0.2', '10.66.0.3']);
    assert.ok(packet!.hops.length >= 3);
    const open = explained.parse((await ask('from=phone&to=nas')).json);
    assert.equal(open.verdict, 'not-proven');
    assert.ok(open.families[0]!.explanation.cause!.cures.length > 0);
    explained.parse((await ask('from=phone&to=192.168.7.10&on=tcp/443&over=ipv4')).json);
    assert.equal((await ask('from=nobody&to=pi')).status, 404);
    assert.equal((await ask('from=phone&to=10.66.0.300')).status, 404);
    assert.equal((await ask('from=phone&to=pi&on=tcp')).status, 422);
  });
});

describe('the prover', () => {
  const task = (text: string) => ({ kind: 'reachability', text, file: 'network.yaml' }) as const;

  test('gives up what takes too long, and answers the next question', async (t) => {
    const prover = new Prover({ limitMs: 1 });
    t.after(() => prover.close());
    await assert.rejects(prover.ask(task(NETWORK)), (error) => error instanceof ProofRefused && error.why === 'time');
    const patient = new Prover();
    t.after(() => patient.close());
    assert.equal((await patient.ask(task(NETWORK))).kind, 'reachability');
  });

  test('gives up what needs too much memory, and goes on', async (t) => {
    const prover = new Prover({ memoryMb: 24 });
    t.after(() => prover.close());
    const machines = Array.from(
      { length: 20_000 },
      (_, i) => `  m${i}: {platform: linux, note: ${'x'.repeat(100)}}\n`,
    ).join('');
    const large = NETWORK.replace('10.66.0.0/24', '10.64.0.0/10').replace('machines:\n', `machines:\n${machines}`);
    await assert.rejects(prover.ask(task(large)), (error) => error instanceof ProofRefused && error.why === 'memory');
  });

  test('lets a bounded number of questions wait, and answers the same one once', async (t) => {
    const prover = new Prover();
    t.after(() => prover.close());
    const same = [prover.ask(task(NETWORK)), prover.ask(task(NETWORK))];
    assert.equal(same[0], same[1]);
    const many = Array.from({ length: 30 }, (_, i) => prover.ask(task(`${NETWORK}# ${i}\n`)));
    const outcomes = await Promise.allSettled(many);
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 30 - 15);
    await Promise.all(same);
  });
});
