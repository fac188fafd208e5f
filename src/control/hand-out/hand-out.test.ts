/**
 * Handing out configurations: which keys are made, what is written and remembered.
 */

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { removeFromNetwork } from '../change/remove.ts';
import { readHandedOut } from '../handed-out.ts';
import { KeyFolder } from '../key-folder.ts';
import { loadPlan } from '../load-plan.ts';
import { type NetworkPaths, networkPaths } from '../paths.ts';
import { type Configuration, prepareConfigurations, rememberConfigurations } from './configuration.ts';
import { handOutFiles } from './everything.ts';
import { makeRouterKeys } from './router-key.ts';

const PUBLIC_KEY = 'PhT4q6FzWH3wK0mLQGcdP2cDpgwXIVjzoKM7EYvHqS4=';
const OTHER_KEY = '3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=';
const NETWORK = `name: home
inside: [10.66.0.0/24]
routers:
  cloud:
    endpoint: vpn.example.net:51820
    public-key: ${PUBLIC_KEY}
machines:
  phone: {platform: ios}
  laptop: {platform: linux, public-key: ${OTHER_KEY}}
  pi: {platform: linux, lan: lan, lan-address: [192.168.7.5]}
lans:
  lan:
    prefixes: [192.168.7.0/24]
    via: pi
    attach: static-route
    default-gateway: [192.168.7.1]
`;

function network(t: TestContext, text = NETWORK): NetworkPaths {
  const folder = mkdtempSync(join(tmpdir(), 'wg-router-hand-out-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'network.yaml'), text);
  return networkPaths(join(folder, 'network.yaml'));
}

const textOf = (paths: NetworkPaths) => readFileSync(paths.file, 'utf8');

async function prepared(paths: NetworkPaths, names: readonly string[] | 'all'): Promise<readonly Configuration[]> {
  const result = await prepareConfigurations(paths, names);
  assert.ok('configurations' in result);
  await rememberConfigurations(
    paths,
    result.plan,
    result.configurations.map(({ machine }) => machine),
  );
  return result.configurations;
}

describe('handing out', () => {
  test('makes keys once, and writes addresses and the public key into the file', async (t) => {
    const paths = network(t);
    const [first] = await prepared(paths, ['phone']);
    assert.ok(first!.isNewKey && first!.isNewPresharedKey && !first!.hasPlaceholder);
    assert.match(textOf(paths), /phone: \{platform: ios, address: \[10\.66\.0\.2\], public-key: /);
    const [second] = await prepared(paths, ['phone']);
    assert.equal(second!.text, first!.text);
    assert.ok(!second!.isNewKey && !second!.isNewPresharedKey);
    assert.ok(!first!.text.includes('<'));
    assert.doesNotMatch(first!.shortText, /#/);
    assert.deepEqual(
      readHandedOut(paths)
        .filter((entry) => entry.configurationHash !== null)
        .map(({ name }) => name),
      ['phone'],
    );
  });

  test('never makes a private key for a machine that has its own', async (t) => {
    const paths = network(t);
    const [laptop] = await prepared(paths, ['laptop']);
    assert.ok(laptop!.hasPlaceholder && !laptop!.isNewKey && laptop!.isNewPresharedKey);
    assert.match(laptop!.text, /PrivateKey = <private-key-of-laptop>/);
    assert.equal(new KeyFolder(paths.keys).privateKey('laptop'), null);
  });

  test('makes no preshared key behind the back of a machine that has a configuration without', async (t) => {
    const paths = network(t);
    await prepared(paths, ['laptop']);
    rmSync(join(paths.keys, 'laptop.psk'));
    const [laptop] = await prepared(paths, ['laptop']);
    assert.ok(!laptop!.isNewPresharedKey);
    assert.doesNotMatch(laptop!.text, /PresharedKey/);
  });

  test('makes nothing when it is refused', async (t) => {
    for (const [text, names, code] of [
      [NETWORK, ['nobody'], 'device-unknown'],
      [NETWORK, ['cloud'], 'router-is-run-here'],
      [NETWORK, ['phone', 'nobody'], 'device-unknown'],
      [NETWORK.replace(`    public-key: ${PUBLIC_KEY}\n`, ''), ['phone'], 'router-not-set-up'],
    ] as const) {
      const paths = network(t, text);
      const result = await prepareConfigurations(paths, names);
      assert.ok('refusals' in result);
      assert.equal(result.refusals[0]!.code, code);
      assert.ok(!readdirSync(join(paths.file, '..')).includes('network.keys'), code);
    }
  });

  test('says when a key file is a copy of another’s', async (t) => {
    const paths = network(t);
    await prepared(paths, ['phone']);
    copyFileSync(join(paths.keys, 'phone.key'), join(paths.keys, 'pi.key'));
    const before = textOf(paths);
    const result = await prepareConfigurations(paths, ['pi']);
    assert.ok('mistaken' in result);
    assert.equal(textOf(paths), before);
  });

  test('says when a private key is not the one of the file', async (t) => {
    const paths = network(t);
    new KeyFolder(paths.keys).makePrivateKey('laptop');
    const result = await prepareConfigurations(paths, ['laptop']);
    assert.ok('mistaken' in result);
    assert.deepEqual(
      result.mistaken.diagnostics.map((each) => each.code),
      ['key-mismatch'],
    );
  });

  test('to everybody passes over those who are removed meanwhile', async (t) => {
    const paths = network(t);
    const [result] = await Promise.all([
      prepareConfigurations(paths, 'all'),
      removeFromNetwork(paths, 'phone'),
      removeFromNetwork(paths, 'laptop'),
    ]);
    assert.ok('configurations' in result);
    await rememberConfigurations(
      paths,
      result.plan,
      result.configurations.map(({ machine }) => machine),
    );
    assert.deepEqual(
      readHandedOut(paths)
        .map(({ name }) => name)
        .sort(),
      ['cloud', 'pi'],
    );
  });

  test('makes a later change of what others were handed visible', async (t) => {
    const paths = network(t);
    await prepared(paths, 'all');
    assert.deepEqual((await loadPlan(paths, { write: false })).stale, []);
    writeFileSync(paths.file, textOf(paths).replace('vpn.example.net', 'vpn.example.org'));
    assert.deepEqual([...(await loadPlan(paths, { write: false })).stale].sort(), ['laptop', 'phone', 'pi']);
  });
});

describe('a folder with everything', () => {
  test('has each machine, each default gateway, and a README in order', async (t) => {
    const paths = network(t);
    const configurations = await prepared(paths, 'all');
    const { plan } = await loadPlan(paths, { write: false });
    const files = handOutFiles(plan!, configurations);
    assert.deepEqual(
      files.map(({ name }) => name),
      ['phone.conf', 'laptop.conf', 'pi.conf', 'lan-default-gateway.txt', 'README.md'],
    );
    const readme = files.at(-1)!.content;
    const at = (text: string) => {
      assert.ok(readme.includes(text), text);
      return readme.indexOf(text);
    };
    assert.ok(at('**Router cloud** (vpn.example.net:51820)') < at('**Machine pi**'));
    assert.ok(at('**Machine pi**') < at('**Default gateway of LAN lan** (192.168.7.1)'));
    assert.ok(at('**Default gateway of LAN lan**') < at('**Machine phone**'));
    assert.ok(at('UDP port 51820'));
    assert.match(readme, /`<private-key-of-laptop>`/);
    assert.ok(configurations.every(({ text }) => !/[A-Za-z0-9+/]{43}=/.test(readme) && text.length > 0));
  });

  test('says how to call the file of a machine whose name is too long for a tunnel', async (t) => {
    const paths = network(t, NETWORK.replaceAll('phone', 'the-phone-of-anna'));
    const configurations = await prepared(paths, 'all');
    const { plan } = await loadPlan(paths, { write: false });
    assert.match(handOutFiles(plan!, configurations).at(-1)!.content, /call the file `wg-home\.conf` first/);
  });
});

describe('the key of a router', () => {
  test('is made for a file that was written by hand, and only once', async (t) => {
    const paths = network(t, NETWORK.replace(`    public-key: ${PUBLIC_KEY}\n`, ''));
    assert.deepEqual(await makeRouterKeys(paths), ['cloud']);
    const text = textOf(paths);
    assert.match(text, /cloud:\n {4}endpoint: vpn.example.net:51820\n {4}public-key: /);
    assert.deepEqual(await makeRouterKeys(paths), []);
    assert.equal(textOf(paths), text);
    assert.ok('configurations' in (await prepareConfigurations(paths, ['phone'])));
  });

  test('is not made for a file with mistakes', async (t) => {
    const paths = network(t, 'nonsense: 1\n');
    assert.deepEqual(await makeRouterKeys(paths), []);
    assert.equal(textOf(paths), 'nonsense: 1\n');
  });
});
