/**
 * QR codes of a configuration (ISO/IEC 18004), for a phone's camera: on a terminal, as SVG, as PNG.
 *
 * Error correction level L: the code is read from a screen, and fewer modules are larger ones. The text holds a private
 * key; nothing here keeps it.
 */

import { crc32, deflateSync } from 'node:zlib';
import { encodeQR } from 'qr';
import type { Refusal } from './refusal.ts';

/** Rows of modules, true for dark, with the quiet zone of four light modules around it that the standard asks for. */
export type QrModules = readonly (readonly boolean[])[];

const QUIET_ZONE = 4;
/** Bytes that fit the largest code, version 40 at level L in byte mode (ISO/IEC 18004 table 7). */
const MAX_BYTES = 2953;

/** The modules of the QR code of `text`; `machine` is for the refusal when there is none. */
export function qrModules(
  text: string,
  machine: string,
): { readonly modules: QrModules } | { readonly refusal: Refusal } {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_BYTES) return { refusal: tooLarge(machine, bytes) };
  return { modules: encodeQR(text, 'raw', { ecc: 'low', encoding: 'byte', border: QUIET_ZONE }) };
}

function tooLarge(machine: string, bytes: number): Refusal {
  return {
    code: 'too-large-for-qr',
    message: `Cannot make a QR code for "${machine}": its configuration has ${bytes} bytes, and a code holds ${MAX_BYTES}`,
    help: [
      `write a file instead, with --output ${machine}.conf, and import it on the device`,
      'or limit what the machine reaches with `routes`: each prefix takes room',
    ],
  };
}

/**
 * The code for a terminal, two modules a character.
 *
 * With `colour` it is black on white whatever the terminal's theme is: fixed colours of the 256-colour table, which
 * themes leave alone. Without, light modules are drawn, so that it is right on dark terminals; on light ones it is
 * inverted, which most scanners read too.
 */
export function qrTerminal(modules: QrModules, options: { readonly colour: boolean }): string {
  const drawn = (row: number, column: number) => (modules[row]?.[column] ?? false) === options.colour;
  const lines: string[] = [];
  for (let row = 0; row < modules.length; row += 2) {
    const blocks = modules[row]!.map((_, column) => {
      const below = row + 1 < modules.length && drawn(row + 1, column);
      return drawn(row, column) ? (below ? '█' : '▀') : below ? '▄' : ' ';
    });
    lines.push(options.colour ? `${BLACK_ON_WHITE}${blocks.join('')}${RESET}` : blocks.join(''));
  }
  return `${lines.join('\n')}\n`;
}

const BLACK_ON_WHITE = '\u001b[38;5;16;48;5;231m';
const RESET = '\u001b[0m';

/** The code as an SVG document: one unit a module, a white ground, no scripts, no references. */
export function qrSvg(modules: QrModules): string {
  const size = modules.length;
  const path = modules.flatMap((row, y) => runs(row).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">`,
    `<rect width="${size}" height="${size}" fill="#fff"/>`,
    `<path d="${path.join('')}" fill="#000"/>`,
    '</svg>\n',
  ].join('\n');
}

/** Start and length of each run of dark modules. */
function runs(row: readonly boolean[]): [number, number][] {
  const found: [number, number][] = [];
  for (const [x, dark] of row.entries()) {
    if (!dark) continue;
    const last = found.at(-1);
    if (last && last[0] + last[1] === x) last[1]++;
    else found.push([x, 1]);
  }
  return found;
}

/** The code as a PNG image: one bit a pixel, `scale` pixels a module. */
export function qrPng(modules: QrModules, scale = 8): Uint8Array {
  const size = modules.length * scale;
  const stride = 1 + Math.ceil(size / 8);
  const rows = Buffer.alloc(stride * size);
  for (let y = 0; y < size; y++) {
    // The first byte of a row is its filter: none.
    for (let x = 0; x < size; x++) {
      const light = !modules[Math.floor(y / scale)]![Math.floor(x / scale)];
      if (light) rows[y * stride + 1 + (x >> 3)]! |= 0x80 >> (x & 7);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([1, 0, 0, 0, 0], 8); // bit depth 1, greyscale, deflate, filters, not interlaced
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** PNG (RFC 2083) section 3.2: length, type, content, CRC of type and content. */
function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(content.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
