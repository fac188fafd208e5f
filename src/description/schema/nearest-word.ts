/**
 * The known word that a mistyped one most likely means.
 */

/**
 * The word of `known` nearest to `word`, or null when none is near: at most one typing mistake in three characters, or
 * else the only one that begins with all of `word` (three characters or more).
 *
 * Distance is that of optimal string alignment (Damerau-Levenshtein without editing a swap again): insert, delete,
 * replace, swap two neighbours. Of equally near words the first one is taken. Compares at most 10,000 words and 64
 * characters of each, so that a hostile file cannot make hints expensive.
 */
export function nearestWord(word: string, known: Iterable<string>): string | null {
  const wanted = word.slice(0, 64).toLowerCase();
  let nearest: string | null = null;
  let best = Math.floor(Math.max(wanted.length, 3) / 3) + 1;
  const longer: string[] = [];
  let compared = 0;
  for (const candidate of known) {
    if (++compared > 10_000) break;
    if (wanted.length >= 3 && candidate.startsWith(wanted)) longer.push(candidate);
    if (Math.abs(candidate.length - wanted.length) >= best) continue;
    const distance = alignmentDistance(wanted, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest ?? (longer.length === 1 ? longer[0]! : null);
}

export function alignmentDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        distance = Math.min(distance, beforeLast[j - 2]! + 1);
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
