/**
 * Changes of a network on disk: the file, the keys and the record keep together.
 */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { addLan, addMachine } from '../../description/edit/add.ts';
import { formatKey } from '../../net/key.ts';
import { prepareConfigurations, rememberConfigurations } from '../hand-out/configuration.ts';
import { readHandedOut } from '../handed-out.ts';
import { KeyFolder } from '../key-folder.ts';
import { loadPlan } from '../load-plan.ts';
import { MachineError } from '../machine-error.ts';
import { type NetworkPaths, networkPaths } from '../paths.ts';
import { changeNetwork } from './edit.ts';
import { isLeftOver, removeFromNetwork } from './remove.ts';
import { renameInNetwork } from './rename.ts';

const NETWORK = `# mine
name: home
inside: [10.66.0.0/24]
routers:
  cloud:
    endpoint: vpn.example.net:51820
    public-key: PhT4q6FzWH3wK0mLQGcdP2cDpgwXIVjzoKM7EYvHqS4=
machines:
  phone: {platform: ios} # hers
  laptop: {platform: linux}
`;

function network(t: TestContext, text = NETWORK): NetworkPaths {
  const folder = mkdtempSync(join(tmpdir(), 'wg-router-change-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'network.yaml'), text);
  return networkPaths(join(folder, 'network.yaml'));
}

const textOf = (paths: NetworkPaths) => readFileSync(paths.file, 'utf8');

async function handOut(paths: NetworkPaths, ...names: string[]): Promise<string> {
  const result = await prepareConfigurations(paths, names);
  assert.ok('configurations' in result);
  await rememberConfigurations(paths, result.plan, names);
  return result.configurations[0]!.text;
}

describe('a change', () => {
  test('is written with the addresses that it calls for', async (t) => {
    const paths = network(t);
    const result = await changeNetwork(paths, (text, file) => addMachine(text, { name: 'tablet' }, file));
    assert.ok(result.isChanged);
    assert.match(textOf(paths), /tablet:.*10\.66\.0\.4/s);
    assert.match(textOf(paths), /phone: \{platform: ios, address: \[10\.66\.0\.2\]\} # hers/);
    assert.equal(result.loaded.plan?.given.length, 0);
  });

  test('after which nothing can be planned is refused, and the file stays', async (t) => {
    const paths = network(t);
    const lan = { name: 'home-lan', prefixes: ['192.168.7.0/24'], via: 'laptop' };
    const result = await changeNetwork(paths, (text, file) => addLan(text, lan, file));
    assert.ok(!result.isChanged);
    assert.ok(result.diagnostics.some((each) => each.code === 'attach-missing'));
    assert.equal(textOf(paths), NETWORK);
  });

  test('is allowed where nothing could be planned before either', async (t) => {
    const paths = network(t, `${NETWORK}lans:\n  home-lan: {prefixes: [192.168.7.0/24], via: laptop}\n`);
    const result = await changeNetwork(paths, (text, file) => addMachine(text, { name: 'tablet' }, file));
    assert.ok(result.isChanged);
    assert.match(textOf(paths), /tablet/);
    assert.equal(result.loaded.plan, null);
    assert.deepEqual(result.newDiagnostics, []);
  });

  test('tells the warnings that it brings, and not those that were there', async (t) => {
    const paths = network(t);
    const lan = (name: string, prefix: string) => ({
      name,
      prefixes: [prefix],
      via: 'laptop',
      lanAddress: [prefix.replace('.0/24', '.5')],
      attach: 'default-gateway',
    });
    const add = (name: string, prefix: string) =>
      changeNetwork(paths, (text, file) => addLan(text, lan(name, prefix), file));
    const first = await add('one', '192.168.0.0/24');
    const second = await add('two', '192.168.1.0/24');
    assert.ok(first.isChanged && second.isChanged);
    assert.equal(first.newDiagnostics.length, 1);
    assert.equal(second.newDiagnostics.length, 1);
    assert.match(second.newDiagnostics[0]!.message, /"two"/);
    assert.equal(second.loaded.diagnostics.length, 2);
  });
});

describe('removing', () => {
  test('takes keys and record along, so that the next of that name is somebody else', async (t) => {
    const paths = network(t);
    const before = await handOut(paths, 'phone');
    const result = await removeFromNetwork(paths, 'phone');
    assert.ok(result.isChanged && result.hadKeys);
    assert.ok(!readHandedOut(paths).some(({ name }) => name === 'phone'));
    await changeNetwork(paths, (text, file) => addMachine(text, { name: 'phone' }, file));
    const after = await handOut(paths, 'phone');
    const keyOf = (text: string) => /PrivateKey = (.*)/.exec(text)![1];
    assert.notEqual(keyOf(after), keyOf(before));
  });

  test('forgets what an editor took out of the file', async (t) => {
    const paths = network(t);
    await handOut(paths, 'phone');
    writeFileSync(paths.file, textOf(paths).replace(/ {2}phone: .*\n/, ''));
    assert.equal(isLeftOver(paths, 'phone'), true);
    const result = await removeFromNetwork(paths, 'phone');
    assert.ok(result.isChanged && result.hadKeys);
    assert.equal(isLeftOver(paths, 'phone'), false);
    assert.equal(new KeyFolder(paths.keys).privateKey('phone'), null);
  });

  test('of a name that nobody knows is a mistake, whatever the name looks like', async (t) => {
    const paths = network(t);
    for (const name of ['nobody', '../network', '', 'a\u001b[2J']) {
      const result = await removeFromNetwork(paths, name);
      assert.ok(!result.isChanged, name);
    }
    assert.equal(textOf(paths), NETWORK);
  });

  test('that is refused keeps the keys', async (t) => {
    const paths = network(
      t,
      `${NETWORK}lans:\n  lan: {prefixes: [192.168.7.0/24], via: laptop, attach: default-gateway}\n`.replace(
        'laptop: {platform: linux}',
        'laptop: {platform: linux, lan: lan, lan-address: [192.168.7.1]}',
      ),
    );
    await handOut(paths, 'laptop');
    const result = await removeFromNetwork(paths, 'laptop');
    assert.ok(!result.isChanged);
    assert.notEqual(new KeyFolder(paths.keys).privateKey('laptop'), null);
  });
});

describe('renaming', () => {
  test('keeps keys, addresses and that the configuration is current', async (t) => {
    const paths = network(t);
    const before = await handOut(paths, 'phone');
    const result = await renameInNetwork(paths, 'phone', 'tel');
    assert.ok(result.isChanged);
    assert.deepEqual(result.loaded.stale, []);
    const after = await handOut(paths, 'tel');
    const withoutComments = (text: string) => text.replace(/^#.*\n/gm, '');
    assert.equal(withoutComments(after), withoutComments(before));
    assert.deepEqual(new KeyFolder(paths.keys).names(), ['tel']);
    assert.ok(!existsSync(join(paths.keys, 'phone.psk')));
    assert.deepEqual(
      readHandedOut(paths)
        .map(({ name }) => name)
        .sort(),
      ['cloud', 'laptop', 'tel'],
    );
  });

  test('keeps that the configuration is old', async (t) => {
    const paths = network(t);
    await handOut(paths, 'phone');
    writeFileSync(paths.file, textOf(paths).replace('vpn.example.net:51820', 'vpn.example.org:51820'));
    const result = await renameInNetwork(paths, 'phone', 'tel');
    assert.ok(result.isChanged);
    assert.deepEqual(result.loaded.stale, ['tel']);
  });

  test('to a name that is taken or impossible leaves no key behind', async (t) => {
    const paths = network(t);
    await handOut(paths, 'phone');
    for (const to of ['laptop', 'Tel', '../tel', 'everyone', '']) {
      const result = await renameInNetwork(paths, 'phone', to);
      assert.ok(!result.isChanged, to);
    }
    assert.deepEqual(new KeyFolder(paths.keys).names(), ['phone']);
  });

  test('to a name under which keys lie is refused, and those keys stay', async (t) => {
    const paths = network(t);
    await handOut(paths, 'phone');
    const keys = new KeyFolder(paths.keys);
    const left = formatKey(keys.makePrivateKey('tel'));
    await assert.rejects(renameInNetwork(paths, 'phone', 'tel'), (error: MachineError) => {
      return error instanceof MachineError && error.code === 'key-file-exists';
    });
    assert.equal(formatKey(keys.makePrivateKey('tel')), left);
    assert.notEqual(keys.privateKey('phone'), null);
    assert.equal((await loadPlan(paths, { write: false })).diagnostics.length, 0);
  });

  test('that the machine refuses half way leaves no key under the new name', async (t) => {
    const paths = network(t);
    await handOut(paths, 'phone');
    // What holds the lock cannot be told: nobody can edit.
    mkdirSync(paths.lock);
    await assert.rejects(renameInNetwork(paths, 'phone', 'tel'));
    assert.deepEqual(new KeyFolder(paths.keys).names(), ['phone']);
    assert.equal(new KeyFolder(paths.keys).presharedKey('tel'), null);
  });

  test('of a LAN or host touches no key', async (t) => {
    const paths = network(t, `${NETWORK}lans:\n  lan: {prefixes: [192.168.7.0/24]}\n`);
    new KeyFolder(paths.keys).makePrivateKey('site');
    const result = await renameInNetwork(paths, 'lan', 'site');
    assert.ok(result.isChanged);
    assert.deepEqual(new KeyFolder(paths.keys).names(), ['site']);
  });
});
