/**
 * The one document that `--json` prints. Shapes are in `docs/reference/json.md`.
 */

/** Two spaces deep: people read it too. Control characters are escaped by JSON itself. */
export function jsonDocument(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
