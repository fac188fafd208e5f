/**
 * Many things at a time, but not all: building a twin is mostly waiting for commands, and a machine has few cores.
 */

/** What `work` gives for each item, in order; at most `most` are under way. Rejects with the first that fails, once none is. */
export async function atOnce<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
  most = AT_ONCE,
): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}

const AT_ONCE = 8;
