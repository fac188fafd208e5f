/**
 * Lines out of a stream of bytes, none longer than a bound, so that who never ends a line costs no more than that.
 */

const NEWLINE = 10;

export class LineReader {
  readonly #bytesAtMost: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(bytesAtMost: number) {
    this.#bytesAtMost = bytesAtMost;
  }

  /** The lines that `chunk` completes, without their newline; null when one has more bytes than the bound. */
  take(chunk: Buffer): string[] | null {
    const lines: string[] = [];
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      if (this.#bytes + end > this.#bytesAtMost) return null;
      this.#pieces.push(rest.subarray(0, end));
      lines.push(Buffer.concat(this.#pieces).toString('utf8'));
      this.#pieces = [];
      this.#bytes = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0) return lines;
    this.#bytes += rest.length;
    if (this.#bytes > this.#bytesAtMost) return null;
    this.#pieces.push(rest);
    return lines;
  }
}
