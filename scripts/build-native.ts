/**
 * Builds the native module of this machine: `npm run build:native`, into `prebuilds/linux-ARCH-LIBC/relay.node`.
 *
 * The C compiler and nothing else: the headers come with the Node of the checkout, and every function of Node, OpenSSL
 * and libuv is found in the Node binary when the module is loaded.
 *
 * For another kind of machine, with a compiler that can: TARGET=linux-arm64-gnu CC='clang --target=…' CFLAGS='--sysroot=…'.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
export const SOURCES = `${ROOT}/native`;
const NATIVE_SOURCES: readonly string[] = ['addon.c', 'aead.c', 'avx512.c', 'udp.c'].map(
  (name) => `${SOURCES}/${name}`,
);
/** The targets whose modules are in the repository. Each was loaded and tested, on its processor or one imitated. */
export const KEPT_TARGETS: readonly string[] = ['linux-x64-gnu', 'linux-arm64-gnu'];

/** Also for whoever compiles the sources otherwise, as the fuzz test does. */
export const WARNINGS: readonly string[] = ['-std=c11', '-Wall', '-Wextra', '-Wconversion', '-Werror'];

/** Stack and bounds checks, no lazy binding, no writable tables, no executable stack. */
const HARDENING = [
  ...['-fPIC', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2'],
  ...['-Wl,-z,relro', '-Wl,-z,now', '-Wl,-z,noexecstack', '-Wl,-z,separate-code', '-Wl,--as-needed'],
];
/** And what each processor has against jumps to where nobody should jump. */
const HARDENING_OF: Readonly<Record<string, readonly string[]>> = {
  x64: ['-fcf-protection=full', '-fstack-clash-protection'],
  arm64: ['-mbranch-protection=standard'],
};

/** Where the headers of Node, OpenSSL and libuv are, or null. */
export function nodeHeaders(): string | null {
  const beside = resolve(dirname(process.execPath), '../include/node');
  return existsSync(`${beside}/node_api.h`) ? beside : null;
}

/** What a module is built for; Node says of itself which C library it was built with. */
export function nativeTarget(): string {
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return `linux-${process.arch}-${header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'}`;
}

/** The sources' digests, as sha256sum(1) prints them. */
export function sourceDigests(): string {
  const names = readdirSync(SOURCES).filter((name) => /\.[ch]$/.test(name) && name !== 'fuzz.c');
  const digest = (name: string) =>
    createHash('sha256')
      .update(readFileSync(`${SOURCES}/${name}`))
      .digest('hex');
  return names
    .sort()
    .map((name) => `${digest(name)}  ${name}\n`)
    .join('');
}

/** Where the module for a target lies, and beside it what it was built from. */
export function modulePath(target: string): string {
  return `${ROOT}/prebuilds/${target}/relay.node`;
}
export function digestsPath(target: string): string {
  return `${ROOT}/prebuilds/${target}/sources.sha256`;
}

/** Builds the module at `path`. The compiler's complaint, or null. */
export function buildNative(path: string, target: string = nativeTarget()): string | null {
  const headers = nodeHeaders();
  if (headers === null) return `no headers beside ${process.execPath}`;
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  const hardening = [...HARDENING, ...(HARDENING_OF[target.split('-')[1]!] ?? [])];
  const options = ['-O3', ...WARNINGS, ...hardening, '-fvisibility=hidden', '-shared', '-s', `-isystem${headers}`];
  const [compiler = 'cc', ...words] = wordsOf(process.env.CC ?? 'cc');
  const all = [...words, ...options, ...wordsOf(process.env.CFLAGS ?? ''), ...NATIVE_SOURCES, '-o', draft];
  const built = spawnSync(compiler, all, { encoding: 'utf8' });
  if (built.status === 0) {
    renameSync(draft, path);
    return null;
  }
  rmSync(draft, { force: true });
  return built.error?.message ?? built.stderr;
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

if (import.meta.main) {
  const target = process.env.TARGET ?? nativeTarget();
  const complaint = buildNative(modulePath(target), target);
  if (complaint !== null) {
    process.stderr.write(`Cannot build the native module: ${complaint}\n`);
    process.exit(2);
  }
  writeFileSync(digestsPath(target), sourceDigests());
  process.stdout.write(`prebuilds/${target}/relay.node\n`);
}
