/**
 * The builds of the WebAssembly module that vectors run on: the one in the repository, and one made now where this
 * machine has the compiler.
 */

import { buildWasm, wasmCompiler } from '../../scripts/build-wasm.ts';
import { instantiate, instantiateBytes, type WasmInstance } from '../../src/wireguard/crypto/wasm-instance.ts';

export interface WasmBuild {
  readonly name: string;
  readonly make: (bytes: number) => WasmInstance | null;
}

export const compiler = wasmCompiler();

export const rebuilt: Uint8Array | null = compiler === null ? null : buildWasm();

export const wasmBuilds: readonly WasmBuild[] = [
  { name: 'webassembly', make: instantiate },
  ...(rebuilt === null
    ? []
    : [{ name: 'webassembly, rebuilt', make: (bytes: number) => instantiateBytes(rebuilt, bytes) }]),
];
