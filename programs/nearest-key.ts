import { closestMatch } from 'leven';

/** The key that was most likely meant by a mistyped one, or undefined when none is near (more than a third of it mistyped). */
export function nearestKey(mistyped: string, keys: readonly string[]): string | undefined {
  return closestMatch(mistyped, [...keys], { maxDistance: Math.max(2, Math.ceil(mistyped.length / 3)) });
}
