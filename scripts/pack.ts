/**
 * Makes the package that is published: the tree of a checkout in JavaScript, since Node does not strip types inside
 * `node_modules`, and a manifest without the Node.js binaries of a checkout, which would shadow the `node` of whoever installs it.
 *
 *   with-node scripts/pack.ts [FOLDER]      writes FOLDER/wg-router-VERSION.tgz (default dist) and prints its path
 */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { KEPT_TARGETS } from './build-native.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** Manifest fields that mean the same to those who install it. */
const KEPT = ['name', 'version', 'description', 'license', 'type', 'bin', 'engines', 'dependencies'];
const PAGE = 'web/dist';
/** Of the native modules those that are in the repository, and none that was built here. */
const NATIVE = KEPT_TARGETS.map((target) => `prebuilds/${target}/relay.node`);
const COPIED = ['bin', 'docs', 'README.md', 'CHANGELOG.md', 'LICENSE', ...NATIVE];

console.log(pack(resolve(process.argv[2] ?? `${ROOT}/dist`)));

function pack(folder: string): string {
  const staged = `${folder}/package`;
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged, { recursive: true });

  const compiler = [`${ROOT}/node_modules/typescript/bin/tsc`, '-p', `${ROOT}/scripts/tsconfig.pack.json`];
  execFileSync(process.execPath, [...compiler, '--outDir', staged], { stdio: ['ignore', 2, 2] });
  for (const path of globSync('src/**/*.{wasm,json}', { cwd: ROOT })) {
    const target = `${staged}/${path}`;
    mkdirSync(dirname(target), { recursive: true });
    cpSync(`${ROOT}/${path}`, target);
  }
  // The page, where it was built.
  if (existsSync(`${ROOT}/${PAGE}`)) cpSync(`${ROOT}/${PAGE}`, `${staged}/${PAGE}`, { recursive: true });
  for (const path of COPIED) cpSync(`${ROOT}/${path}`, `${staged}/${path}`, { recursive: true });

  const manifest = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as Record<string, unknown>;
  const published = Object.fromEntries(KEPT.map((field) => [field, manifest[field]]));
  published.files = ['bin', 'src', 'lab', 'web', 'docs', 'prebuilds', 'CHANGELOG.md'];
  writeFileSync(`${staged}/package.json`, `${JSON.stringify(published, null, 2)}\n`);

  const options = ['--silent', '--ignore-scripts', '--pack-destination', folder];
  const name = execFileSync('npm', ['pack', ...options], { cwd: staged, encoding: 'utf8' }).trim();
  return `${folder}/${name.split('\n').at(-1)}`;
}
