import { closestMatch } from 'leven';

/** The known word that was probably meant; undefined when none is near (more than a quarter of it mistyped). */
export function nearestTo(word: string, known: readonly string[]): string | undefined {
  return closestMatch(word, [...known], { maxDistance: Math.max(2, Math.floor(word.length / 4)) });
}
