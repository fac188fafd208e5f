/**
 * Numbered steps for a person: the first line of each says where, the others are indented below it.
 */

export function numbered(steps: readonly (readonly string[])[]): string {
  return steps
    .map((lines, i) => {
      const label = `${i + 1}. `;
      return lines.map((line, j) => (j === 0 ? label : ' '.repeat(label.length)) + line).join('\n');
    })
    .join('\n\n');
}
