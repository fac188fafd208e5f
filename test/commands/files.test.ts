/**
 * Files and folders that are not as they should be: nothing is lost, nothing hangs, and the message names the cure.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, test } from 'node:test';
import { assertFailure, assertNoTrace, keysIn, NETWORK, run, Workplace } from './workplace.ts';

describe('the network file', () => {
  test('that is missing is an error with a way to begin', async (t) => {
    const place = new Workplace(t);
    for (const words of [['check'], ['add', 'machine', 'phone'], ['config', 'phone'], ['remove', 'phone']]) {
      const ran = await place.run(words);
      assertFailure(ran, 2, 'network-file-absent');
      assert.match(ran.stderr, /help: .*wg-router init/);
    }
    assert.deepEqual(place.list(), []);
  });

  test('whose folder is missing is an error that names it', async (t) => {
    const place = new Workplace(t);
    const ran = await place.run(['check', '--file', 'nowhere/network.yaml']);
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /nowhere/);
    const made = await place.run(['init', '--endpoint', 'vpn.example.net', '--file', 'nowhere/network.yaml']);
    assert.equal(made.code, 2);
    assertNoTrace(made);
    assert.deepEqual(place.list(), []);
  });

  test('is the one that is named, by word, by option or by the environment, else the one here', async (t) => {
    const place = new Workplace(t);
    for (const name of ['network', 'a', 'b', 'c']) {
      place.write(`${name}.yaml`, NETWORK.replace('name: home', `name: ${name}-file`));
    }
    const environment = { WG_ROUTER_FILE: 'c.yaml' };
    for (const [words, name] of [
      [['check'], 'network'],
      [['check', 'a.yaml'], 'a'],
      [['--file', 'b.yaml', 'check'], 'b'],
      [['check', '--file=b.yaml'], 'b'],
    ] as const) {
      assert.match((await place.run(words)).stdout, new RegExp(`${name}-file`), words.join(' '));
    }
    assert.match((await place.run(['check'], { environment })).stdout, /c-file/);
    assert.match((await place.run(['check', 'a.yaml'], { environment })).stdout, /a-file/);
    assert.match((await place.run(['check', '--file', 'b.yaml'], { environment })).stdout, /b-file/);
    assert.equal((await place.run(['check', 'a.yaml', '--file', 'b.yaml'])).code, 1);
    assert.equal((await place.run(['check', '--file', 'a.yaml', '--file', 'b.yaml'])).code, 1);
  });

  test('that is a folder, a pipe or a device is refused at once', async (t) => {
    const place = new Workplace(t);
    mkdirSync(place.at('folder.yaml'));
    await run('mkfifo', ['pipe.yaml'], place.folder);
    for (const file of ['folder.yaml', 'pipe.yaml', '/dev/zero']) {
      for (const words of [
        ['check', '--file', file],
        ['add', 'machine', 'phone', '--file', file, '--state', 'state'],
      ]) {
        const ran = await place.run(words, { limitMs: 20_000 });
        assert.equal(ran.code, 2, `${words.join(' ')}: ${ran.signal} ${ran.stderr}`);
        assertNoTrace(ran);
      }
    }
    assert.ok(lstatSync(place.at('pipe.yaml')).isFIFO());
  });

  test('that is a link is neither read nor written through', async (t) => {
    const place = new Workplace(t);
    place.write('elsewhere.yaml', NETWORK);
    symlinkSync('elsewhere.yaml', place.at('network.yaml'));
    for (const words of [['check'], ['add', 'machine', 'tablet'], ['init', '--endpoint', 'vpn.example.net']]) {
      const ran = await place.run(words);
      assert.notEqual(ran.code, 0);
      assertNoTrace(ran);
    }
    assert.equal(place.read('elsewhere.yaml'), NETWORK);
    assert.ok(lstatSync(place.at('network.yaml')).isSymbolicLink());
  });

  test('is reached through a folder that is a link, and everything lies beside the real one', async (t) => {
    const place = new Workplace(t);
    mkdirSync(place.at('real'));
    symlinkSync('real', place.at('link'));
    place.write('real/network.yaml', NETWORK);
    await place.good('add', 'machine', 'tablet', '--file', 'link/network.yaml');
    assert.deepEqual(place.list('real'), ['network.state', 'network.yaml']);
  });

  test('that is not UTF-8 is refused and stays byte for byte', async (t) => {
    const place = new Workplace(t);
    const bytes = Buffer.concat([Buffer.from(NETWORK), Buffer.from([0x23, 0xe9, 0x0a])]);
    writeFileSync(place.at('network.yaml'), bytes);
    for (const words of [['check'], ['add', 'machine', 'tablet']]) {
      const ran = await place.run(words);
      assert.notEqual(ran.code, 0);
      assert.match(ran.stderr, /UTF-8/);
    }
    assert.deepEqual(Buffer.from(place.read('network.yaml'), 'utf8').equals(bytes), false);
    assert.equal(statSync(place.at('network.yaml')).size, bytes.length);
  });

  test('keeps its byte order mark, its line ends and its mode through an edit', async (t) => {
    const place = new Workplace(t);
    const text = `\ufeff${NETWORK.replaceAll('\n', '\r\n')}`;
    place.write('network.yaml', text);
    chmodSync(place.at('network.yaml'), 0o640);
    await place.good('add', 'machine', 'tablet', '--platform', 'android');
    const edited = place.read('network.yaml');
    assert.ok(edited.startsWith('\ufeff# mine\r\n'));
    assert.equal(edited.replaceAll('\r\n', '').includes('\n'), false);
    assert.match(edited, /tablet/);
    assert.equal(statSync(place.at('network.yaml')).mode & 0o7777, 0o640);
  });

  test('is never overwritten by init, whatever is there', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', 'not a network');
    const ran = await place.run(['init', '--endpoint', 'vpn.example.net']);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /network-file-exists/);
    assert.equal(place.read('network.yaml'), 'not a network');
    assert.deepEqual(place.list(), ['network.yaml']);
  });

  test('in a folder that everybody may write to is not trusted', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    chmodSync(place.folder, 0o777);
    const ran = await place.run(['check']);
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /chmod o-w/);
  });
});

const isOrdinary = process.getuid?.() !== 0;

describe('an ordinary user', () => {
  test('does everything without a privilege', async (t) => {
    const place = new Workplace(t);
    place.giveAway();
    const asSomebody = true;
    for (const words of [
      ['init', '--endpoint', 'vpn.example.net'],
      ['add', 'machine', 'phone', '--platform', 'ios'],
      ['config', 'phone', '--output', 'phone.conf'],
      ['config', '--all', 'out'],
      ['rename', 'phone', 'mobile'],
      ['check'],
      ['remove', 'mobile'],
    ]) {
      const ran = await place.run(words, { asSomebody });
      assert.equal(ran.code, 0, `${words.join(' ')}: ${ran.stderr}`);
    }
    assert.equal(statSync(place.at('network.keys')).mode & 0o777, 0o700);
    assert.equal(statSync(place.at('network.state')).mode & 0o777, 0o700);
    assert.equal(statSync(place.at('network.keys', 'cloud.key')).mode & 0o777, 0o600);
    assert.equal(statSync(place.at('phone.conf')).mode & 0o777, 0o600);
    assert.equal(statSync(place.at('out')).mode & 0o777, 0o700);
  });

  test('goes on with what root made in their folder', { skip: isOrdinary && 'needs root' }, async (t) => {
    const place = new Workplace(t);
    place.giveAway();
    await place.good('init', '--endpoint', 'vpn.example.net');
    await place.good('add', 'machine', 'phone');
    await place.good('config', 'phone', '--output', 'phone.conf');
    await place.good('config', '--all', 'out');
    for (const words of [
      ['check'],
      ['config', 'phone', '--output', 'phone.conf'],
      ['config', '--all', 'out'],
      ['add', 'machine', 'laptop'],
      ['remove', 'phone'],
    ]) {
      const ran = await place.run(words, { asSomebody: true });
      assert.equal(ran.code, 0, `${words.join(' ')}: ${ran.stderr}`);
    }
  });

  test('is not given what another user owns', { skip: isOrdinary && 'needs root' }, async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    place.giveAway();
    chownSync(place.at('network.yaml'), 4711, 4711);
    const foreign = await place.run(['check'], { asSomebody: true });
    assertFailure(foreign, 2, 'foreign-owner');
    assert.match(foreign.stderr, /chown/);
    place.giveAway();
    mkdirSync(place.at('network.keys'), { mode: 0o700 });
    chownSync(place.at('network.keys'), 4711, 4711);
    const keys = await place.run(['config', 'phone', '--output', '-'], { asSomebody: true });
    assert.equal(keys.code, 2, keys.stderr);
    assertNoTrace(keys);
  });

  test('is told when a file may not be read, and when a folder may not be written', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    place.giveAway();
    chmodSync(place.at('network.yaml'), 0o000);
    const unread = await place.run(['check'], { asSomebody: true });
    assertFailure(unread, 2, 'no-permission');
    assert.match(unread.stderr, /permission denied/);
    chmodSync(place.at('network.yaml'), 0o644);
    chmodSync(place.folder, 0o555);
    for (const words of [
      ['add', 'machine', 'tablet'],
      ['config', 'phone', '--output', '-'],
      ['init', '--endpoint', 'vpn.example.net', '--file', 'other.yaml'],
    ]) {
      const ran = await place.run(words, { asSomebody: true });
      assertFailure(ran, 2, 'no-permission');
      assert.equal(keysIn(ran.stdout).length, 0);
    }
    // To look, nothing need be writable.
    const looked = await place.run(['check'], { asSomebody: true });
    assert.equal(looked.code, 0, looked.stderr);
    chmodSync(place.folder, 0o755);
    assert.deepEqual(place.list(), ['network.yaml']);
    assert.equal(place.read('network.yaml'), NETWORK);
  });

  test('who may not write the file cannot have it replaced', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    place.giveAway();
    const ran = await place.run(['add', 'machine', 'tablet', '--state', '/proc/self/state'], { asSomebody: true });
    assert.equal(ran.code, 2);
    assertNoTrace(ran);
    assert.equal(place.read('network.yaml'), NETWORK);
  });
});

describe('keys', () => {
  test('that are links, open to others or damaged are not used', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const made = await place.good('config', 'phone', '--output', '-');
    const key = place.at('network.keys', 'phone.key');
    const text = place.read('network.keys', 'phone.key');
    assert.ok(made.includes(text.trim()));

    chmodSync(key, 0o644);
    const open = await place.run(['config', 'phone', '--output', '-']);
    assert.equal(open.code, 2);
    assert.match(open.stderr, /chmod 600/);
    assert.equal(keysIn(open.stdout).length, 0);
    chmodSync(key, 0o600);

    renameSync(key, place.at('real.key'));
    symlinkSync('../real.key', key);
    const link = await place.run(['config', 'phone', '--output', '-']);
    assert.equal(link.code, 2);
    assert.match(link.stderr, /symbolic link/);
    renameSync(place.at('real.key'), key);

    for (const damaged of ['', 'short\n', `${text.trim()}\n${text}`, text.replace(/.=$/m, '!=')]) {
      writeFileSync(key, damaged);
      const ran = await place.run(['config', 'phone', '--output', '-']);
      assert.equal(ran.code, 2, JSON.stringify(damaged));
      assertNoTrace(ran);
      assert.ok(!ran.stderr.includes(text.trim()));
      assert.equal(place.read('network.keys', 'phone.key'), damaged);
    }
  });

  test('in a folder that others may look into are not used, and no new ones are put there', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    mkdirSync(place.at('network.keys'), { mode: 0o755 });
    const ran = await place.run(['config', 'phone', '--output', '-']);
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /chmod 700/);
    assert.deepEqual(
      place.list('network.keys').filter((name) => name !== '.gitignore'),
      [],
    );
    assert.equal(place.read('network.yaml').includes('public-key', place.read('network.yaml').indexOf('phone')), false);
  });

  test('lie where --keys says', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('config', 'phone', '--output', '-', '--keys', 'my-keys');
    assert.deepEqual(place.list('my-keys'), ['.gitignore', 'phone.key', 'phone.psk']);
    assert.deepEqual(place.list(), ['my-keys', 'network.state', 'network.yaml']);
  });

  test('of another machine under the name of this one are a mistake at the public key', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('config', 'phone', '--output', '-');
    await place.good('config', 'laptop', '--output', '-');
    renameSync(place.at('network.keys', 'laptop.key'), place.at('network.keys', 'phone.key'));
    const ran = await place.run(['check']);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr + ran.stdout, /network\.yaml:\d+:\d+: error\[key-mismatch\]: Cannot /);
    const refused = await place.run(['config', 'phone', '--output', '-']);
    assert.equal(refused.code, 1);
    assert.equal(keysIn(refused.stdout).length, 0);
  });
});

const UNSHARE = ['unshare', process.getuid?.() === 0 ? '-m' : '-rm'];
const cannotMount =
  spawnSync(UNSHARE[0]!, [...UNSHARE.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status !== 0 &&
  'this user may not mount a small disk of its own: run as root';

describe('a full disk', { skip: cannotMount }, () => {
  /** Runs the command on a disk with so many pages of room, and copies what it left to `after`. */
  const script = `mount -t tmpfs -o size=64k,mode=700 tmpfs small && cp -R origin/. small/ || exit 99
    { cat /dev/zero >small/ballast; } 2>/dev/null
    truncate -s "-$1" small/ballast && shift && cd small && "$@"
    code=$?
    rm ballast && cp -R . ../after/
    exit $code`;

  async function onFullDisk(place: Workplace, words: readonly string[], roomPages = 0) {
    for (const name of ['origin', 'small', 'after']) mkdirSync(place.at(name), { recursive: true });
    place.write('origin/network.yaml', NETWORK);
    return await place.run(words, { through: [...UNSHARE, 'sh', '-c', script, 'sh', String(roomPages * 4096)] });
  }

  /** Files that were begun and not put in place. */
  function drafts(place: Workplace): string[] {
    const all = readdirSync(place.at('after'), { recursive: true, encoding: 'utf8' });
    return all.filter((path) => /(^|\/)\.(?!gitignore$)|\.(tmp|[0-9a-f]{8})$/.test(path));
  }

  for (const words of [
    ['add', 'machine', 'tablet'],
    ['rename', 'phone', 'mobile'],
    ['remove', 'phone'],
    ['config', 'phone', '--output', '-'],
    ['config', '--all', 'out'],
    ['init', '--endpoint', 'vpn.example.net', '--file', 'other.yaml'],
  ]) {
    test(`leaves the old file whole: ${words.join(' ')}`, async (t) => {
      const place = new Workplace(t);
      const ran = await onFullDisk(place, words);
      assertFailure(ran, 2, 'disk-full');
      assert.match(ran.stderr, /no space left/);
      assert.equal(place.read('after', 'network.yaml'), NETWORK);
      assert.ok(!place.list('after').includes('other.yaml'));
      assert.deepEqual(drafts(place), []);
      assert.equal(keysIn(ran.stdout).length, 0);
    });
  }

  test('at whichever write it ends, a file is the old one or the new one', async (t) => {
    const ends = new Set<string>();
    for (let room = 1; room <= 7; room++) {
      const place = new Workplace(t);
      const ran = await onFullDisk(place, ['config', 'phone', '--output', 'phone.conf'], room);
      assert.ok(ran.code === 0 || ran.code === 2, ran.stderr);
      const text = place.read('after', 'network.yaml');
      const isNew = /phone:(\n {4}.*)*\n {4}public-key/.test(text);
      assert.ok(text === NETWORK || (text.endsWith('\n') && text.includes('laptop:')), text);
      if (place.list('after').includes('phone.conf')) {
        // What is handed out is whole, and what it rests on was written before.
        assert.match(place.read('after', 'phone.conf'), /^PrivateKey = .{44}$[\s\S]*^PersistentKeepalive = 25\n$/m);
        assert.ok(isNew);
      }
      if (ran.code === 0) assert.ok(place.list('after').includes('phone.conf'));
      else assert.match(ran.stderr, /error\[disk-full\]/);
      assert.deepEqual(drafts(place), [], `with ${room} pages`);
      ends.add(`${ran.code} ${isNew}`);
    }
    assert.ok(ends.size > 1, 'the room was always too small, or never');
  });

  test('under the answer is an error too', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    for (const words of ['config phone --output -', 'check', 'check --json', '--help']) {
      const ran = await place.run([], { through: ['sh', '-c', `"$@" ${words} >/dev/full`, 'sh'] });
      assert.equal(ran.code, 2, `${words}: ${ran.stderr}`);
      assert.match(ran.stderr, /no space left/);
      assertNoTrace(ran);
    }
  });

  test('a reader that goes away is no failure', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    for (const words of ['config phone --output -', 'check', '--help']) {
      const ran = await place.run([], { through: ['sh', '-c', `"$@" ${words} | head -c 1`, 'sh'] });
      assert.doesNotMatch(ran.stderr, /error/, words);
      assertNoTrace(ran);
    }
  });
});
