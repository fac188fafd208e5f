/**
 * Numbers for texts: equal texts have equal numbers, so that what is compared often is compared as a number.
 */

export class Codes {
  readonly #known = new Map<string, number>();

  of(text: string): number {
    let code = this.#known.get(text);
    if (code === undefined) {
      code = this.#known.size;
      this.#known.set(text, code);
    }
    return code;
  }
}
