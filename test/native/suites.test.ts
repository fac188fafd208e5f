/**
 * The relay's own suites on the backends that they do not run on by themselves: they take the one that a relay would.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { nativeSkip } from './native-builds.ts';

const ROOT = `${import.meta.dirname}/../..`;
const SUITES = ['src/relay/relay.test.ts', 'src/relay/process.test.ts', 'src/apply/relay.test.ts'];
const SIMULATED = ['test/simulated/convergence.test.ts', 'test/simulated/hostile.test.ts'];

/** What the files print when they fail, or null. */
async function failureOf(files: readonly string[], environment: Record<string, string>): Promise<string | null> {
  const { NODE_TEST_CONTEXT: _, ...outer } = process.env;
  const child = spawn(process.execPath, ['--test', '--test-reporter=spec', ...files], {
    cwd: ROOT,
    env: { ...outer, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (text += part));
  const [code] = await once(child, 'close');
  return code === 0 ? null : text.slice(-6_000);
}

test('the portable backend passes the relay’s suites', async () => {
  assert.equal(await failureOf(SUITES, { WG_ROUTER_RELAY: 'portable' }), null);
});

test('the native cipher passes the simulated networks', { skip: nativeSkip }, async () => {
  assert.equal(await failureOf(SIMULATED, { WG_ROUTER_RELAY: 'native' }), null);
});

test('the native backend passes without trains', { skip: nativeSkip }, async () => {
  const environment = { WG_ROUTER_RELAY: 'native', WG_ROUTER_OFFLOAD: 'none' };
  assert.equal(await failureOf(['src/relay/process.test.ts'], environment), null);
});
