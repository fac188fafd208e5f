/**
 * A private key on a terminal: shown on the alternate screen, which no scrollback keeps, and gone however it ends.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cannotMakeTerminals, ENTER_SCREEN, keptOf, LEAVE_SCREEN, onTerminal } from './pseudo-terminal.ts';
import { keysIn, NETWORK, Workplace } from './workplace.ts';

const SHOWN_WHEN_DRAWN = 'Enter';

describe('a configuration on a terminal', { skip: cannotMakeTerminals }, () => {
  for (const [end, how] of [
    ['Enter', '\r'],
    ['Ctrl-C', '\u0003'],
  ] as const) {
    for (const words of [
      ['config', 'phone'],
      ['config', 'phone', '--qr'],
    ]) {
      test(`${words.join(' ')} is gone after ${end}, and the terminal is as it was`, async (t) => {
        const place = new Workplace(t);
        place.write('network.yaml', NETWORK);
        const terminal = onTerminal(place.folder, words);
        await terminal.until(ENTER_SCREEN);
        await terminal.until(SHOWN_WHEN_DRAWN);
        terminal.type(how);
        const { code, before, after } = await terminal.ended();
        const shown = terminal.shown();
        assert.equal(after, before);
        assert.ok(end === 'Enter' ? code === 0 : code === 130 || code === 0 || code === 1, `exit code ${code}`);
        assert.equal(shown.split(ENTER_SCREEN).length, shown.split(LEAVE_SCREEN).length);
        assert.ok(shown.lastIndexOf(LEAVE_SCREEN) > shown.lastIndexOf(ENTER_SCREEN));
        const key = place.read('network.keys', 'phone.key').trim();
        assert.equal(shown.includes(key), !words.includes('--qr'));
        assert.deepEqual(keysIn(keptOf(shown)), []);
        assert.doesNotMatch(keptOf(shown), /[█▀▄]/);
        // The cursor that was hidden is back.
        assert.ok(shown.lastIndexOf('\u001b[?25h') >= shown.lastIndexOf('\u001b[?25l'));
      });
    }
  }

  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) {
    test(`is gone after ${signal}`, async (t) => {
      const place = new Workplace(t);
      place.write('network.yaml', NETWORK);
      const terminal = onTerminal(place.folder, ['config', 'phone']);
      await terminal.until(SHOWN_WHEN_DRAWN);
      terminal.signal(signal);
      const { before, after } = await terminal.ended();
      assert.equal(after, before);
      assert.ok(terminal.shown().lastIndexOf(LEAVE_SCREEN) > terminal.shown().lastIndexOf(ENTER_SCREEN));
      assert.deepEqual(keysIn(keptOf(terminal.shown())), []);
    });
  }

  test('is not drawn in part when the window is too small for the code', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const terminal = onTerminal(place.folder, ['config', 'phone', '--qr'], { rows: 20, columns: 40 });
    await Promise.race([terminal.until(SHOWN_WHEN_DRAWN), terminal.ended().catch(() => {})]);
    terminal.type('\r');
    await terminal.ended();
    assert.doesNotMatch(terminal.shown(), /[█▀▄]{8}/);
    assert.match(terminal.shown(), /--png|--svg/);
  });

  test('that is longer than the window can be read to its end', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const terminal = onTerminal(place.folder, ['config', 'laptop'], { rows: 8, columns: 80 });
    await terminal.until(ENTER_SCREEN);
    await terminal.until(SHOWN_WHEN_DRAWN);
    // Enter turns pages, and the last page is the end.
    const pressing = setInterval(() => terminal.type('\r'), 50);
    const { code } = await terminal.ended().finally(() => clearInterval(pressing));
    assert.equal(code, 0);
    assert.match(terminal.shown(), /PrivateKey/);
    assert.match(terminal.shown(), /AllowedIPs/);
    assert.deepEqual(keysIn(keptOf(terminal.shown())), []);
  });

  test('goes nowhere near the screen when it is redirected', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const terminal = onTerminal(place.folder, ['config', 'phone'], { tail: '>phone.conf' });
    const { code } = await terminal.ended();
    assert.equal(code, 0);
    assert.ok(!terminal.shown().includes(ENTER_SCREEN));
    assert.deepEqual(keysIn(terminal.shown()), []);
    assert.ok(place.read('phone.conf').includes(place.read('network.keys', 'phone.key').trim()));
  });

  test('with nobody at the keyboard leaves no key in the scrollback and does not wait for ever', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const terminal = onTerminal(place.folder, ['config', 'phone'], { tail: '</dev/null' });
    const typing = setTimeout(() => terminal.type('\r'), 1_500);
    await terminal.ended();
    clearTimeout(typing);
    assert.deepEqual(keysIn(keptOf(terminal.shown())), []);
  });

  test('as JSON is not left in the scrollback either', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const terminal = onTerminal(place.folder, ['config', 'phone', '--json']);
    const typing = setInterval(() => terminal.type('\r'), 300);
    await terminal.ended();
    clearInterval(typing);
    const key = place.list().includes('network.keys') && place.list('network.keys').includes('phone.key');
    if (key) assert.ok(!keptOf(terminal.shown()).includes(place.read('network.keys', 'phone.key').trim()));
  });
});

describe('colour', { skip: cannotMakeTerminals }, () => {
  test('is on a terminal, is never in a pipe, and follows --color and NO_COLOR', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const terminal = onTerminal(place.folder, ['check']);
    await terminal.ended();
    assert.match(terminal.shown(), /\u001b\[/);
    assert.equal((await place.run(['check'])).stdout.includes('\u001b'), false);
    assert.equal((await place.run(['check', '--color', 'always'])).stdout.includes('\u001b['), true);
    const never = await place.run(['check', '--color', 'always'], { environment: { NO_COLOR: '1' } });
    // What is said on the command line is said later, and for this run.
    assert.equal(never.stdout.includes('\u001b['), true);
    const broken = await place.run(['check', '--file', 'nowhere.yaml']);
    assert.equal(broken.stderr.includes('\u001b'), false);
    // The sixteen colours that a theme chooses, no fixed ones.
    assert.doesNotMatch(terminal.shown(), /\u001b\[[0-9;]*[34]8;[25]/);
  });

  test('with NO_COLOR there is none on a terminal', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const terminal = onTerminal(place.folder, ['check', '--color=never']);
    await terminal.ended();
    assert.doesNotMatch(terminal.shown(), /\u001b\[[0-9;]*m/);
  });

  test('lines fit 80 columns', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    for (const words of [['check'], ['--help'], ['config', '--help'], ['add', 'lan', '--help'], ['up', '--help']]) {
      const { stdout } = await place.run(words);
      const wide = stdout.split('\n').filter((line) => line.length > 80);
      assert.deepEqual(wide, [], words.join(' '));
    }
  });
});
