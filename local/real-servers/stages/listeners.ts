import assert from 'node:assert/strict';
import { isLocalAgent, type OpenPort, openPorts } from '../../exposure/open-ports.ts';
import { isOneOf } from '../../verification/version.ts';
import { type Listening, listeningOf } from '../listening.ts';
import type { Stage } from '../stage.ts';
import { tlsOf } from '../tls-scan.ts';
import type { World } from '../world.ts';

const everywhere = '0.0.0.0';

export const listeners: Stage = {
  name: 'listeners',
  shows: "No port of WSO2's own servers is open that the table does not name, and TLS is spoken by BCP 195 at each.",
  async run(world) {
    const found: string[] = [];
    const wrong: string[] = [];
    for (const { server, home, offset, version } of ownServers(world)) {
      for (const listening of await listeningOf(home)) {
        const number = listening.port - offset;
        const row = openPorts.find((one) => one.server === server && one.port === number && isOneOf(one, version));
        if (row === undefined && isLocalAgent(listening.port)) continue;
        const { taken, weak } = await tlsOf(
          listening.address === everywhere ? '127.0.0.1' : listening.address,
          listening.port,
        );
        const protocols = [...new Set(taken.map((one) => one.split(' ')[0]))];
        const where = listening.address === everywhere ? 'every address' : listening.address;
        found.push(
          `${server} ${number} (${where}): ${protocols.join(' and ') || 'clear text'}, ${taken.length} suites`,
        );
        wrong.push(...wrongWith(row, listening, taken, weak).map((what) => `${server} ${number}: ${what}`));
      }
    }
    assert.deepEqual(wrong, []);
    return { found };
  },
};

/** Those that are not the emulator, whose ports are the emulator's own. */
function* ownServers({ environment, versions }: World) {
  const { homes, state, ports } = environment;
  if (homes.apiManager !== undefined) {
    const [home, offset] = [state.apiManagerHome, ports.apiManagerOffset];
    yield { server: 'api-manager', home, offset, version: versions.apiManager } as const;
  }
  if (homes.identityServer !== undefined) {
    const [home, offset] = [state.identityServerHome, ports.identityServerOffset];
    yield { server: 'identity-server', home, offset, version: versions.identityServer } as const;
  }
}

function wrongWith(row: OpenPort | undefined, { address }: Listening, taken: string[], weak: string[]): string[] {
  if (row === undefined) return ['no row of the table names it'];
  return [
    ...(row.loopback && !address.startsWith('127.') ? ['it is reached from other machines'] : []),
    ...(row.speaks === 'TLS' && taken.length === 0 ? ['it does not speak TLS'] : []),
    ...(weak.length > 0 ? [`it takes ${weak.join(', ')}`] : []),
  ];
}
