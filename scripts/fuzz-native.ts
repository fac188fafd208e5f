/**
 * `npm run fuzz:native -- [SEED [ROUNDS]]`: native/fuzz.c with the module's own functions under AddressSanitizer and
 * UndefinedBehaviorSanitizer. It needs a C compiler with both, and OpenSSL 3 in a library (Debian: gcc, libssl3).
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeHeaders, SOURCES, WARNINGS } from './build-native.ts';

/** Conversions are for the module itself; a fuzzer converts on purpose. */
const OPTIONS = [
  ...WARNINGS.filter((option) => option !== '-Wconversion'),
  ...['-g', '-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'],
];

export interface Fuzzed {
  readonly status: number | null;
  readonly text: string;
}

/** What the fuzzer said, or null where it cannot be built here. */
export function fuzzNative(seed: number, rounds: number): Fuzzed | null {
  const headers = nodeHeaders();
  if (headers === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'wg-router-fuzz-'));
  try {
    const program = join(folder, 'fuzz');
    const sources = ['fuzz.c', 'aead.c', 'avx512.c', 'udp.c'].map((name) => join(SOURCES, name));
    const built = spawnSync('cc', [...OPTIONS, `-isystem${headers}`, ...sources, '-o', program, '-l:libcrypto.so.3'], {
      encoding: 'utf8',
    });
    if (built.error !== undefined || /cannot find|unrecognized/.test(built.stderr)) return null;
    if (built.status !== 0) return { status: built.status, text: built.stderr };
    const { status, stdout, stderr } = spawnSync(program, [String(seed), String(rounds)], { encoding: 'utf8' });
    return { status, text: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [seed = Math.floor(Math.random() * 2 ** 31), rounds = 200_000] = process.argv.slice(2).map(Number);
  const fuzzed = fuzzNative(seed, rounds);
  process.stdout.write(
    fuzzed?.text ?? 'Cannot build the fuzzer here: a C compiler with sanitizers and OpenSSL 3 are needed\n',
  );
  process.exit(fuzzed === null ? 2 : fuzzed.status === 0 ? 0 : 1);
}
