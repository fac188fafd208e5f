import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { droppedFiles } from './dropped-files.ts';
import { FILE_BYTES_AT_MOST } from './given-files.ts';

const file = (name: string, text = 'x') => ({ name, text });

describe('dropped files', () => {
  test('keep the folders of their names, however a system writes them', () => {
    const { files } = droppedFiles([file('./router/wg0.conf'), file('pi\\wg0.conf'), file('hub.conf')], []);
    assert.deepEqual(
      files.map(({ path }) => path),
      ['router/wg0.conf', 'pi/wg0.conf', 'hub.conf'],
    );
  });

  test('are passed over as on a disk: hidden ones in silence, others with the reason', () => {
    const { files, passedOver } = droppedFiles(
      [
        file('.DS_Store'),
        file('net/.git/config'),
        file('hub.conf'),
        file('./hub.conf'),
        file('../../etc/wireguard/wg0.conf'),
        file('/'),
        file('binary.conf', 'A\0B'),
        file('long.conf', 'x'.repeat(FILE_BYTES_AT_MOST + 1)),
        file('(answers)'),
      ],
      [{ path: '(answers)', text: '' }],
    );
    assert.deepEqual(
      files.map(({ path }) => path),
      ['hub.conf'],
    );
    assert.deepEqual(
      passedOver.map(({ path, reason }) => [path, reason.replace(/\d+/g, 'N')]),
      [
        ['hub.conf', 'there is another of that name'],
        ['../../etc/wireguard/wg0.conf', 'its name is none that a file in a folder has'],
        ['/', 'its name is none that a file in a folder has'],
        ['binary.conf', 'it is not text'],
        ['long.conf', 'N bytes are read of one, and N of all'],
        ['(answers)', 'there is another of that name'],
      ],
    );
  });
});
