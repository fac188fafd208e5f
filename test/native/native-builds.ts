/**
 * The native modules that tests run against: the one in the repository, and the one that the compiler on this machine
 * makes of the same sources. Empty where neither can be loaded.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildNative, nativeTarget } from '../../scripts/build-native.ts';
import { loadNativeModule, MODULE_FILE, type NativeModule } from '../../src/relay/native/module.ts';

export interface NativeBuild {
  readonly name: string;
  readonly module: NativeModule;
}

/** Why there is no module to test, or false. */
export const nativeSkip: string | false = (() => {
  const loaded = loadNativeModule();
  return typeof loaded === 'string' ? loaded : false;
})();

export const nativeBuilds: readonly NativeBuild[] = [
  ...asBuild('native', loadNativeModule()),
  ...(hasCompiler() ? asBuild('native, built here', builtHere()) : []),
];

export function hasCompiler(): boolean {
  return process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
}

function builtHere(): NativeModule | string {
  const folder = mkdtempSync(join(tmpdir(), 'wg-router-native-'));
  try {
    const complaint = buildNative(join(folder, nativeTarget(), MODULE_FILE));
    return complaint ?? loadNativeModule(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function asBuild(name: string, module: NativeModule | string): NativeBuild[] {
  return typeof module === 'string' ? [] : [{ name, module }];
}
