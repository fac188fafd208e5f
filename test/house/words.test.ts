/**
 * The words of the field, and those that have no place here: each names two things, or the wrong one.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PATHS, textOf } from './tree.ts';

/** Where a word is somebody else's: names of programs, hosts and interfaces that we did not choose, and a cause code. */
const OTHERS_NAMES = /\bvpn[\\. ]+example|OpenVPN|\bclientDataJSON\b|client-allowedips-missing-dest/gi;

const WORDS: readonly { readonly pattern: RegExp; readonly instead: string; readonly within: RegExp }[] = [
  { pattern: /\bclients?\b|[a-z]Client|\bclient[A-Z]/i, instead: 'machine, peer or host', within: /./ },
  { pattern: /\bnetmasks?\b|[a-z]Netmask/i, instead: 'length in bits', within: /./ },
  { pattern: /[a-z]Cidr|\bcidr[A-Z]|\bCIDR\b/, instead: 'prefix, or length in bits', within: /./ },
  { pattern: /\bvpns?\b|[a-z]Vpn/i, instead: 'network, tunnel or router', within: /./ },
  { pattern: /\bsessions?\b|[a-z]Session/i, instead: 'keypair', within: /^src\/wireguard\// },
];

const own = PATHS.filter((path) => {
  return /\.(tsx?|css|md|sh)$|^bin\//.test(path) && !/^test\/(house|vectors)\//.test(path);
});

describe('words', () => {
  for (const { pattern, instead, within } of WORDS) {
    test(`say "${instead}" where ${pattern} would match`, () => {
      const found = own
        .filter((path) => within.test(path))
        .flatMap((path) =>
          textOf(path)
            .split('\n')
            .flatMap((line, i) =>
              pattern.test(line.replace(OTHERS_NAMES, '')) ? [`${path}:${i + 1}: ${line.trim()}`] : [],
            ),
        );
      assert.deepEqual(found, []);
    });
  }

  test('no path or address of somebody’s machine stands in the files', () => {
    const pattern =
      /(?<![\w.~}-])\/(work|root|Users|home\/(user|runner))\/|https?:\/\/(localhost|127\.0\.0\.1):\d+\/.*token/;
    assert.deepEqual(
      PATHS.filter((path) => /\.(tsx?|css|html|json|md|sh|yaml|txt)$|^bin\/|^\.ci\//.test(path))
        .filter((path) => !path.startsWith('test/house/'))
        .filter((path) => pattern.test(textOf(path))),
      [],
    );
  });
});
