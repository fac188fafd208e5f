import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RelayCommandParts, relayCommand } from './relay-command.ts';

const parts: RelayCommandParts = {
  prlimit: '/usr/bin/prlimit',
  setpriv: '/usr/bin/setpriv',
  node: '/node',
  entry: '/code/relay/process.ts',
  codeFolder: '/code',
  writable: ['/own', '/sockets'],
  allowNative: false,
  user: null,
};

test("root's relay loses user, groups, privileges and every capability before its first instruction", () => {
  const user = { uid: 60_700, gid: 60_701, label: 'uid 60700', isDrawn: true };
  const { file, args } = relayCommand({ ...parts, user });
  assert.equal(file, '/usr/bin/prlimit');
  const words = args.join(' ');
  assert.match(words, /--core=0:0 .*\/usr\/bin\/setpriv .* -- \/node /);
  for (const word of [
    '--reuid=60700',
    '--regid=60701',
    '--clear-groups',
    '--no-new-privs',
    '--inh-caps=-all',
    '--ambient-caps=-all',
    '--bounding-set=-all',
  ]) {
    assert.ok(args.indexOf(word) > 0 && args.indexOf(word) < args.indexOf('/node'), word);
  }
});

test("a user's relay cannot gain privileges, and is limited to its own files", () => {
  const { args } = relayCommand(parts);
  assert.ok(args.includes('--no-new-privs'));
  assert.ok(!args.some((word) => word.startsWith('--reuid') || word.startsWith('--bounding-set')));
  const options = args.slice(args.indexOf('/node') + 1);
  assert.equal(options.at(-1), '/code/relay/process.ts');
  assert.ok(options.includes('--permission') && options.includes('--disable-sigusr1'));
  const allowed = options.filter((word) => word.startsWith('--allow'));
  assert.deepEqual(allowed, [
    '--allow-fs-read=/code',
    '--allow-fs-read=/own',
    '--allow-fs-write=/own',
    '--allow-fs-read=/sockets',
    '--allow-fs-write=/sockets',
  ]);
});

test('with a native module it may load modules, and may nothing else besides', () => {
  const allowed = (allowNative: boolean) => {
    const { args } = relayCommand({ ...parts, allowNative });
    return args.filter((word) => word.startsWith('--allow'));
  };
  assert.deepEqual(allowed(true), ['--allow-addons', ...allowed(false)]);
});

test('where a program is missing the rest is done without it', () => {
  assert.equal(relayCommand({ ...parts, prlimit: null }).file, '/usr/bin/setpriv');
  assert.equal(relayCommand({ ...parts, prlimit: null, setpriv: null }).file, '/node');
});
