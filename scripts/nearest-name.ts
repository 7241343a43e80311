import { closestMatch } from 'leven';

/** The candidate nearest to a mistyped name, ignoring case, or undefined if none is near (more than a third mistyped). */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const byLowerCase = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  const closest = closestMatch(name.toLowerCase(), [...byLowerCase.keys()], {
    maxDistance: Math.max(1, Math.ceil(name.length / 3)),
  });
  return closest === undefined ? undefined : byLowerCase.get(closest);
}
