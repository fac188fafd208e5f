/**
 * Builds `src/wireguard/crypto/wasm/module.ts` from the C beside it: `node scripts/build-wasm.ts`.
 *
 * The result is in the repository because users have no compiler. A test builds it again where clang and wasm-ld are,
 * and holds both against the same vectors. Debian packages: clang, lld.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SOURCES = new URL('../src/wireguard/crypto/wasm/', import.meta.url);

/** The first line of `clang --version`, or null where clang cannot link WebAssembly. */
export function wasmCompiler(): string | null {
  const clang = spawnSync('clang', ['--version'], { encoding: 'utf8' });
  const linker = spawnSync('wasm-ld', ['--version']);
  if (clang.status !== 0 || linker.status !== 0) return null;
  return clang.stdout.split('\n')[0]!;
}

/** The module as the compiler on this machine makes it. */
export function buildWasm(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'wg-router-wasm-'));
  try {
    const output = join(folder, 'crypto.wasm');
    execFileSync(
      'clang',
      [
        '--target=wasm32',
        '-std=c11',
        '-O3',
        '-msimd128',
        // clang turns BLAKE2s into vectors by itself, and makes it three times slower.
        '-fno-vectorize',
        '-fno-slp-vectorize',
        '-ffreestanding',
        '-nostdlib',
        '-Wall',
        '-Wextra',
        '-Werror',
        '-Wl,--no-entry',
        '-Wl,--import-memory',
        '-Wl,--stack-first',
        '-Wl,-z,stack-size=8192',
        '-Wl,--export=__heap_base',
        '-Wl,--strip-all',
        'aead.c',
        'blake2s.c',
        '-o',
        output,
      ],
      { cwd: SOURCES, stdio: ['ignore', 'inherit', 'inherit'] },
    );
    return new Uint8Array(readFileSync(output));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The text of `module.ts` around `wasm`. */
export function moduleText(wasm: Uint8Array, compiler: string): string {
  return `/**
 * aead.c and blake2s.c, compiled. Written by \`node scripts/build-wasm.ts\`; do not edit.
 */

export const WASM_COMPILER = '${compiler}';

export const WASM_BASE64 =
  '${Buffer.from(wasm).toString('base64')}';
`;
}

if (import.meta.main) {
  const compiler = wasmCompiler();
  if (compiler === null) {
    process.stderr.write('Cannot build the WebAssembly module: clang and wasm-ld are needed (Debian: clang, lld)\n');
    process.exit(2);
  }
  const wasm = buildWasm();
  writeFileSync(new URL('module.ts', SOURCES), moduleText(wasm, compiler));
  process.stdout.write(`module.ts: ${wasm.length} bytes of WebAssembly, ${compiler}\n`);
}
