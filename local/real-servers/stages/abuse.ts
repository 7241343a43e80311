import assert from 'node:assert/strict';
import { type Tried, tryAll } from '../../abuse/abuse.ts';
import { abusedEnvironment } from '../../abuse/abused-environment.ts';
import { registered } from '../registered.ts';
import type { Stage } from '../stage.ts';
import type { World } from '../world.ts';

export const abuse: Stage = {
  name: 'abuse',
  shows: 'Every attempt of a recipient, or of nobody, at what is not theirs gets the answer that it has to get.',
  async run(world) {
    const tried = await abused(world);
    const through = tried.filter(({ holds }) => !holds);
    assert.deepEqual(through.map(inWords), []);
    const limits = tried.flatMap(({ id, productLimit }) => (productLimit === undefined ? [] : [id]));
    return { attempts: tried.length, asExpected: tried.length - through.length, productLimits: limits };
  },
};

/** Everything that is tried, with the sample's registration. */
export async function abused(world: World): Promise<Tried[]> {
  const clientId = await registered(world);
  const recipient = world.recipient();
  const environment = await abusedEnvironment(world.environment, recipient, clientId, world.versions);
  try {
    return await tryAll(environment);
  } finally {
    await environment.remove();
    recipient.close();
  }
}

const inWords = ({ id, expected, found }: Tried) =>
  `${id}: ${JSON.stringify(found)} in place of ${JSON.stringify(expected)}`;
