import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { deployedByLog, deployedIn, unlisted } from '../../exposure/deployed.ts';
import { scannedEnvironment } from '../../exposure/identities.ts';
import { counted, inWords, scan } from '../../exposure/scan.ts';
import { registered } from '../registered.ts';
import type { Stage } from '../stage.ts';
import type { World } from '../world.ts';

export const exposure: Stage = {
  name: 'exposure',
  shows: 'Every path at every door answers every identity as the table says, and no path is missing in the table.',
  async run(world) {
    assert.deepEqual(await missing(world), []);
    const clientId = await registered(world);
    const recipient = world.recipient();
    const servers = await scannedEnvironment(
      world.environment,
      recipient,
      clientId,
      world.versions,
      addressFromOutside(world.environment.homes.apiManager !== undefined),
    );
    try {
      const all = await scan(servers);
      const unexpected = all.filter(({ verdict }) => verdict === 'unexpected');
      assert.deepEqual(unexpected.map(inWords), []);
      return counted(all);
    } finally {
      await servers.remove();
      recipient.close();
    }
  },
};

/** What WSO2's own servers have deployed, by their homes and logs, and the table lacks. */
async function missing({ environment, versions }: World): Promise<string[]> {
  const { state, homes } = environment;
  const servers = [
    { product: 'api-manager', version: versions.apiManager, own: homes.apiManager, home: state.apiManagerHome },
    {
      product: 'identity-server',
      version: versions.identityServer,
      own: homes.identityServer,
      home: state.identityServerHome,
    },
  ] as const;
  const found = await Promise.all(
    servers.map(async ({ product, version, own, home }) => {
      if (own === undefined) return [];
      const log = await readFile(join(state.logs, `${product}.log`), 'utf8');
      return unlisted(product, version, [...deployedIn(home), ...deployedByLog(log)]);
    }),
  );
  return found.flat();
}

/** WSO2's own servers listen without TLS on loopback, or on every address: from outside they differ. The emulator is on loopback alone. */
function addressFromOutside(isReal: boolean): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  return isReal && outside !== undefined ? outside : 'localhost';
}
