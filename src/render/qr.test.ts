import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import decodeQR from 'qr/decode.js';
import { type QrModules, qrModules, qrPng, qrSvg, qrTerminal } from './qr.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const CONFIGURATION = `[Interface]
PrivateKey = AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
Address = 10.66.0.2/32, fd4c:91b7:2ae0::2/128
MTU = 1420

[Peer]
PublicKey = 3VXJt6Jb0XQ2Tn2f2kJm6mDs5lq8o1x2b4l7Xq8kT1A=
PresharedKey = IB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=
Endpoint = vpn.example.net:51820
AllowedIPs = 10.66.0.0/24, 192.168.1.0/24, fd4c:91b7:2ae0::/64
PersistentKeepalive = 25
`;

test('every drawing of a configuration is read back byte for byte', () => {
  const modules = modulesOf(CONFIGURATION);
  assert.equal(decode(fromTerminal(qrTerminal(modules, { colour: true }), true)), CONFIGURATION, 'terminal, colour');
  assert.equal(decode(fromTerminal(qrTerminal(modules, { colour: false }), false)), CONFIGURATION, 'terminal, plain');
  assert.equal(decode(fromSvg(qrSvg(modules))), CONFIGURATION, 'SVG');
  assert.equal(decodePng(qrPng(modules)), CONFIGURATION, 'PNG');
});

test('random text of any length up to the limit is read back', () => {
  const text = fc
    .tuple(fc.integer({ min: 1, max: 2953 }), fc.string({ minLength: 1, maxLength: 40 }))
    .map(([length, piece]) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length));
  fc.assert(
    fc.property(text, (each) => assert.equal(decode(modulesOf(each)), each)),
    { numRuns: 15 },
  );
});

test('around the code are four light modules on each side', () => {
  const modules = modulesOf('a');
  const size = modules.length;
  for (const [y, row] of modules.entries()) {
    assert.equal(row.length, size);
    for (const [x, dark] of row.entries())
      if (Math.min(x, y, size - 1 - x, size - 1 - y) < 4) assert.equal(dark, false, `${x},${y}`);
  }
  assert.equal(modules[4]![4], true, 'a corner of the finder pattern');
});

test('with colour the code is black on white in colours that no theme changes', () => {
  const lines = qrTerminal(modulesOf('a'), { colour: true }).trimEnd().split('\n');
  for (const line of lines) assert.match(line, /^\u001b\[38;5;16;48;5;231m[ ▀▄█]+\u001b\[0m$/);
  assert.match(lines[0]!, /m +\u001b/, 'the quiet zone is ground, not ink');
});

test('2953 bytes fit, and one more is a refusal that says how many there are', () => {
  assert.equal(modulesOf('x'.repeat(2953)).length, 177 + 8);
  const result = qrModules('ä'.repeat(1477), 'phone');
  assert.ok('refusal' in result);
  assert.equal(result.refusal.code, 'too-large-for-qr');
  assert.match(result.refusal.message, /"phone".*2954 bytes/);
  assert.ok(result.refusal.help.length > 0);
});

function modulesOf(text: string): QrModules {
  const result = qrModules(text, 'phone');
  assert.ok('modules' in result);
  return result.modules;
}

/** What a camera reads from the modules, each `scale` pixels wide. */
function decode(modules: QrModules, scale = 4): string {
  const size = modules.length * scale;
  const data = new Uint8Array(size * size * 4).fill(255);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      if (modules[Math.floor(y / scale)]![Math.floor(x / scale)])
        data.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3);
  return decodeQR({ width: size, height: size, data }, { timeLimit: 10_000 });
}

function fromTerminal(text: string, inkIsDark: boolean): QrModules {
  const lines = text.trimEnd().split('\n');
  const rows = lines.flatMap((line) => {
    const blocks = [...line.replaceAll(/\u001b\[[0-9;]*m/g, '')];
    const upper = blocks.map((block) => '█▀'.includes(block) === inkIsDark);
    const lower = blocks.map((block) => '█▄'.includes(block) === inkIsDark);
    return [upper, lower];
  });
  return rows.slice(0, rows[0]!.length);
}

function fromSvg(svg: string): QrModules {
  const size = Number(svg.match(/viewBox="0 0 (\d+) \1"/)![1]);
  const rows = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  for (const [, x, y, length] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
    rows[Number(y)]!.fill(true, Number(x), Number(x) + Number(length));
  return rows;
}

/** A reader for exactly the PNG that is written here: greyscale, one bit, no filter. */
function decodePng(png: Uint8Array): string {
  const bytes = Buffer.from(png);
  assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
  const size = bytes.readUInt32BE(16);
  assert.equal(bytes.readUInt32BE(20), size);
  const length = bytes.readUInt32BE(33);
  assert.equal(bytes.subarray(37, 41).toString(), 'IDAT');
  const rows = inflateSync(bytes.subarray(41, 41 + length));
  const stride = 1 + Math.ceil(size / 8);
  const pixels = Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (_, x) => (rows[y * stride + 1 + (x >> 3)]! & (0x80 >> (x & 7))) === 0),
  );
  return decode(pixels, 1);
}
