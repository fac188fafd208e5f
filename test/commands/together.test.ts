/**
 * Several commands at once, and commands that are killed: no edit is lost, nobody gets another's address, and what a
 * killed command leaves behind stops nobody.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertFailure, assertNoTrace, keysIn, MAIN, NETWORK, Workplace } from './workplace.ts';

const HOLDER = join(import.meta.dirname, '../disk/add-machines.ts');

describe('at the same time', () => {
  test('twenty machines are added, each with an address of its own', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const names = Array.from({ length: 20 }, (_, i) => `m${i}`);
    const all = await Promise.all(names.map((name) => place.run(['add', 'machine', name, '--platform', 'linux'])));
    for (const ran of all) assert.equal(ran.code, 0, ran.stderr);
    const text = place.read('network.yaml');
    for (const name of names) assert.match(text, new RegExp(`^  ${name}:`, 'm'));
    const given = text.match(/10\.66\.0\.[0-9]+(?=[,\]])/g) ?? [];
    assert.equal(new Set(given).size, given.length);
    assert.equal(given.length, 20 + 3);
    assert.match(text, /^# mine\n/);
    assert.match(text, /ios # hers/);
  });

  test('one configuration asked for many times is one key', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const all = await Promise.all(Array.from({ length: 6 }, () => place.run(['config', 'phone', '--output', '-'])));
    for (const ran of all) assert.equal(ran.code, 0, ran.stderr);
    assert.equal(new Set(all.map((ran) => keysIn(ran.stdout).join())).size, 1);
    await place.good('check');
  });

  test('adding, removing, renaming and handing out leave a network without mistakes', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('add', 'machine', 'old');
    const all = await Promise.all(
      [
        ['config', 'phone', '--output', 'phone.conf'],
        ['rename', 'laptop', 'notebook'],
        ['remove', 'old'],
        ['add', 'machine', 'tablet'],
        ['add', 'machine', 'tv'],
        ['config', '--all', 'out'],
      ].map((words) => place.run(words)),
    );
    // Who hands out all of them may find one gone under its name, and says so.
    const gone = all.filter((ran) => ran.code === 1 && /device-unknown/.test(ran.stderr));
    assert.ok(gone.length <= 1);
    for (const ran of all) if (!gone.includes(ran)) assert.equal(ran.code, 0, ran.stderr);
    const text = place.read('network.yaml');
    for (const name of ['phone', 'notebook', 'tablet', 'tv']) assert.match(text, new RegExp(`^  ${name}:`, 'm'));
    assert.doesNotMatch(text, /^ {2}(old|laptop):/m);
    await place.good('check');
    const record = JSON.stringify(JSON.parse(place.read('network.state', 'handed-out.json')));
    assert.doesNotMatch(record, /"(old|laptop)"/);
  });

  test('what an editor saves meanwhile is kept', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const adds = Array.from({ length: 6 }, (_, i) => place.run(['add', 'machine', `m${i}`]));
    // Saves what it sees and a line more, in far less time than an edit takes.
    let saves = 0;
    const editor = setInterval(
      () => place.write('network.yaml', `${place.read('network.yaml')}# save ${++saves}\n`),
      10,
    );
    await Promise.all(adds);
    clearInterval(editor);
    const kept = place.read('network.yaml').match(/^# save \d+$/gm) ?? [];
    // No program can rule out that a save falls between its last look and its rename: a few microseconds.
    assert.ok(saves > 20 && kept.length >= saves - 1, `${kept.length} of ${saves} saves are kept`);
    const ran = await place.run(['check']);
    assert.equal(ran.code, 0, ran.stderr);
  });
});

describe('a command that has come to a halt', () => {
  test('is waited for, named, and not run over', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const holder = spawn(process.execPath, [HOLDER, place.at('network.yaml'), 'hold', 'forever'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    holder.kill('SIGSTOP');
    const ran = await place.run(['add', 'machine', 'tablet']);
    assertFailure(ran, 2, 'edit-locked');
    assert.match(ran.stderr, new RegExp(`waiting for process ${holder.pid}`));
    assert.equal(place.read('network.yaml'), NETWORK);
    // To look, nobody is waited for.
    await place.good('check');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await place.good('add', 'machine', 'tablet');
  });
});

describe('killed', () => {
  test('at any moment, the next command works and the file is whole', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    for (let i = 0; i < 12; i++) {
      const child = spawn(process.execPath, [MAIN, 'add', 'machine', `killed-${i}`], { cwd: place.folder });
      const ended = once(child, 'exit');
      // From before the program is read to after the file is replaced.
      await sleep(60 + i * 25);
      child.kill('SIGKILL');
      await ended;
      const text = place.read('network.yaml');
      assert.ok(text.startsWith('# mine\n') && text.includes('laptop:'));
    }
    await place.good('add', 'machine', 'survivor');
    const ran = await place.run(['check']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(place.read('network.yaml'), /survivor/);
  });

  test('while a configuration is handed out, the next one holds the same key as the file', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    for (let i = 0; i < 8; i++) {
      const child = spawn(process.execPath, [MAIN, 'config', 'phone', '--output', '-'], { cwd: place.folder });
      const ended = once(child, 'exit');
      await sleep(80 + i * 30);
      child.kill('SIGKILL');
      await ended;
    }
    const ran = await place.run(['config', 'phone', '--output', '-']);
    assert.equal(ran.code, 0, ran.stderr);
    assertNoTrace(ran);
    assert.ok(ran.stdout.includes(place.read('network.keys', 'phone.key').trim()));
    await place.good('check');
  });
});
