import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nativeBuilds, nativeSkip } from '../../../test/native/native-builds.ts';
import type { NativeModule } from '../native/module.ts';
import { BackendMistake, backendChoice, chooseBackend } from './backend.ts';

const FREE = { backend: null, offload: null };

test('without a module the relay is portable, and says why', () => {
  const { name, reason } = chooseBackend(FREE, 16, 'no native module for linux riscv64');
  assert.match(name, /^portable, (webassembly-simd|node-crypto)$/);
  assert.equal(reason, 'no native module for linux riscv64');
});

test('portable is portable where it was asked for, whatever there is', () => {
  const { name, reason } = chooseBackend({ ...FREE, backend: 'portable' }, 16);
  assert.match(name, /^portable, /);
  assert.equal(reason, 'WG_ROUTER_RELAY=portable');
});

test('native that cannot be had is a mistake where it was asked for', () => {
  const choose = () => chooseBackend({ ...FREE, backend: 'native' }, 16, 'no native module for linux riscv64');
  assert.throws(choose, (error) => error instanceof BackendMistake && /riscv64/.test(error.message));
});

test('the environment says native, portable or nothing, and anything else is a mistake', () => {
  assert.deepEqual(backendChoice({}), FREE);
  assert.deepEqual(backendChoice({ WG_ROUTER_RELAY: '', WG_ROUTER_OFFLOAD: '' }), FREE);
  assert.deepEqual(backendChoice({ WG_ROUTER_RELAY: 'native', WG_ROUTER_OFFLOAD: 'none' }), {
    backend: 'native',
    offload: 'none',
  });
  assert.throws(() => backendChoice({ WG_ROUTER_RELAY: 'fast' }), BackendMistake);
  assert.throws(() => backendChoice({ WG_ROUTER_OFFLOAD: 'gso' }), BackendMistake);
});

test('left to itself it is native where the module loads', { skip: nativeSkip }, () => {
  assert.match(chooseBackend(FREE, 16).name, /^native, /);
});

for (const { name, module } of nativeBuilds) {
  test(`${name}: passes its self-test and is chosen`, () => {
    const backend = chooseBackend(FREE, 16, module);
    assert.match(backend.name, /^native, /);
    assert.match(backend.reason, /self-test/);
    assert.equal(backend.aead.arena.length % 64, 0);
  });
}

for (const { module } of nativeBuilds.slice(0, 1)) {
  const wrong: Readonly<Record<string, Partial<NativeModule>>> = {
    'leaves packets as they are': { aeadSeal: () => {} },
    'opens what was forged': { aeadOpen: () => 1 },
    breaks: {
      aeadNew: () => {
        throw new RangeError('no ChaCha20-Poly1305 here');
      },
    },
  };
  for (const [sentence, part] of Object.entries(wrong)) {
    test(`a module whose cipher ${sentence} is not used`, () => {
      const backend = chooseBackend(FREE, 16, { ...module, ...part });
      assert.match(backend.name, /^portable, /);
      assert.match(backend.reason, /wrongly|does not work/);
    });
  }
}
