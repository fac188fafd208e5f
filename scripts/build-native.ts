/**
 * Builds the native module of this machine: `npm run build:native`, into `prebuilds/linux-ARCH-LIBC/relay.node`.
 *
 * The C compiler and nothing else: the headers come with the Node of the checkout, and every function of Node, OpenSSL
 * and libuv is found in the Node binary when the module is loaded.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
export const SOURCES = `${ROOT}/native`;
const NATIVE_SOURCES: readonly string[] = ['addon.c', 'aead.c', 'udp.c'].map((name) => `${SOURCES}/${name}`);
/** What the modules in the repository were built from. */
export const SOURCES_FILE = `${ROOT}/prebuilds/sources.sha256`;
/** The targets whose modules are in the repository. */
export const KEPT_TARGETS: readonly string[] = ['linux-x64-gnu'];

/** Also for whoever compiles the sources otherwise, as the fuzz test does. */
export const WARNINGS: readonly string[] = ['-std=c11', '-Wall', '-Wextra', '-Wconversion', '-Werror'];

/** Stack and bounds checks, no lazy binding, no writable tables, no executable stack. */
const HARDENING = [
  ...['-fPIC', '-fstack-protector-strong', '-fstack-clash-protection', '-D_FORTIFY_SOURCE=2', '-fcf-protection=full'],
  ...['-Wl,-z,relro', '-Wl,-z,now', '-Wl,-z,noexecstack', '-Wl,-z,separate-code', '-Wl,--as-needed'],
];

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
  const names = readdirSync(SOURCES).filter((name) => /\.[ch]$/.test(name));
  const digest = (name: string) =>
    createHash('sha256')
      .update(readFileSync(`${SOURCES}/${name}`))
      .digest('hex');
  return names
    .sort()
    .map((name) => `${digest(name)}  ${name}\n`)
    .join('');
}

/** Builds the module at `path`. The compiler's complaint, or null. */
export function buildNative(path: string, compiler: string = process.env.CC ?? 'cc'): string | null {
  const headers = nodeHeaders();
  if (headers === null) return `no headers beside ${process.execPath}`;
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  const hardening = HARDENING.filter((option) => process.arch === 'x64' || option !== '-fcf-protection=full');
  const options = ['-O3', ...WARNINGS, ...hardening, '-fvisibility=hidden', '-shared', '-s', `-isystem${headers}`];
  const built = spawnSync(compiler, [...options, ...NATIVE_SOURCES, '-o', draft], { encoding: 'utf8' });
  if (built.status === 0) {
    renameSync(draft, path);
    return null;
  }
  rmSync(draft, { force: true });
  return built.error?.message ?? built.stderr;
}

if (import.meta.main) {
  const path = `prebuilds/${nativeTarget()}/relay.node`;
  const complaint = buildNative(`${ROOT}/${path}`);
  if (complaint !== null) {
    process.stderr.write(`Cannot build the native module: ${complaint}\n`);
    process.exit(2);
  }
  if (KEPT_TARGETS.includes(nativeTarget())) writeFileSync(SOURCES_FILE, sourceDigests());
  process.stdout.write(`${path}\n`);
}
