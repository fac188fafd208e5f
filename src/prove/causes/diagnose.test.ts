import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CASES, filesOf, keyFunctions } from '../../../test/cases/cases.ts';
import { parseNetwork } from '../../description/parse.ts';
import { importNetwork } from '../../import/import-network.ts';
import { planNetwork } from '../../plan/plan-network.ts';
import { worldOf } from '../world.ts';
import { diagnose } from './diagnose.ts';
import { worldOfOthers } from './implied-gateways.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BASE = join(ROOT, 'test/causes/client-allowedips-missing-dest');

/** Files of a made-up network with three machines: hub, phone, and gw, which is the default gateway of LAN home. */
function diagnosed(edits: Readonly<Record<string, (text: string) => string>>) {
  const files = ['hub.conf', 'phone.conf', 'gw.conf', 'survey.yaml'].map((path) => {
    const text = readFileSync(join(BASE, path), 'utf8');
    return { path, text: edits[path]?.(text) ?? text };
  });
  const imported = importNetwork(files, keyFunctions);
  return diagnose(worldOfOthers(imported.plan), imported);
}

/** The phone sends to the LAN, too: nothing is wrong any more. */
const cured = (text: string) => text.replace('AllowedIPs = 10.8.0.0/24', 'AllowedIPs = 10.8.0.0/24, 192.168.1.0/24');
const withoutQuestion = (text: string) => text.replace(/^question:.*\n/m, '');

describe('a diagnosis', () => {
  test('falls silent when the cause is cured', () => {
    assert.equal(diagnosed({}).findings[0]!.cause, 'client-allowedips-missing-dest');
    const { findings } = diagnosed({ 'phone.conf': cured });
    assert.deepEqual(
      findings.filter(({ certainty }) => certainty !== 'possible').map(({ cause }) => cause),
      [],
    );
  });

  test('names an assumption with everything that is not proved, and none with what is', () => {
    for (const name of CASES) {
      const imported = importNetwork(filesOf(name)!, keyFunctions);
      for (const finding of diagnose(worldOfOthers(imported.plan), imported).findings) {
        assert.equal(finding.assumption === null, finding.certainty === 'proved', `${name} ${finding.cause}`);
      }
    }
  });

  test('puts the more certain first', () => {
    const order = ['proved', 'likely', 'possible'];
    for (const name of CASES) {
      const imported = importNetwork(filesOf(name)!, keyFunctions);
      const { findings } = diagnose(worldOfOthers(imported.plan), imported);
      const ranks = findings.map(({ certainty }) => order.indexOf(certainty));
      assert.deepEqual(ranks, ranks.toSorted(), name);
    }
  });

  test('rules out what would stop something that works', () => {
    const unknown = (text: string) => cured(text);
    const open = (text: string) => text.replace(/ {4}forwarding: .*\n/, '').replace(/ {4}firewall: .*\n/, '');
    const asked = diagnosed({ 'phone.conf': unknown, 'survey.yaml': open });
    assert.equal(asked.findings[0]!.cause, 'ip-forward-off');
    const works = (text: string) => `${open(text)}works: [{from: phone, to: gw, what: ping}]\n`;
    const { findings } = diagnosed({ 'phone.conf': unknown, 'survey.yaml': works });
    assert.ok(!findings.some(({ cause, station }) => cause === 'ip-forward-off' && station.name === 'hub'));
  });

  test('looks at the tunnel first where there never was a handshake', () => {
    const files = filesOf('case-06')!;
    const imported = importNetwork(files, keyFunctions);
    const world = worldOfOthers(imported.plan);
    const first = (latestHandshake: number) => {
      const observations = [{ device: 'hub', peer: 'phone', latestHandshake }];
      return diagnose(world, { ...imported, observations }).findings[0]!.cause;
    };
    assert.equal(first(0), 'port-forward-wrong');
    assert.equal(first(1_700_000_000), 'ip-forward-off');
  });

  test('asks for the configuration of a machine that was not handed over, and proves nothing by its absence', () => {
    const files = ['phone.conf', 'gw.conf'].map((path) => ({ path, text: readFileSync(join(BASE, path), 'utf8') }));
    const imported = importNetwork(files, keyFunctions);
    const { findings, unknown } = diagnose(worldOfOthers(imported.plan), imported);
    assert.deepEqual(findings, []);
    assert.deepEqual(
      unknown.map(({ machine, fact }) => [machine, fact]),
      [
        ['phone', 'what its peer hub is set up to'],
        ['gw', 'what its peer hub is set up to'],
      ],
    );
  });

  test('asks for the facts on which the open causes rest', () => {
    const open = (text: string) => text.replace(/ {4}forwarding: .*\n/, '');
    const { unknown } = diagnosed({ 'phone.conf': cured, 'survey.yaml': open });
    assert.deepEqual(unknown[0]!.machine, 'hub');
    assert.match(unknown[0]!.how, /sysctl net\.ipv4\.ip_forward/);
  });

  test('takes a stated Docker for a reason to doubt the FORWARD chain, and not the switch', () => {
    const open = (text: string) =>
      `${text.replace(/ {4}forwarding: .*\n/, '').replace(/ {4}firewall: .*\n/, '')}notes: [Docker runs on hub]\n`;
    assert.equal(diagnosed({ 'phone.conf': cured, 'survey.yaml': open }).findings[0]!.cause, 'forward-chain-drop');
  });

  test('without questions finds what both sides mean and neither reaches, and leaves alone what one side limits', () => {
    const { findings } = diagnosed({ 'survey.yaml': withoutQuestion });
    assert.deepEqual(
      findings.filter(({ certainty }) => certainty !== 'possible').map(({ cause }) => cause),
      [],
    );
    const gap = (text: string) => text.replace(', 192.168.1.0/24', '');
    const both = diagnosed({ 'survey.yaml': withoutQuestion, 'phone.conf': cured, 'hub.conf': gap });
    assert.equal(both.findings[0]!.cause, 'hub-allowedips-missing-lan');
    assert.equal(both.findings[0]!.certainty, 'proved');
  });

  test('without questions proves nothing in networks that were planned', () => {
    for (const name of [
      'home-default-gateway',
      'home-masquerade',
      'home-proxy',
      'home-static-route',
      'three-sites-ula',
    ]) {
      const file = join(ROOT, 'examples', `${name}.yaml`);
      const { network } = parseNetwork(readFileSync(file, 'utf8'), file);
      const { plan } = planNetwork(network!);
      const { findings } = diagnose(worldOf(plan!), { questions: [], works: [], notes: [] });
      assert.deepEqual(
        findings.filter(({ certainty }) => certainty !== 'possible').map(({ cause }) => cause),
        [],
        name,
      );
    }
  });

  test('a machine’s next hop that nobody described is there all the same', () => {
    const byGateway = (text: string) =>
      cured(text).replace('AllowedIPs = 10.8.0.0/24, 192.168.1.0/24', 'AllowedIPs = 0.0.0.0/0');
    const behind = (text: string) =>
      text
        .replace('    public: [203.0.113.5]\n', '    public: []\n')
        .replace(
          'behind-nat: false\n    interfaces: {eth0: [203.0.113.5/24]}',
          'behind-nat: true\n    interfaces: {eth0: [10.30.0.5/24]}\n    routes: ["default via 10.30.0.1 dev eth0", "10.8.0.0/24 dev wg0", "192.168.1.0/24 dev wg0"]',
        )
        .replace('masquerade: []', 'masquerade: ["oif eth0"]')
        .replace(/^lans:\n/m, 'lans:\n  flat: {prefixes: [10.30.0.0/24], members: {hub: 10.30.0.5}}\n')
        .replace(/^question:.*\n/m, 'question: {from: phone, to: internet, via: hub}\n');
    const { findings } = diagnosed({ 'phone.conf': byGateway, 'survey.yaml': behind });
    assert.ok(
      findings.every(({ certainty }) => certainty !== 'proved'),
      findings[0]?.cause,
    );
  });

  test('never throws on networks with lines left out, and always says what to do (SEED= replays)', (t) => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    t.diagnostic(`seed ${seed}`);
    let state = seed;
    const chance = () => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state / 0x7fffffff;
    };
    for (const name of CASES) {
      const files = filesOf(name)!.map((file) => {
        const lines = file.text.split('\n').filter(() => chance() > 0.08);
        return { ...file, text: lines.join('\n') };
      });
      const imported = importNetwork(files, keyFunctions);
      for (const { words, cure } of diagnose(worldOfOthers(imported.plan), imported).findings) {
        assert.doesNotMatch(`${words} ${cure}`, /undefined|null|NaN/, `${name}, seed ${seed}`);
        assert.ok(words !== '' && cure !== '');
      }
    }
  });
});
