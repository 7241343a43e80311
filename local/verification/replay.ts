import { differences } from './comparison.ts';
import type { Probe } from './probe.ts';
import type { Recording } from './recording.ts';
import { runProbes } from './run.ts';
import type { Servers } from './servers.ts';

/**
 * Asks the servers again what was asked when each recording was made, and compares answer by answer in status, code and
 * shape. What differs, in words, each beginning with the probe's name; a recording whose probe is gone differs as well.
 */
export async function replay(
  recordings: readonly Recording[],
  probes: readonly Probe[],
  servers: Servers,
): Promise<string[]> {
  const asked = probes.filter(({ id }) => recordings.some(({ probe }) => probe === id));
  const verdicts = await runProbes(asked, servers, { allowDestructive: true, concurrency: 4 });
  return recordings.flatMap(({ probe, exchanges }) => {
    const verdict = verdicts.find(({ id }) => id === probe);
    if (verdict === undefined) return [`${probe}: there is no such probe any more`];
    return differences(exchanges, verdict.exchanges).map((difference) => `${probe}: ${difference}`);
  });
}
