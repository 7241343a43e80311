import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cures } from '../../abuse/cures.ts';
import type { Stage } from '../stage.ts';
import { abused } from './abuse.ts';

export const curesTakenAway: Stage = {
  name: 'cures taken away',
  shows: 'With each cure out of deployment.toml in turn, attempts get through that the abuse test names.',
  async run(world) {
    const through: Record<string, number> = {};
    for (const { name, server, taken, opens, identityServers } of cures) {
      if (!identityServers.includes(world.versions.identityServer)) continue;
      const { apiManagerHome, identityServerHome } = world.environment.state;
      const home = server === 'api-manager' ? apiManagerHome : identityServerHome;
      const file = join(home, 'repository', 'conf', 'deployment.toml');
      const cured = await readFile(file, 'utf8');
      const restarted = async (toml: string) => {
        await world.stop(server);
        await writeFile(file, toml);
        // What the product has rendered of the last one would stay.
        await rm(join(home, 'repository', 'resources', 'conf', '.metadata'), { recursive: true, force: true });
        await world.start(server);
      };
      await restarted(taken(cured));
      try {
        const ids = (await abused(world)).filter(({ holds }) => !holds).map(({ id }) => id);
        const expected = ids.filter((id) => opens.test(id));
        assert.ok(expected.length > 0, `without ${name} nothing gets through`);
        assert.deepEqual(ids, expected, `without ${name} more gets through than it is for`);
        through[name] = expected.length;
      } finally {
        await restarted(cured);
      }
    }
    return { getThrough: through };
  },
};
