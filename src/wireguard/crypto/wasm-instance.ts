/**
 * The compiled module of `wasm/`, with memory of the caller's size. Compiled once a process.
 */

import { WASM_BASE64 } from './wasm/module.ts';

/** Addresses are byte offsets into the instance's memory. `blake2s` writes 32 bytes whatever `outputBytes` says. */
export interface WasmExports {
  seal(
    key: number,
    nonce0: number,
    nonce1: number,
    nonce2: number,
    extra: number,
    extraBytes: number,
    text: number,
    bytes: number,
  ): void;
  open(
    key: number,
    nonce0: number,
    nonce1: number,
    nonce2: number,
    extra: number,
    extraBytes: number,
    text: number,
    bytes: number,
  ): number;
  blake2s(
    output: number,
    outputBytes: number,
    key: number,
    keyBytes: number,
    message: number,
    messageBytes: number,
  ): void;
  /** For test vectors. */
  poly1305(key: number, text: number, bytes: number, tag: number): void;
}

export interface WasmInstance {
  readonly exports: WasmExports;
  readonly memory: ArrayBuffer;
  /** First byte of `memory` that the module does not use itself; a multiple of 64. */
  readonly freeFrom: number;
}

/** What of the JavaScript interface is used here; `lib.dom`, which has the whole, is not this program's. */
declare const WebAssembly: {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  Instance: new (module: object, imports: object) => { readonly exports: object };
};

const PAGE_BYTES = 65_536;
/** The module's stack, constants and alignment. */
const MODULE_BYTES = 16_384;

/** undefined until asked; null where this machine cannot run it. */
let compiled: object | null | undefined;

/**
 * An instance with at least `bytes` free in its memory, or null where WebAssembly or its SIMD is missing: a processor
 * without SSE4.1, or Node started with `--jitless`.
 *
 * The memory never grows, so views of it stay valid. Pages that nothing touches take no memory of the machine.
 */
export function instantiate(bytes: number): WasmInstance | null {
  return instantiateModule(compile(), bytes);
}

/** The same with another build of the module, for the test that rebuilds it. */
export function instantiateBytes(wasm: Uint8Array, bytes: number): WasmInstance | null {
  return instantiateModule(new WebAssembly.Module(wasm), bytes);
}

function compile(): object | null {
  if (compiled === undefined) {
    const wasm = Buffer.from(WASM_BASE64, 'base64');
    const isSupported = typeof WebAssembly === 'object' && WebAssembly.validate(wasm);
    compiled = isSupported ? new WebAssembly.Module(wasm) : null;
  }
  return compiled;
}

function instantiateModule(module: object | null, bytes: number): WasmInstance | null {
  if (module === null) return null;
  const pages = Math.ceil((MODULE_BYTES + bytes) / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const heapBase = (exports as { __heap_base: { value: number } }).__heap_base.value;
  const freeFrom = Math.ceil(heapBase / 64) * 64;
  if (freeFrom > MODULE_BYTES) throw new RangeError(`the module needs ${freeFrom} bytes, not ${MODULE_BYTES}`);
  return { exports: exports as WasmExports, memory: memory.buffer, freeFrom };
}
