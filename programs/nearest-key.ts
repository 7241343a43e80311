/** The key that was most likely meant by a mistyped one, or undefined when none is near. */
export function nearestKey(mistyped: string, keys: readonly string[]): string | undefined {
  const wanted = pairsOf(mistyped);
  let nearest: { key: string; likeness: number } | undefined;
  for (const key of keys) {
    const pairs = pairsOf(key);
    const shared = [...pairs].filter((pair) => wanted.has(pair)).length;
    // Dice's coefficient: 1 for the same letter pairs, 0 for none in common.
    const likeness = (2 * shared) / (pairs.size + wanted.size);
    if (likeness >= 0.5 && likeness > (nearest?.likeness ?? 0)) nearest = { key, likeness };
  }
  return nearest?.key;
}

/** Every two letters that follow each other; words may thus be swapped or abbreviated and are still recognised. */
function pairsOf(key: string): Set<string> {
  const letters = key.toLowerCase().replace(/[^a-z0-9]/g, '');
  return new Set(
    Array.from({ length: Math.max(0, letters.length - 1) }, (_, index) => letters.slice(index, index + 2)),
  );
}
