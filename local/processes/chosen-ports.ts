import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { defaultPorts, freePorts, type Ports, type RealServers } from './ports.ts';
import type { StateDirectory } from './state-directory.ts';
import { writeWholeFile } from './whole-file.ts';

const ports = z.strictObject({
  apiManagerOffset: z.int(),
  identityServerOffset: z.int(),
  register: z.int(),
  recipient: z.int(),
  dcrService: z.int(),
  dcrHealth: z.int(),
});

/**
 * The ports of an environment. They are chosen once, by its first run, and then kept: addresses are part of what was
 * registered (the issuer, the recipient's jwks_uri), so that a registration outlives a restart only where they stay.
 */
export async function choosePorts(state: StateDirectory, free: boolean, real: RealServers = {}): Promise<Ports> {
  const kept = await readFile(state.portsFile, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw cause;
  });
  if (kept !== undefined) return ports.parse(JSON.parse(kept));
  const chosen = free ? await freePorts(real) : defaultPorts;
  await writeWholeFile(state.portsFile, `${JSON.stringify(chosen, null, 2)}\n`);
  return chosen;
}
