/**
 * What is handed out: keys are made once and when they are needed, values never move, and people are told who must act.
 */

import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdirSync, statSync, symlinkSync } from 'node:fs';
import { describe, test } from 'node:test';
import { assertFailure, keysIn, NETWORK, Workplace } from './workplace.ts';

const DEVICE_KEY = 'xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=';

function publicKeyOf(privateKey: string): string {
  const pkcs8 = Buffer.concat([
    Buffer.from('302e020100300506032b656e04220420', 'hex'),
    Buffer.from(privateKey, 'base64'),
  ]);
  const key = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
  return key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
}

function entry(text: string, name: string): string {
  return new RegExp(`^  ${name}:.*\\n(?: {3,}.*\\n)*`, 'm').exec(text)?.[0] ?? '';
}

describe('the first minutes', () => {
  test('from an empty folder to a configuration that holds what the file says', async (t) => {
    const place = new Workplace(t);
    await place.good('init', '--endpoint', 'vpn.example.net');
    const first = place.read('network.yaml');
    assert.match(first, /endpoint: vpn\.example\.net:51820/);
    assert.match(first, /10\.\d+\.\d+\.0\/24/);
    assert.match(first, /fd[0-9a-f]{2}:[0-9a-f:]+\/64/);
    const routerKey = place.read('network.keys', 'cloud.key').trim();
    assert.ok(first.includes(publicKeyOf(routerKey)));
    assert.ok(!first.includes(routerKey));

    await place.good('add', 'machine', 'phone', '--platform', 'android');
    // A key is made when the configuration is, not before.
    assert.deepEqual(place.list('network.keys'), ['.gitignore', 'cloud.key']);
    const configuration = await place.good('config', 'phone', '--output', '-');
    const file = place.read('network.yaml');
    const phone = entry(file, 'phone');
    const key = place.read('network.keys', 'phone.key').trim();
    assert.ok(phone.includes(publicKeyOf(key)));
    assert.ok(configuration.includes(`PrivateKey = ${key}\n`));
    assert.ok(configuration.includes(`PresharedKey = ${place.read('network.keys', 'phone.psk').trim()}\n`));
    assert.ok(configuration.includes(`PublicKey = ${publicKeyOf(routerKey)}\n`));
    const [four, six] = [/10\.\d+\.\d+\.\d+/.exec(phone)![0], /fd[0-9a-f:]+::2/.exec(phone)![0]];
    assert.ok(configuration.includes(`Address = ${four}/32, ${six}/128\n`));
    assert.match(configuration, /Endpoint = vpn\.example\.net:51820\n/);
  });

  test('two networks drawn at random share no prefix', async (t) => {
    const place = new Workplace(t);
    const seen = new Set<string>();
    for (const file of ['a.yaml', 'b.yaml', 'c.yaml']) {
      await place.good('init', '--endpoint', '203.0.113.5:443', '--file', file);
      for (const prefix of place.read(file).match(/(10\.|fd)[0-9a-f.:]+\/(24|64)/g)!) seen.add(prefix);
    }
    assert.equal(seen.size, 6);
    assert.deepEqual(
      place.list().filter((name) => name.endsWith('.keys')),
      ['a.keys', 'b.keys', 'c.keys'],
    );
  });

  test('endpoints are read in every spelling, and nonsense is refused before anything is made', async (t) => {
    const place = new Workplace(t);
    for (const [given, written] of [
      ['203.0.113.5', '"203.0.113.5:51820"'],
      ['[2001:db8::5]:4500', '"[2001:db8::5]:4500"'],
      ['2001:db8::5', '"[2001:db8::5]:51820"'],
      ['VPN.Example.net:443', ''],
    ] as const) {
      const ran = await place.run(['init', '--endpoint', given, '--file', `n${written.length}.yaml`]);
      assert.equal(ran.code, 0, ran.stderr);
      if (written) assert.ok(place.read(`n${written.length}.yaml`).includes(`endpoint: ${written}`), given);
    }
    for (const nonsense of ['a b:1', 'x:0', '1.2.3:80', 'x\n    evil: 1', '"', '']) {
      const ran = await place.run(['init', '--file', 'x.yaml', `--endpoint=${nonsense}`]);
      assert.equal(ran.code, 1, JSON.stringify(nonsense));
      assert.ok(!place.list().some((name) => name.startsWith('x.')), JSON.stringify(nonsense));
    }
  });
});

describe('keys', () => {
  test('are the same however often a configuration is asked for', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const first = await place.good('config', 'phone', '--output', '-');
    const text = place.read('network.yaml');
    assert.equal(await place.good('config', 'phone', '--output', '-'), first);
    assert.equal(place.read('network.yaml'), text);
  });

  test('that live on the device stay there: a placeholder, and never another key', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('add', 'machine', 'nas', '--platform', 'linux', '--public-key', DEVICE_KEY);
    const ran = await place.run(['config', 'nas', '--output', '-']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /PrivateKey = <private-key-of-nas>/);
    assert.ok(!place.list('network.keys').includes('nas.key'));
    assert.ok(entry(place.read('network.yaml'), 'nas').includes(DEVICE_KEY));
    // A camera could do nothing with a placeholder.
    const qr = await place.run(['config', 'nas', '--svg', 'nas.svg']);
    assert.equal(qr.code, 1);
    assert.ok(!place.list().includes('nas.svg'));
  });

  test('are in configurations alone: not in the file, the record or what any other command prints', async (t) => {
    const place = new Workplace(t);
    await place.good('init', '--endpoint', 'vpn.example.net');
    await place.good('add', 'machine', 'phone');
    const output = [await place.good('config', 'phone', '--output', 'phone.conf')];
    for (const words of [['check'], ['check', '--json'], ['config', 'phone', '--output', 'b.conf', '--json']])
      output.push(await place.good(...words));
    await place.good('rename', 'phone', 'mobile');
    const secrets = ['cloud.key', 'mobile.key', 'mobile.psk'].map((name) => place.read('network.keys', name).trim());
    const open = [...output, place.read('network.yaml'), place.read('network.state', 'handed-out.json')];
    for (const text of open) for (const secret of secrets) assert.ok(!text.includes(secret));
    assert.equal(statSync(place.at('phone.conf')).mode & 0o777, 0o600);
  });
});

describe('values', () => {
  test('that an old copy in an editor lacks are put back, and said to be', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const before = await place.good('config', 'phone', '--output', '-');
    place.write('network.yaml', NETWORK.replace('machines:\n', 'machines:\n  tv: {}\n'));
    const looked = await place.run(['check']);
    assert.equal(looked.code, 0, looked.stderr);
    assert.match(looked.stdout + looked.stderr, /phone.*handed out/);
    assert.equal(await place.good('config', 'phone', '--output', '-'), before);
    await place.good('add', 'machine', 'tablet');
    const given = place.read('network.yaml').match(/10\.66\.0\.[0-9]+(?=[,\]])/g) ?? [];
    assert.equal(new Set(given).size, given.length);
  });

  test('of others stay when machines come, go and change their order', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const before = await place.good('config', 'laptop', '--output', '-');
    await place.good('add', 'machine', 'tablet');
    await place.good('remove', 'phone');
    await place.good('add', 'machine', 'aaa');
    await place.good('rename', 'tablet', 'slate');
    const text = place.read('network.yaml');
    const slate = entry(text, 'slate');
    place.write('network.yaml', text.replace(slate, '').replace('machines:\n', `machines:\n${slate}`));
    assert.equal(await place.good('config', 'laptop', '--output', '-'), before);
  });

  test('a change that a machine must hear of is said by name, and only by its name', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('config', 'phone', '--output', '-');
    await place.good('config', 'laptop', '--output', '-');
    assert.doesNotMatch(await place.good('check'), /new configuration/);
    place.write('network.yaml', place.read('network.yaml').replace('platform: ios', 'platform: ios\n    mtu: 1300'));
    const ran = await place.run(['check']);
    const said = (ran.stdout + ran.stderr).split('\n').filter((line) => /new configuration|config phone/.test(line));
    assert.ok(said.length > 0, ran.stdout + ran.stderr);
    assert.ok(said.every((line) => !line.includes('laptop')));
    await place.good('config', 'phone', '--output', '-');
    assert.doesNotMatch(await place.good('check'), /new configuration/);
  });
});

describe('rename and remove', () => {
  test('renaming takes the keys along, and the device notices nothing', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const before = await place.good('config', 'phone', '--output', '-');
    await place.good('rename', 'phone', 'mobile');
    assert.deepEqual(place.list('network.keys'), ['.gitignore', 'mobile.key', 'mobile.psk']);
    assert.match(place.read('network.yaml'), /ios # hers/);
    assert.doesNotMatch(await place.good('check'), /new configuration|config mobile/);
    const after = await place.good('config', 'mobile', '--output', '-');
    const values = (text: string) => text.split('\n').filter((line) => line.includes('=') && !line.startsWith('#'));
    assert.deepEqual(values(after), values(before));
  });

  test('a rename that is refused leaves keys and file as they were', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('config', 'phone', '--output', '-');
    const [text, keys] = [place.read('network.yaml'), place.list('network.keys')];
    for (const [from, to] of [
      ['phone', 'laptop'],
      ['phone', 'cloud'],
      ['phone', 'Phone!'],
      ['phone', 'everyone'],
      ['phone', '../phone'],
      ['nobody', 'somebody'],
    ] as const) {
      const ran = await place.run(['rename', from, to]);
      assert.equal(ran.code, 1, `${from} ${to}: ${ran.stderr}`);
      assert.equal(place.read('network.yaml'), text);
      assert.deepEqual(place.list('network.keys'), keys);
    }
  });

  test('renaming to a name whose keys are still there does not hand them to another', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('config', 'phone', '--output', '-');
    await place.good('config', 'laptop', '--output', '-');
    // Taken out by hand: its keys stay.
    const text = place.read('network.yaml');
    place.write('network.yaml', text.replace(entry(text, 'laptop'), ''));
    const old = place.read('network.keys', 'laptop.key');
    const ran = await place.run(['rename', 'phone', 'laptop']);
    assert.notEqual(ran.code, 0);
    assert.equal(place.read('network.keys', 'laptop.key'), old);
    assert.match(place.read('network.yaml'), /^ {2}phone:/m);
  });

  test('removing takes keys and record away, and a new machine of that name is a new one', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const before = keysIn(await place.good('config', 'phone', '--output', '-'));
    await place.good('remove', 'phone');
    assert.deepEqual(place.list('network.keys'), ['.gitignore']);
    assert.doesNotMatch(place.read('network.state', 'handed-out.json'), /phone/);
    await place.good('add', 'machine', 'phone');
    const after = keysIn(await place.good('config', 'phone', '--output', '-'));
    // The router's is the one they share.
    assert.equal(after.filter((key) => before.includes(key)).length, 1);
  });

  test('the only router and what is in use cannot be removed', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    assertFailure(await place.run(['remove', 'cloud']), 1, 'still-used');
    await place.good(
      ...['add', 'lan', 'office', '--prefix', '10.20.30.0/24', '--via', 'laptop', '--lan-address', '10.20.30.5'],
      ...['--attach', 'static-route', '--default-gateway', '10.20.30.1'],
    );
    assertFailure(await place.run(['remove', 'laptop']), 1, 'still-used');
    await place.good('remove', 'office');
    await place.good('remove', 'laptop');
  });
});

describe('somebody under a name from before', () => {
  test('a machine that was deleted by hand is told apart from a new one of its name', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const lost = keysIn(await place.good('config', 'phone', '--output', '-'));
    const text = place.read('network.yaml');
    place.write('network.yaml', text.replace(entry(text, 'phone'), ''));
    const added = await place.run(['add', 'machine', 'phone']);
    assert.equal(added.code, 0, added.stderr);
    assert.match(added.stdout + added.stderr, /before[\s\S]*remove phone/);

    await place.good('remove', 'phone');
    await place.good('add', 'machine', 'phone');
    const found = keysIn(await place.good('config', 'phone', '--output', '-'));
    // The router's is the one they share.
    assert.equal(found.filter((key) => lost.includes(key)).length, 1);
  });

  test('what is left of it can be forgotten when the file no longer names it', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('config', 'phone', '--output', '-');
    const text = place.read('network.yaml');
    place.write('network.yaml', text.replace(entry(text, 'phone'), ''));
    await place.good('remove', 'phone');
    assert.deepEqual(place.list('network.keys'), ['.gitignore']);
    assert.doesNotMatch(place.read('network.state', 'handed-out.json'), /phone/);
    assertFailure(await place.run(['remove', 'phone']), 1, 'unknown-name');
  });
});

describe('a file written by hand', () => {
  test('gets its router’s key from init, and nothing else', async (t) => {
    const place = new Workplace(t);
    const text = NETWORK.replace(/^ +public-key:.*\n/m, '');
    place.write('network.yaml', text);
    assertFailure(await place.run(['config', 'phone', '--output', '-']), 1, 'router-not-set-up');
    assert.ok(!place.list().includes('network.keys'));
    assert.match((await place.run(['check'])).stderr, /wg-router init/);
    await place.good('init');
    const made = place.read('network.yaml');
    const key = publicKeyOf(place.read('network.keys', 'cloud.key').trim());
    assert.ok(entry(made, 'cloud').includes(key));
    const values = (each: string) => each.replace(/^ +(public-key|address):.*\n/gm, '').replace(/, address: .*\}/, '}');
    assert.equal(values(made), values(text));
    assert.ok((await place.good('config', 'phone', '--output', '-')).includes(`PublicKey = ${key}`));
    assert.equal((await place.run(['init'])).code, 1);
    assert.equal(publicKeyOf(place.read('network.keys', 'cloud.key').trim()), key);
  });
});

describe('where it is written', () => {
  test('is never over the network’s own files, however they are named', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('config', 'phone', '--output', 'phone.conf');
    const text = place.read('network.yaml');
    symlinkSync('.', place.at('here'));
    for (const path of [
      'network.yaml',
      'here/network.yaml',
      place.at('network.yaml'),
      'network.keys/phone.key',
      'network.state/x',
    ]) {
      for (const option of ['--output', '--svg', '--png']) {
        if (option !== '--output' && path.includes('/')) continue;
        assertFailure(await place.run(['config', 'phone', option, path]), 1, 'path-taken');
      }
    }
    for (const path of ['network.keys', 'here/network.state']) {
      assert.notEqual((await place.run(['config', '--all', path])).code, 0);
    }
    assert.equal(place.read('network.yaml'), text);
    assert.deepEqual(place.list('network.keys'), ['.gitignore', 'phone.key', 'phone.psk']);
    assert.deepEqual(
      place.list('network.state').filter((name) => name !== '.gitignore'),
      ['handed-out.json'],
    );
  });

  test('with --all is a folder of its own: nothing of the person’s is replaced there', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    mkdirSync(place.at('mine'), { mode: 0o700 });
    place.write('mine/README.md', 'mine');
    for (const folder of ['.', 'mine']) assertFailure(await place.run(['config', '--all', folder]), 1, 'path-taken');
    assert.deepEqual(place.list('mine'), ['README.md']);
    assert.equal(place.read('mine', 'README.md'), 'mine');
    assert.ok(!place.list().includes('.gitignore'));
    mkdirSync(place.at('empty'), { mode: 0o700 });
    for (let i = 0; i < 2; i++) await place.good('config', '--all', 'empty');
  });

  test('a picture goes into a pipe, and never into a file called -', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    assert.match(await place.good('config', 'phone', '--svg', '-'), /^<svg [\s\S]*<\/svg>\n$/);
    const png = await place.run([], {
      through: ['sh', '-c', '"$@" config phone --png - | head -c 8 | od -An -tx1', 'sh'],
    });
    assert.equal(png.stdout.trim(), '89 50 4e 47 0d 0a 1a 0a');
    await place.good('config', 'phone', '--svg', 'phone.svg');
    assert.deepEqual(place.list(), ['network.keys', 'network.state', 'network.yaml', 'phone.svg']);
    assert.equal(statSync(place.at('phone.svg')).mode & 0o777, 0o600);
  });

  test('a link, a folder and a missing folder are refused, and the link’s target stays', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    place.write('target', 'mine');
    symlinkSync('target', place.at('link.conf'));
    for (const path of ['link.conf', '.', 'nowhere/phone.conf']) {
      const ran = await place.run(['config', 'phone', '--output', path]);
      assert.notEqual(ran.code, 0, path);
      assert.equal(keysIn(ran.stdout).length, 0);
    }
    assert.equal(place.read('target'), 'mine');
  });
});

describe('everything at once', () => {
  test('config --all writes each machine, the route of each default gateway, and what to do where', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good(
      ...['add', 'lan', 'office', '--prefix', '10.20.30.0/24', '--via', 'laptop', '--lan-address', '10.20.30.5'],
      ...['--attach', 'static-route', '--default-gateway', '10.20.30.1'],
    );
    await place.good('add', 'host', 'nas', '--lan', 'office', '10.20.30.10');
    await place.good('config', '--all', 'out');
    const files = place.list('out');
    const readme = place.read('out', 'README.md');
    assert.equal(statSync(place.at('out')).mode & 0o777, 0o700);
    for (const name of files) {
      assert.equal(statSync(place.at('out', name)).mode & 0o077, 0, name);
      if (!name.startsWith('.') && name !== 'README.md') assert.ok(readme.includes(name), `README.md lacks ${name}`);
    }
    const all = files.map((name) => place.read('out', name)).join('\n');
    for (const name of ['phone', 'laptop']) {
      assert.ok(all.includes(place.read('network.keys', `${name}.key`).trim()), name);
    }
    assert.match(all, /10\.66\.0\.0\/24 +via 10\.20\.30\.5/);
    assert.equal(keysIn(readme).length, 0);
    // Once more is the same again.
    await place.good('config', '--all', 'out');
    assert.deepEqual(place.list('out'), files);
    assert.equal(files.map((name) => place.read('out', name)).join('\n'), all);
  });

  test('into a folder that others may look into nothing is written', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const { mkdirSync, chmodSync } = await import('node:fs');
    mkdirSync(place.at('out'));
    chmodSync(place.at('out'), 0o755);
    const ran = await place.run(['config', '--all', 'out']);
    if (ran.code === 0) assert.equal(statSync(place.at('out')).mode & 0o777, 0o700);
    else
      assert.deepEqual(
        place.list('out').flatMap((name) => keysIn(place.read('out', name))),
        [],
      );
  });
});
