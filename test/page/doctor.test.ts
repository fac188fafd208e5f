/**
 * The doctor over the API: files that a person drops on the page, also such as nobody would drop in good faith.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { examine } from '../../src/control/doctor/examine.ts';
import { readGivenFiles } from '../../src/control/doctor/given-files.ts';
import { adopted, type DoctorReportShape, doctorReport } from '../../src/control/http/shape/doctor.ts';
import { problem } from '../../src/control/http/shape/words.ts';
import { asked, type Reply, ServedPage } from './served-page.ts';

const NETWORKS = join(import.meta.dirname, '..');

/** The files of a case, as the page sends them. */
function filesOf(network: string): { name: string; text: string }[] {
  const { files } = readGivenFiles([join(NETWORKS, network)]);
  return files.map(({ path, text }) => ({ name: path, text }));
}

async function doctor(t: TestContext) {
  const served = await ServedPage.begin(t);
  const who = await served.token('read');
  const ask = (body: unknown, path = '/doctor') => served.ask('POST', path, who, { body });
  return { served, who, ask };
}

function reportIn(reply: Reply): DoctorReportShape {
  assert.equal(reply.status, 200, reply.text);
  return doctorReport.parse(reply.json);
}

describe('the doctor of the page', () => {
  test('says what the command says of the same files', async (t) => {
    const { ask } = await doctor(t);
    const report = reportIn(await ask({ files: filesOf('causes/preshared-key-mismatch') }));
    const own = examine(readGivenFiles([join(NETWORKS, 'causes/preshared-key-mismatch')]), { colour: false });
    assert.deepEqual(report.findings, structuredClone(own.findings));
    assert.deepEqual(
      report.files.map(({ file, kind, machine }) => ({ path: file, kind, machine })),
      structuredClone(own.files),
    );
    assert.equal(report.findings[0]!.cause, 'preshared-key-mismatch');
    assert.equal(report.isUnderstood, true);
  });

  test('takes a question and facts beside the files, and they win', async (t) => {
    const { ask } = await doctor(t);
    const files = filesOf('causes/ip-forward-off');
    const forwarding = 'machines: {hub: {forwarding: {ipv4: true}}}';
    assert.equal(reportIn(await ask({ files })).findings[0]!.cause, 'ip-forward-off');
    const cured = reportIn(await ask({ files, answers: forwarding }));
    assert.ok(cured.findings.every(({ cause }) => cause !== 'ip-forward-off'));
    const question = { from: 'nas', to: 'phone', what: 'tcp/22' };
    const other = reportIn(await ask({ files, question }));
    assert.deepEqual(other.findings[0]!.flows, [{ from: 'nas', to: 'phone', direction: 'forward' }]);
    // JSON is YAML: a page need not write any.
    const json = JSON.stringify({ machines: { hub: { forwarding: { ipv4: true } } } }, null, 2);
    assert.deepEqual(reportIn(await ask({ files, answers: json })).findings, cured.findings);
  });

  test('takes folders by their names', async (t) => {
    const { ask } = await doctor(t);
    const files = filesOf('causes/ip-forward-off')
      .filter(({ name }) => name !== 'survey.yaml')
      .map(({ name, text }) => ({ name: `net/${name.replace('.conf', '/wg0.conf')}`, text }));
    assert.deepEqual(reportIn(await ask({ files })).machines.toSorted(), ['gw', 'hub', 'phone']);
  });

  test('says which of the answers it does not understand', async (t) => {
    const { ask } = await doctor(t);
    const answers = 'machines: {hub: {forwading: {ipv4: true}}}';
    const { mistakes, notUnderstood } = reportIn(await ask({ files: filesOf('causes/ip-forward-off'), answers }));
    assert.ok([...mistakes, ...notUnderstood].some(({ file, text }) => file === '(answers)' && /forwading/.test(text)));
  });

  test('keeps no key of what it reads: not in the answer, nor on the disk', async (t) => {
    const { served, ask } = await doctor(t);
    const files = filesOf('causes/preshared-key-mismatch');
    const keys = files.flatMap(({ text }) =>
      [...text.matchAll(/^(?:PrivateKey|PresharedKey) = (.+)$/gm)].map(([, key]) => key!.slice(0, 20)),
    );
    assert.ok(keys.length >= 5);
    const answers = [await ask({ files }), await ask({ files, name: 'home' }, '/doctor/adopt')];
    served.page.close();
    const folder = join(served.paths.state, '..');
    const kept = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .map((path) => readFileSync(path, 'latin1'));
    assert.ok(kept.length >= 3);
    for (const text of [...answers.map((each) => each.text), ...kept]) {
      for (const key of keys) assert.ok(!text.includes(key));
    }
    assert.deepEqual(served.troubles, []);
  });
});

describe('adopting over the page', () => {
  test('answers a network file, what it leaves out, and whose keys stay', async (t) => {
    const { served, ask } = await doctor(t);
    const before = served.text;
    const reply = await ask({ files: filesOf('cases/healthy-two-phones'), name: 'home' }, '/doctor/adopt');
    assert.equal(reply.status, 200, reply.text);
    const { text, keys } = adopted.parse(reply.json);
    const { adopted: own } = examine(readGivenFiles([join(NETWORKS, 'cases/healthy-two-phones')]), {
      colour: false,
      adoptAs: 'home',
    });
    assert.ok(own?.kind === 'adopted');
    assert.equal(text, own.text);
    assert.deepEqual(
      keys.map(({ name, kind }) => [name, kind]),
      [
        ['hub', 'router'],
        ['ann', 'machine'],
        ['ben', 'machine'],
      ],
    );
    for (const { publicKey } of keys) assert.ok(text.includes(publicKey));
    assert.equal(served.text, before);
  });

  test('is refused for what does not work, and for a name that none can have', async (t) => {
    const { ask } = await doctor(t);
    const sick = await ask({ files: filesOf('causes/ip-forward-off'), name: 'home' }, '/doctor/adopt');
    assert.deepEqual([sick.status, sick.json.diagnostics[0].code], [422, 'not-healthy']);
    assert.match(sick.json.diagnostics[0].help[0], /^ip-forward-off: /);
    const files = filesOf('cases/healthy-two-phones');
    const named = await ask({ files, name: 'not a name\nname: two' }, '/doctor/adopt');
    assert.equal(named.status, 422);
    problem.parse(named.json);
    const nothing = await ask({ files: [{ name: 'x.conf', text: 'nonsense' }], name: 'home' }, '/doctor/adopt');
    assert.deepEqual([nothing.status, nothing.json.diagnostics[0].code], [422, 'no-wireguard']);
  });
});

describe('what is dropped on the doctor in bad faith', () => {
  const WG = '[Interface]\nAddress = 10.0.0.1/24\n';

  test('is refused where it is more than a request may bring', async (t) => {
    const { ask, who, served } = await doctor(t);
    const large = await ask({ files: [{ name: 'a.conf', text: 'lorem '.repeat(2_000_000) }] });
    assert.deepEqual([large.status, large.json.diagnostics[0].code], [413, 'request-too-large']);
    const one = await ask({ files: [{ name: 'a.conf', text: 'x'.repeat(5 * 1024 * 1024) }] });
    assert.deepEqual([one.status, one.json.diagnostics[0].help[0].split(':')[0]], [422, 'files.0.text']);
    const many = await ask({ files: Array.from({ length: 5_001 }, (_, i) => ({ name: `${i}.conf`, text: '' })) });
    assert.equal(many.status, 422);
    assert.equal((await ask({ files: [] })).status, 422);
    const deep = `{"files":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const headers = { host: `localhost:${served.port}`, ...who, 'content-type': 'application/json' };
    const nested = await asked(served.port, 'POST', '/api/v1/doctor', headers, deep);
    assert.ok(nested.status === 422 || nested.status === 400, nested.text);
    assert.deepEqual(served.troubles, []);
  });

  test('is read to the end where it is nonsense', async (t) => {
    const { ask, served } = await doctor(t);
    const nonsense = 'lorem ipsum = [dolor] {sit}\n'.repeat(140_000);
    const report = reportIn(
      await ask({
        files: [
          { name: 'nonsense.conf', text: nonsense },
          { name: 'binary.conf', text: `${WG}\0\0` },
          { name: '../../../etc/passwd', text: WG },
        ],
      }),
    );
    assert.equal(report.isUnderstood, false);
    assert.deepEqual(
      report.notUnderstood.map(({ file }) => file),
      ['binary.conf', '../../../etc/passwd'],
    );
    assert.deepEqual(served.troubles, []);
  });

  test('is bounded in the answer, too: thousands of files, each with mistakes', async (t) => {
    const { ask } = await doctor(t);
    const files = Array.from({ length: 3_000 }, (_, i) => ({ name: `${i}/wg0.conf`, text: `${WG}Nonsense = ${i}\n` }));
    const reply = await ask({ files });
    // Within its limits it answers, else it says that it has ended: never anything else.
    if (reply.status === 422) assert.equal(reply.json.diagnostics[0].code, 'examination-ended');
    else {
      const report = reportIn(reply);
      assert.ok(report.notUnderstood.length <= 200 && report.mistakes.length <= 200 && report.findings.length <= 200);
    }
  });

  test('changes nothing by its names', async (t) => {
    const { ask, served } = await doctor(t);
    const names = ['__proto__', 'constructor', '__proto__/wg0.conf', 'toString.conf', 'hasOwnProperty/survey.yaml'];
    const files = names.map((name) => ({ name, text: WG }));
    const answers = '{"machines": {"__proto__": {"platform": "linux"}, "constructor": {"behind-nat": true}}}';
    reportIn(await ask({ files, answers }));
    assert.equal(({} as Record<string, unknown>).platform, undefined);
    const polluting = await ask(JSON.parse('{"files": [{"name": "a", "text": "b", "__proto__": {"x": 1}}]}'));
    assert.ok([200, 422].includes(polluting.status));
    assert.equal(({} as Record<string, unknown>).x, undefined);
    assert.deepEqual(served.troubles, []);
  });

  test('does not grow by references within its answers', async (t) => {
    const { ask, served } = await doctor(t);
    const laughs = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(12)}]`);
    const answers = `a0: &a0 [lol]\n${laughs.join('\n')}\nmachines: *a12\n`;
    const reply = await ask({ files: [{ name: 'hub.conf', text: WG }], answers });
    assert.ok(reportIn(reply).mistakes.some(({ file }) => file === '(answers)'));
    const nested = `machines: ${'['.repeat(50_000)}`;
    const deep = await ask({ files: [{ name: 'hub.conf', text: WG }], answers: nested });
    assert.ok(reportIn(deep).mistakes.some(({ file }) => file === '(answers)'));
    assert.deepEqual(served.troubles, []);
  });
});
