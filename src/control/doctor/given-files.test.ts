import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { MachineError } from '../machine-error.ts';
import { FILE_BYTES_AT_MOST, readGivenFiles } from './given-files.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'given-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

describe('given files', () => {
  test('are those of a folder and its folders, called by their way from there, in the order of names', (t) => {
    const at = folder(t);
    mkdirSync(join(at, 'gw'));
    for (const name of ['phone.conf', 'gw/wg0.conf', '.hidden', 'hub.conf']) writeFileSync(join(at, name), name);
    const { files, passedOver } = readGivenFiles([at]);
    assert.deepEqual(files, [
      { path: 'gw/wg0.conf', text: 'gw/wg0.conf' },
      { path: 'hub.conf', text: 'hub.conf' },
      { path: 'phone.conf', text: 'phone.conf' },
    ]);
    assert.deepEqual(passedOver, []);
  });

  test('are read once, however often they are named', (t) => {
    const at = folder(t);
    writeFileSync(join(at, 'hub.conf'), 'x');
    assert.equal(readGivenFiles([join(at, 'hub.conf'), join(at, 'hub.conf')]).files.length, 1);
  });

  test('do not follow links within a folder, and pass over what is no text or too long', (t) => {
    const at = folder(t);
    symlinkSync('/etc/hostname', join(at, 'link.conf'));
    writeFileSync(join(at, 'binary.conf'), new Uint8Array([65, 0, 66]));
    writeFileSync(join(at, 'long.conf'), 'x'.repeat(FILE_BYTES_AT_MOST + 1));
    const { files, passedOver } = readGivenFiles([at]);
    assert.deepEqual(files, []);
    assert.deepEqual(
      passedOver.map(({ path, reason }) => [path, reason.replace(/\d+/g, 'N')]),
      [
        ['binary.conf', 'it is not text'],
        ['link.conf', 'it is no plain file'],
        ['long.conf', 'it has N bytes, and N are read of one'],
      ],
    );
  });

  test('that are not there are an error of the machine', () => {
    assert.throws(
      () => readGivenFiles(['/nowhere/hub.conf']),
      (error) => error instanceof MachineError && error.code === 'file-missing',
    );
  });
});
