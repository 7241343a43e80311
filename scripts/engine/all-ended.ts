/**
 * Waits until all of them have ended, and only then fails with the first failure. A step that looks again after a lost answer must not
 * meet writes of its own that are still under way: they would be made twice.
 */
export async function allEnded<T>(writes: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(writes);
  return Promise.all(writes);
}
