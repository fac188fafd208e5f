import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { copyRelayCode, relayCode, SOURCE_FOLDER } from './relay-code.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'wgr-code-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('a copy is whole: it runs without the checkout', (t) => {
  const code = copyRelayCode(folder(t));
  const { stdout } = spawnSync(process.execPath, [code.entry], { input: '{}\n', encoding: 'utf8', cwd: '/' });
  assert.deepEqual([JSON.parse(stdout).type, JSON.parse(stdout).code], ['failed', 'boot-invalid']);
});

test('the native module is part of the program, and stays where it is', (t) => {
  const checkout = folder(t);
  const source = join(checkout, 'src');
  for (const room of ['net', 'wireguard', 'relay']) mkdirSync(join(source, room), { recursive: true });
  writeFileSync(join(source, 'net', 'one.ts'), 'export {};\n');
  const without = relayCode(source);
  assert.equal(without.nativeModule, null);
  const place = join(checkout, `prebuilds/${process.platform}-${process.arch}-gnu`);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'relay.node'), 'one');
  const one = copyRelayCode(folder(t), source);
  assert.equal(one.nativeModule, join(place, 'relay.node'));
  assert.deepEqual(readdirSync(one.folder), ['net', 'package.json']);
  writeFileSync(join(place, 'relay.node'), 'another');
  assert.equal(new Set([without, one, relayCode(source)].map(({ digest }) => digest)).size, 3);
});

test('everybody can read it and nobody else can write it, whatever the umask is', (t) => {
  const into = folder(t);
  const script = `import { copyRelayCode } from ${JSON.stringify(new URL('./relay-code.ts', import.meta.url).href)};
    process.umask(0o077); console.log(copyRelayCode(${JSON.stringify(into)}).folder);`;
  const path = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim();
  for (const name of ['', ...readdirSync(path, { recursive: true, encoding: 'utf8' })]) {
    const { mode } = lstatSync(join(path, name));
    assert.equal(mode & 0o777, (mode & 0o170000) === 0o040000 ? 0o755 : 0o644, name);
  }
});

test('the digest is that of the program, and an older copy or half of one gives way', (t) => {
  const checkout = folder(t);
  const source = join(checkout, 'src');
  for (const room of ['net', 'wireguard', 'relay'])
    cpSync(join(SOURCE_FOLDER, room), join(source, room), { recursive: true });
  cpSync(join(SOURCE_FOLDER, '../prebuilds'), join(checkout, 'prebuilds'), { recursive: true });
  const into = folder(t);
  mkdirSync(join(into, 'code-draft-1'));
  const first = copyRelayCode(into, source);
  assert.equal(first.digest, relayCode(source).digest);
  assert.equal(first.digest, relayCode().digest);
  writeFileSync(join(source, 'net', 'new.ts'), 'export {};\n');
  const second = copyRelayCode(into, source);
  assert.notEqual(second.digest, first.digest);
  assert.deepEqual(readdirSync(into), [`code-${second.digest}`]);
  writeFileSync(join(source, 'net', 'new.test.ts'), '');
  assert.equal(relayCode(source).digest, second.digest, 'tests are not part of it');
});
