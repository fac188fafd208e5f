/**
 * The page from the command line: where it is served, who is let in by the terminal, and that none of it is in the
 * router's way.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Accounts } from '../../src/control/sign-in/accounts.ts';
import { asked, credentialsOf } from '../page/served-page.ts';
import { Command } from '../running/command.ts';
import { reach, TestNetwork } from '../running/network.ts';
import { cannotMakeTerminals, onTerminal } from './pseudo-terminal.ts';
import { assertFailure, NETWORK, Workplace } from './workplace.ts';

async function up(t: TestContext, ...words: string[]) {
  const network = await TestNetwork.make(t);
  const folder = join(network.paths.file, '..');
  const options = { cwd: folder, env: { XDG_RUNTIME_DIR: folder } };
  network.atEnd(() => new Command(t, ['down'], options).ended);
  return { network, folder, command: new Command(t, ['up', ...words], options), options };
}

const host = { host: 'localhost' };

describe('up', () => {
  test('serves the API for this machine alone, by IPv4 and IPv6, and prints no link where no person looks', async (t) => {
    const { command } = await up(t, '--page-listen', 'localhost:0');
    const [, port] = await command.says(/http:\/\/localhost:(\d+)\/api/);
    assert.equal((await asked(Number(port), 'GET', '/api/v1/sign-in', host)).status, 200);
    assert.doesNotMatch(command.stdout + command.stderr, /sign-in#/);
    command.child.kill('SIGTERM');
    assert.equal(await command.ended, 0);
    await assert.rejects(asked(Number(port), 'GET', '/api/v1/sign-in', host));
  });

  test('runs on when the port is taken, and says so', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    t.after(() => taken.close());
    const { port } = taken.address() as { port: number };
    const { command, options } = await up(t, '--page-listen', `127.0.0.1:${port}`);
    await command.says(new RegExp(`note: the page is not served: port ${port} is taken`));
    const status = new Command(t, ['status', '--json'], options);
    assert.equal(await status.ended, 0);
    assert.notEqual(JSON.parse(status.stdout).relay, null);
  });

  test('serves nothing with --no-page', async (t) => {
    const { command } = await up(t, '--no-page');
    await command.says(/Edits of .* are followed/);
    await new Promise((done) => setTimeout(done, 300));
    assert.doesNotMatch(command.stdout + command.stderr, /page|API/);
  });

  test('shows a machine that dials in, on the API and in the metrics', async (t) => {
    const { command, network } = await up(t, '--page-listen', '127.0.0.1:0');
    const [, port] = await command.says(/http:\/\/localhost:(\d+)\/api/);
    const accounts = new Accounts(network.paths);
    await accounts.addPerson('maker', 'admin');
    const made = await accounts.makeToken({ note: 'test', scopes: ['read'], createdBy: 'maker', expiresAt: null });
    const headers = { ...host, authorization: `Bearer ${made!.token}` };
    const [phone, pi] = [await network.machine(t), await network.machine(t)];
    network.describe([
      { name: 'phone', publicKey: phone.publicKey },
      { name: 'pi', publicKey: pi.publicKey },
    ]);
    await command.says(/added phone and pi/);
    await reach(phone, 0, pi, 1, 7);
    await command.says(/phone is here/);
    const { json } = await asked(Number(port), 'GET', '/api/v1/machines/phone', headers);
    assert.equal(json.observed.presence, 'here');
    assert.match(json.observed.endpoint, /^127\.0\.0\.1:\d+$/);
    const { text } = await asked(Number(port), 'GET', '/metrics', headers);
    assert.match(text, /^wg_router_machine_here\{machine="phone"\} 1$/m);
    const { changes } = (await asked(Number(port), 'GET', '/api/v1/changes', headers)).json;
    assert.deepEqual(
      changes.map(({ action }: { action: string }) => action),
      ['file-edited', 'history-begun'],
    );
  });

  for (const [words, code] of [
    [['--page-listen', '0.0.0.0:8787'], 'page-open'],
    [['--page-listen', '0.0.0.0:8787', '--page-plain'], 'page-origin-missing'],
    [['--page-listen', 'everywhere'], 'page-listen-invalid'],
    [['--page-listen', '127.0.0.1:99999'], 'page-listen-invalid'],
    [['--page-origin', 'wg.example.net'], 'page-origin-invalid'],
    [['--page-origin', 'https://wg.example.net/page'], 'page-origin-invalid'],
    [['--page-certificate', 'x.pem'], 'page-certificate-half'],
  ] as const) {
    test(`refuses ${words.join(' ')}, before anything runs`, async (t) => {
      const place = new Workplace(t);
      place.write('network.yaml', NETWORK);
      assertFailure(await place.run(['up', ...words]), 1, code);
      assert.deepEqual(place.list(), ['network.yaml']);
    });
  }
});

describe('page link', () => {
  test('is for a terminal: into a pipe nothing goes', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    assertFailure(await place.run(['page', 'link']), 1, 'terminal-needed');
    assert.deepEqual(place.list(), ['network.yaml']);
  });

  test('makes nothing where there is no network, and for no impossible name', {
    skip: cannotMakeTerminals,
  }, async (t) => {
    const place = new Workplace(t);
    const absent = onTerminal(place.folder, ['page', 'link']);
    assert.equal((await absent.ended()).code, 2);
    assert.match(absent.shown(), /network-file-absent/);
    place.write('network.yaml', NETWORK);
    const impossible = onTerminal(place.folder, ['page', 'link', '../ada']);
    assert.equal((await impossible.ended()).code, 1);
    assert.match(impossible.shown(), /person-invalid/);
    assert.ok(!place.list().includes('network.state'));
  });

  test('signs in to the page that runs, once', { skip: cannotMakeTerminals }, async (t) => {
    const { command, folder } = await up(t, '--page-listen', '127.0.0.1:0');
    const [, port] = await command.says(/http:\/\/localhost:(\d+)\/api/);
    const terminal = onTerminal(folder, ['page', 'link']);
    assert.equal((await terminal.ended()).code, 0);
    const [, link] = new RegExp(`http://localhost:${port}/sign-in#([\\w-]{43})`).exec(terminal.shown())!;
    const headers = { ...host, origin: 'http://localhost', 'content-type': 'application/json' };
    const use = () => asked(Number(port), 'POST', '/api/v1/sign-in/link', headers, JSON.stringify({ link }));
    const reply = await use();
    assert.deepEqual([reply.status, reply.json.name, reply.json.role], [200, 'admin', 'admin']);
    assert.equal((await use()).status, 401);
    const account = await asked(Number(port), 'GET', '/api/v1/account', { ...host, ...credentialsOf(reply) });
    assert.equal(account.json.hasPassword, false);
  });
});

describe('page password', () => {
  test('is read from a pipe, kept as a hash, and signs in', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const ran = await place.run(['page', 'password', 'ada'], { input: 'correct horse battery\nrubbish' });
    assert.deepEqual([ran.code, ran.stdout], [0, 'set the password of ada\n']);
    const kept = JSON.parse(place.read('network.state', 'sign-in.json'));
    assert.match(kept.people[0].password, /^scrypt\$32768\$8\$3\$[\w-]+\$[\w-]+$/);
    assertFailure(await place.run(['page', 'password'], { input: 'short\n' }), 1, 'password-length');
    assertFailure(await place.run(['page', 'password'], { input: '' }), 1, 'password-length');
  });

  test('is typed twice on a terminal and never shown', { skip: cannotMakeTerminals }, async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const type = async (first: string, second: string) => {
      const terminal = onTerminal(place.folder, ['page', 'password']);
      await terminal.until('Password of admin: ');
      terminal.type(`${first}\r`);
      await terminal.until('Once more: ');
      terminal.type(`${second}\r`);
      const { code, before, after } = await terminal.ended();
      assert.equal(after, before);
      assert.ok(!terminal.shown().includes('horse'));
      return code;
    };
    assert.equal(await type('correct horse battery', 'another horse battery'), 1);
    // With a mistake that is taken back.
    assert.equal(await type('correct horse batteryx\u007f', 'correct horse battery'), 0);
  });
});

describe('backup and restore', () => {
  test('bring a network back elsewhere, as a command', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('config', 'phone', '--output', 'phone.conf');
    const backup = await place.run(['backup', 'home.backup', '--with-keys', '--json']);
    assert.equal(backup.code, 0, backup.stderr);
    assert.deepEqual(JSON.parse(backup.stdout).withKeys, true);
    assertFailure(await place.run(['backup', 'home.backup']), 2, 'file-exists');
    assertFailure(await place.run(['backup', 'network.state/x']), 1, 'path-taken');
    const restored = await place.run(['restore', 'home.backup', '--file', 'other.yaml']);
    assert.equal(restored.code, 0, restored.stderr);
    assert.equal(place.read('other.yaml'), place.read('network.yaml'));
    assert.equal(place.read('other.keys', 'phone.key'), place.read('network.keys', 'phone.key'));
    place.write('network.yaml', `${place.read('network.yaml')}# changed\n`);
    assertFailure(await place.run(['restore', 'home.backup']), 2, 'restore-over');
    assert.equal((await place.run(['restore', 'home.backup', '--replace'])).code, 0);
  });

  test('does not restore what runs', async (t) => {
    const { command, options } = await up(t, '--no-page');
    await command.says(/are followed/);
    const backup = new Command(t, ['backup', 'home.backup'], options);
    assert.equal(await backup.ended, 0, backup.stderr);
    const restore = new Command(t, ['restore', 'home.backup'], options);
    assert.equal(await restore.ended, 2);
    assert.match(restore.stderr, /already-running/);
  });
});
