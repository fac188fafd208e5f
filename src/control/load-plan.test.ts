/**
 * From file, keys and record to a plan: what is written, what is put back, what is refused.
 */

import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { networkOnDisk, SMALL_NETWORK } from '../../test/disk/folder.ts';
import { setPublicKey } from '../description/edit/set.ts';
import { formatKey } from '../net/key.ts';
import { entryOf, readHandedOut, rememberHandedOut } from './handed-out.ts';
import { KeyFolder } from './key-folder.ts';
import { loadPlan } from './load-plan.ts';
import { editNetworkFile } from './network-store.ts';

test('looking writes nothing; handing out writes what is missing into the file first', async (t) => {
  const paths = networkOnDisk(t);
  const looked = await loadPlan(paths, { write: false });
  assert.equal(looked.plan?.given.length, 6);
  assert.equal(readFileSync(paths.file, 'utf8'), SMALL_NETWORK);
  assert.ok(!existsSync(paths.state));
  const written = await loadPlan(paths, { write: true });
  assert.deepEqual(written.plan?.given, []);
  const text = readFileSync(paths.file, 'utf8');
  assert.match(text, /10\.66\.0\.2/);
  assert.match(text, /# two families/);
  assert.equal(text, written.text);
});

const CARVING = `name: home
ula: fd4c:91b7:2ae0::/48
inside:
  - 10.66.0.0/24
  - carve      # ours
routers: {cloud: {endpoint: "vpn.example.net:51820", address: [10.66.0.1, "fd4c:91b7:2ae0::1"]}}
machines:
  phone: {address: [10.66.0.2, "fd4c:91b7:2ae0::2"]}
  pi: {address: [10.66.0.3, "fd4c:91b7:2ae0::3"], lan: [home, attic], lan-address: [192.168.7.5, carve, carve, 192.168.8.5]}
lans:
  home: {prefixes: [carve, 192.168.7.0/24], via: pi, attach: default-gateway}
  attic: {prefixes: [192.168.8.0/24, 'carve'], via: pi, attach: masquerade}
`;

test('what is to be carved is written in place of the word, and nothing else moves', async (t) => {
  const paths = networkOnDisk(t, CARVING);
  assert.equal((await loadPlan(paths, { write: false })).plan?.carved.length, 5);
  const { text, plan } = await loadPlan(paths, { write: true });
  assert.deepEqual(plan?.carved, []);
  assert.equal(
    text,
    CARVING.replace('- carve ', '- "fd4c:91b7:2ae0::/64" ')
      .replace('5, carve, carve, ', '5, "fd4c:91b7:2ae0:1::1", "fd4c:91b7:2ae0:2::1", ')
      .replace('[carve', '["fd4c:91b7:2ae0:1::/64"')
      .replace("'carve'", "'fd4c:91b7:2ae0:2::/64'"),
  );
  // An old copy, saved over it, is carved alike, and the inside addresses are put back.
  writeFileSync(
    paths.file,
    CARVING.replace('  phone: {address: [10.66.0.2, "fd4c:91b7:2ae0::2"]}', '  tv: {}\n  phone:'),
  );
  const again = await loadPlan(paths, { write: true });
  assert.match(again.text, /phone:\n +address: \[10\.66\.0\.2, "fd4c:91b7:2ae0::2"\]/);
  assert.match(again.text, /attic: \{prefixes: \[192\.168\.8\.0\/24, 'fd4c:91b7:2ae0:2::\/64'\]/);
});

test('an address that an old copy of the file has lost is put back, with a note', async (t) => {
  const paths = networkOnDisk(t);
  await loadPlan(paths, { write: true });
  const good = readFileSync(paths.file, 'utf8');
  // The editor saves the copy it had before, with one machine more in front of the others.
  writeFileSync(paths.file, SMALL_NETWORK.replace('machines:\n', 'machines:\n  tv: {}\n'));
  const looked = await loadPlan(paths, { write: false });
  assert.equal(looked.notes.length, 3);
  const again = await loadPlan(paths, { write: true });
  const address = (name: string) =>
    /address: \[([0-9.]+)/.exec(again.text.slice(again.text.indexOf(`  ${name}:`)))?.[1];
  assert.equal(address('phone'), '10.66.0.2');
  assert.equal(address('laptop'), '10.66.0.3');
  assert.equal(address('tv'), '10.66.0.4');
  assert.notEqual(again.text, good);
});

test('an address in whose place one is borrowed now is not put back', async (t) => {
  const lan = 'lans:\n  attic: {prefixes: [10.9.0.0/24], via: pi, attach: proxy, lend: {}}\n';
  const text = `name: home
inside: [10.66.0.0/24]
routers: {cloud: {endpoint: "vpn.example.net:51820"}}
machines:
  phone: {}
  pi: {platform: linux, lan: attic, lan-address: [10.9.0.5]}
${lan}`;
  const paths = networkOnDisk(t, text);
  await loadPlan(paths, { write: true });
  writeFileSync(paths.file, text.replace('lend: {}', 'lend: {phone: [10.9.0.200]}'));
  const { notes, plan } = await loadPlan(paths, { write: true });
  assert.deepEqual(
    notes.filter((note) => note.includes('phone')),
    [],
  );
  assert.ok(plan);
  assert.match(readFileSync(paths.file, 'utf8'), /^ {2}phone: \{\}$/m);
});

test('a public key that was handed out comes back, and one that somebody else uses does not', async (t) => {
  const paths = networkOnDisk(t);
  const key = new KeyFolder(paths.keys).makePrivateKey('phone');
  await editNetworkFile(paths, ({ text }) => setPublicKey(text, 'phone', formatKey(key)));
  await loadPlan(paths, { write: true });
  const withoutKey = readFileSync(paths.file, 'utf8').replace(/, public-key: "?[A-Za-z0-9+/=]+"?/, '');
  writeFileSync(paths.file, withoutKey);
  assert.ok(!withoutKey.includes(formatKey(key)));
  const restored = await loadPlan(paths, { write: true });
  assert.match(restored.notes.join('\n'), /public key/);
  assert.ok(restored.text.includes(formatKey(key)));
});

test('who must fetch a new configuration is known by what was handed out', async (t) => {
  const paths = networkOnDisk(t);
  const { plan } = await loadPlan(paths, { write: true });
  await rememberHandedOut(paths, [entryOf(plan!, 'phone', 1_000, true)]);
  assert.deepEqual((await loadPlan(paths, { write: false })).stale, []);
  writeFileSync(paths.file, readFileSync(paths.file, 'utf8').replace('vpn.example.net', 'other.example.net'));
  assert.deepEqual((await loadPlan(paths, { write: true })).stale, ['phone']);
  assert.equal(readHandedOut(paths).find((entry) => entry.name === 'phone')?.at, 1_000);
});

test('a private key of somebody else under the name of a machine is a mistake', async (t) => {
  const paths = networkOnDisk(t);
  const keys = new KeyFolder(paths.keys);
  keys.makePrivateKey('cloud');
  const { diagnostics, plan } = await loadPlan(paths, { write: false });
  assert.deepEqual(
    diagnostics.map((each) => [each.code, each.place.line]),
    [['key-mismatch', 6]],
  );
  assert.equal(plan, null);
});

test('a damaged record is an error with a cure, and the file stays', async (t) => {
  const paths = networkOnDisk(t);
  await loadPlan(paths, { write: true });
  writeFileSync(paths.handedOut, '{"version":1,"entries":[{"name":3}]}');
  await assert.rejects(loadPlan(paths, { write: true }), { code: 'record-damaged' });
});

test('keys are made once, mode 0600 in a folder 0700 that git ignores', (t) => {
  const paths = networkOnDisk(t);
  const keys = new KeyFolder(paths.keys);
  const publicKey = keys.makePrivateKey('phone');
  assert.deepEqual(keys.makePrivateKey('phone'), publicKey);
  assert.deepEqual(keys.makePresharedKey('phone'), keys.presharedKey('phone'));
  assert.equal(statSync(paths.keys).mode & 0o777, 0o700);
  assert.equal(statSync(join(paths.keys, 'phone.key')).mode & 0o777, 0o600);
  assert.equal(readFileSync(join(paths.keys, '.gitignore'), 'utf8'), '*\n');
  keys.copy('phone', 'mobile');
  assert.deepEqual(keys.privateKey('mobile'), keys.privateKey('phone'));
  assert.throws(() => keys.copy('phone', 'mobile'), { code: 'key-file-exists' });
  assert.ok(keys.remove('phone'));
  assert.equal(keys.privateKey('phone'), null);
  assert.deepEqual(keys.names(), ['mobile']);
});

test('a key that others may read, a link, and a damaged key are refused', (t) => {
  const paths = networkOnDisk(t);
  const keys = new KeyFolder(paths.keys);
  keys.makePrivateKey('phone');
  const file = join(paths.keys, 'phone.key');
  chmodSync(file, 0o640);
  assert.throws(() => keys.privateKey('phone'), { code: 'file-open', help: [`run: chmod 600 ${file}`] });
  chmodSync(file, 0o600);
  symlinkSync(file, join(paths.keys, 'link.key'));
  assert.throws(() => keys.privateKey('link'), { code: 'symbolic-link' });
  writeFileSync(join(paths.keys, 'bad.key'), 'short\n', { mode: 0o600 });
  assert.throws(() => keys.privateKey('bad'), { code: 'key-file-damaged' });
  chmodSync(paths.keys, 0o770);
  assert.throws(() => keys.privateKey('phone'), { code: 'folder-open' });
});
