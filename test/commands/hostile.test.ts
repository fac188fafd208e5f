/**
 * What a person can mistype and what a hostile file can hold: always an answer, never a stack trace, never a control
 * character on the terminal.
 */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { assertNoTrace, NETWORK, Workplace } from './workplace.ts';

const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe('the command line', () => {
  test('names that are no names are refused without their control characters', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const names = [
      ...['\u001b]0;owned\u0007', '\u001b[2J', '../../etc/passwd', 'a/b', '.', 'a\nb: {}', 'x'.repeat(64), '__proto__'],
      ...['PHONE', '-', '007', '1e5', 'true', 'everyone', 'carve', '\u202egnp.exe'],
    ];
    const verbs = [
      ['add', 'machine', '--'],
      ['config', '--output', '-', '--'],
      ['remove', '--'],
      ['rename', 'phone', '--'],
    ];
    await inTurns(names, async (name, i) => {
      // All of them as a new name, each third as a name that should exist.
      for (const verb of i % 3 === 0 ? [verbs[0]!, verbs[1 + ((i / 3) % 3)]!] : [verbs[0]!]) {
        const ran = await place.run([...verb, name]);
        assert.equal(ran.code, 1, `${verb.join(' ')} ${JSON.stringify(name)}: ${ran.stderr}`);
        assert.doesNotMatch(ran.stderr, CONTROLS);
        assertNoTrace(ran);
      }
    });
    const text = place.read('network.yaml');
    assert.equal(
      text.replace(/^ +address:.*\n/gm, '').replace(/(linux), address: .*\}/, '$1}'),
      NETWORK.replace(/^ +address:.*\n/gm, ''),
    );
    assert.ok(!place.list().includes('network.keys'));
  });

  test('names that mean something to JavaScript mean nothing here', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    for (const name of ['constructor', 'hasownproperty', 'valueof', 'length', 'key', 'psk']) {
      await place.good('add', 'machine', name, '--platform', 'linux');
      const text = await place.good('config', name, '--output', '-');
      assert.ok(text.includes(place.read('network.keys', `${name}.key`).trim()));
    }
    await place.good('rename', 'constructor', 'prototype');
    await place.good('check');
    await place.good('remove', 'prototype');
  });

  test('values are one value: none becomes a second line of the file', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const notes = ['hers: blue', '# no comment', '{a: b}', 'it\'s "quoted"', '&a *b', 'ü 漢字 👩‍💻'];
    await inTurns(notes, async (note, i) => {
      const ran = await place.run(['add', 'machine', `n${i}`, `--note=${note}`]);
      if (ran.code !== 0) assert.match(ran.stderr, /error\[/);
    });
    await place.good('check');
    for (const [option, value] of [
      ['note', 'a\nmachines: {}'],
      ['note', '\u001b[31mred'],
      ['platform', 'linux\n    note: x'],
      ['public-key', 'x\ny'],
      ['expires', 'tomorrow'],
      ['address', '10.66.0.300'],
      ['endpoint', '$(reboot)'],
    ] as const) {
      const text = place.read('network.yaml');
      const ran = await place.run(['add', 'machine', 'evil', `--${option}=${value}`]);
      if (ran.code === 0) {
        assert.equal(option, 'note');
        assert.match(place.read('network.yaml'), /note: "a\\nmachines: \{\}"/);
        await place.good('remove', 'evil');
        continue;
      }
      assert.equal(ran.code, 1);
      assert.doesNotMatch(ran.stderr, CONTROLS);
      assert.equal(place.read('network.yaml'), text);
    }
  });

  test('words at random are answered', async (t) => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
    t.diagnostic(`SEED=${seed}`);
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const random = mulberry(seed);
    const pool = [
      ...[
        'init',
        'add',
        'machine',
        'lan',
        'host',
        'remove',
        'rename',
        'check',
        'config',
        'completion',
        'status',
        'help',
      ],
      ...['--json', '--qr', '--all', '--output', '--output=-', '--format', '--file', '--file=', '--color', '--color=x'],
      ...['--', '-', '--help', '-h', '--version', '-x', '--=', '--no-json', '--prefix', '--via', '--lan', '--keys'],
      ...['phone', 'laptop', 'office', '10.0.0.0/8', '', ' ', '\u001b[1m', 'bash', 'network.yaml', '--endpoint', '0'],
    ];
    const lines = Array.from({ length: 30 }, () =>
      Array.from({ length: 1 + Math.floor(random() * 5) }, () => pool[Math.floor(random() * pool.length)]!),
    );
    await inTurns(lines, async (words) => {
      const ran = await place.run(words, { limitMs: 20_000 });
      const shown = JSON.stringify(words);
      assert.ok(ran.code === 0 || ran.code === 1 || ran.code === 2, `${shown}: ${ran.code} ${ran.signal}`);
      assertNoTrace(ran);
      assert.doesNotMatch(ran.stderr, CONTROLS, shown);
      if (ran.code !== 0) assert.notEqual(ran.stdout + ran.stderr, '', shown);
    });
  });

  test('a mistyped verb or option is answered with the right one', async (t) => {
    const place = new Workplace(t);
    for (const [words, nearest] of [
      [['chek'], 'check'],
      [['conifg', 'phone'], 'config'],
      [['add', 'machin', 'phone'], 'machine'],
      [['config', 'phone', '--ouput', 'x'], '--output'],
      [['check', '--jsn'], '--json'],
    ] as const) {
      const ran = await place.run(words);
      assert.equal(ran.code, 1);
      assert.ok(ran.stderr.includes(nearest), ran.stderr);
    }
  });
});

describe('a hostile file', () => {
  test('shows its control characters as pictures, in messages and in its own name', async (t) => {
    const place = new Workplace(t);
    const name = 'evil\u001b]0;owned\u0007\n\u202e.yaml';
    place.write(name, `${NETWORK}  "\u001b[2Jx": {note: "\\e[31m"}\n`);
    const ran = await place.run(['check', '--file', name]);
    assert.equal(ran.code, 1);
    assert.doesNotMatch(ran.stdout + ran.stderr, CONTROLS);
    assert.doesNotMatch(ran.stderr, /owned.*\n\u202e/);
  });

  test('a note with escapes does nothing to the terminal', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK.replace('platform: ios', 'note: "\\e[2J\\u202ehers"\n    platform: ios'));
    for (const words of [['check'], ['check', '--json'], ['config', 'phone', '--output', '-'], ['status']]) {
      const ran = await place.run(words);
      assert.doesNotMatch(ran.stdout + ran.stderr, CONTROLS, words.join(' '));
      assertNoTrace(ran);
    }
  });

  test('with a key in it does not have it repeated', async (t) => {
    const place = new Workplace(t);
    const secret = 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=';
    place.write('network.yaml', NETWORK.replace('platform: ios', `private-key: ${secret}`));
    for (const words of [
      ['check'],
      ['check', '--json'],
      ['add', 'machine', 'x'],
      ['config', 'phone', '--output', '-'],
    ]) {
      const ran = await place.run(words);
      assert.equal(ran.code, 1);
      assert.ok(!(ran.stdout + ran.stderr).includes(secret));
    }
  });

  test('all mistakes are said at once, and the last line of a long list counts the rest', async (t) => {
    const place = new Workplace(t);
    const wrong = Array.from({ length: 200 }, (_, i) => `  m${i}: {platfrom: linux}\n`).join('');
    place.write('network.yaml', NETWORK + wrong);
    const ran = await place.run(['check']);
    assert.equal(ran.code, 1);
    assert.match(ran.stdout + ran.stderr, /help: .*platform/);
    assert.match(ran.stdout + ran.stderr, /… and \d+ more errors/);
  });

  test('a damaged record of what was handed out is an error with a way out', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    mkdirSync(place.at('network.state'), { mode: 0o700 });
    for (const damaged of ['', '{"version":2}', 'null', '{"version":1,"entries":[{"name":"__proto__"}]}']) {
      place.write('network.state/handed-out.json', damaged);
      await inTurns([['check'], ['config', 'phone', '--output', '-'], ['remove', 'phone']], async (words) => {
        const ran = await place.run(words);
        assert.equal(ran.code, 2, `${words.join(' ')} with ${damaged}`);
        assert.match(ran.stderr, /handed-out\.json/);
        assertNoTrace(ran);
      });
      assert.equal(place.read('network.yaml'), NETWORK);
    }
  });
});

/** Does `work` for each item, three at a time. */
async function inTurns<T>(items: readonly T[], work: (item: T, i: number) => Promise<void>): Promise<void> {
  const waiting = [...items.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next[1], next[0]);
  };
  await Promise.all([worker(), worker(), worker()]);
}

function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
