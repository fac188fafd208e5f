import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { MachineError } from '../machine-error.ts';
import { examineApart, LIMITS } from './examination.ts';
import { examine } from './examine.ts';
import { readGivenFiles } from './given-files.ts';

const CASE = join(import.meta.dirname, '../../../test/causes/preshared-key-mismatch');
const given = readGivenFiles([CASE]);

describe('an examination', () => {
  test('in a thread of its own says what it says in this one', async () => {
    assert.deepEqual(await examineApart(given, { colour: false }), examine(given, { colour: false }));
  });

  test('shows guilty lines with their keys hidden', () => {
    const report = examine(given, { colour: false });
    const keys = given.files.flatMap(({ text }) =>
      [...text.matchAll(/^(?:PrivateKey|PresharedKey) = (.+)$/gm)].map(([, key]) => key!),
    );
    assert.ok(keys.length >= 5);
    const said = JSON.stringify(report);
    for (const key of keys) assert.ok(!said.includes(key.slice(0, 20)), 'a key is in the report');
    const [evidence] = report.findings[0]!.evidence;
    assert.ok(evidence !== undefined && 'file' in evidence && evidence.excerpt.join('\n').includes('PresharedKey = •'));
  });

  test('ends when it takes too long', async () => {
    const run = examineApart(given, { colour: false }, { ...LIMITS, timeMs: 1 });
    await assert.rejects(run, (error) => error instanceof MachineError && error.code === 'examination-ended');
  });

  test('ends when it takes too much memory, and this process goes on', async () => {
    const line = '[Peer]\nPublicKey = AZ21ke7Tc/mib1UpFkd5McCRdcju0LsnF78pXEjUHCA=\nAllowedIPs = 10.0.0.0/8\n';
    const text = `[Interface]\n${line.repeat(60_000)}`;
    const run = examineApart(
      { files: [{ path: 'hub.conf', text }], passedOver: [] },
      { colour: false },
      { ...LIMITS, memoryMb: 16 },
    );
    await assert.rejects(run, (error) => error instanceof MachineError && error.code === 'examination-ended');
  });

  test('of nonsense says what it did not read', async () => {
    const files = [{ path: 'notes.conf', text: 'lorem ipsum\n'.repeat(400_000) }];
    const report = await examineApart({ files, passedOver: [] }, { colour: false });
    assert.deepEqual(report.findings, []);
    assert.match(report.mistakes[0]!.text, /Cannot tell what this file is/);
  });
});
