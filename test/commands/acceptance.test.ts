/**
 * `disable`, `enable`, `expire`: one word of a machine each, with everything else of the file as it was.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NETWORK, Workplace } from './workplace.ts';

describe('whether a machine is accepted', () => {
  test('disable and enable give the file back as it was, and say what is cut off', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('config', '--all', 'out');
    const before = place.read('network.yaml');
    const said = await place.run(['disable', 'phone']);
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stdout, /^disabled phone\n/);
    assert.match(said.stderr, /wg-router enable phone/);
    assert.doesNotMatch(said.stderr, /must fetch/);
    const text = place.read('network.yaml');
    assert.equal(text.match(/\bdisabled: true\b/g)?.length, 1);
    assert.match(await place.good('check'), /phone.*disabled/);
    // Twice says the same.
    await place.good('disable', 'phone');
    assert.equal(place.read('network.yaml'), text);
    assert.match(await place.good('enable', 'phone'), /^enabled phone\n/);
    assert.equal(place.read('network.yaml'), before);
    await place.good('enable', 'phone');
    assert.equal(place.read('network.yaml'), before);
  });

  test('expire takes a stretch, a day, a moment, and never', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    await place.good('config', '--all', 'out');
    const before = place.read('network.yaml');
    for (const [when, written] of [
      ['2h', /expires: "?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"?/],
      ['2031-01-31', /expires: "?2031-01-31"?/],
      ['2031-01-31T18:00:00Z', /expires: "?2031-01-31T18:00:00Z"?/],
    ] as const) {
      await place.good('expire', 'phone', when);
      assert.match(place.read('network.yaml'), written);
    }
    await place.good('expire', 'phone', 'never');
    assert.equal(place.read('network.yaml'), before);
  });

  test('nothing is written for a name that nobody has, the router, or a moment that is none', async (t) => {
    const place = new Workplace(t);
    place.write('network.yaml', NETWORK);
    const before = place.read('network.yaml');
    for (const words of [
      ['disable', 'nobody'],
      ['disable', 'cloud'],
      ['enable', 'nas'],
      ['disable', '__proto__'],
      ['expire', 'phone', 'tomorrow'],
      ['expire', 'phone', '1.5h'],
      ['expire', 'phone', '2026-02-31'],
      ['expire', 'phone', '2h # x'],
      ['expire', 'nobody', 'never'],
    ]) {
      const ran = await place.run(words);
      assert.equal(ran.code, 1, `${words.join(' ')}: ${ran.stdout}${ran.stderr}`);
      assert.match(ran.stderr, /error\[[a-z-]+\]: Cannot /);
      assert.equal(place.read('network.yaml'), before);
    }
  });
});
