import assert from 'node:assert/strict';
import type { ApiManager } from '@cdr-stack/wso2';
import { mark } from '../../../scripts/ownership.ts';
import { kinds, type Servers, type Tampering } from '../../flow/drift-kinds.ts';
import { tamperingServers } from '../../flow/tampering-servers.ts';
import { apiManagerByHand, provisioningOf } from '../../processes/provisioning.ts';
import { removeSample } from '../../quickstart/sample-registration.ts';
import { registered } from '../registered.ts';
import type { Stage } from '../stage.ts';
import type { World } from '../world.ts';

const name = 'CDRDynamicClientRegistrationAPI';

export const provisionedTwice: Stage = {
  name: 'provisioned twice',
  shows: 'A second provisioning changes nothing and writes nothing.',
  async run(world) {
    const began = performance.now();
    const { changes, writes, reads } = await world.provision();
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    assert.deepEqual(changes, []);
    assert.equal(writes, 0);
    return { writes, reads, seconds };
  },
};

export const drift: Stage = {
  name: 'drift',
  shows: 'Each change that a person can make in the portals is seen, named and repaired.',
  async run(world) {
    const together = rounds(kinds);
    await byHand(world, async (connected) => {
      const servers = tamperingServers(connected);
      for (const round of together) {
        for (const { tamper } of round) await tamper(servers);
        const { changes, writes } = await world.provision({ drift: true, mode: 'plan' });
        const named = changes.flatMap(({ step, fields }) => fields.map(({ path }) => `${step} ${path}`));
        for (const { what, seenAs } of round)
          assert.ok(named.includes(seenAs), `${what}: ${seenAs} is not among ${named.join(', ') || 'nothing'}`);
        assert.equal(writes, 0, 'looking wrote');
        await world.provision({ without: ['probe'] });
        const { changes: left } = await world.provision({ drift: true, mode: 'plan' });
        assert.deepEqual(left, [], `not repaired: ${round.map(({ what }) => what).join('; ')}`);
      }
    });
    return { kinds: kinds.length, rounds: together.length, seen: kinds.map(({ what }) => what) };
  },
};

/** Kinds of different steps at once: each round costs as much as a single one. */
function rounds(all: readonly Tampering[]): Tampering[][] {
  const together: Tampering[][] = [];
  const stepOf = ({ seenAs }: Tampering) => seenAs.split(' ')[0];
  for (const kind of all) {
    const round = together.find((one) => one.every((other) => stepOf(other) !== stepOf(kind)));
    if (round) round.push(kind);
    else together.push([kind]);
  }
  return together;
}

export const adoption: Stage = {
  name: 'adoption',
  shows: 'What was made by hand is refused without --adopt, and taken over with it.',
  async run(world) {
    await byHand(world, removeMarks);
    await assert.rejects(world.provision(), /--adopt takes it over/);
    await world.provision({ adopt: true });
    const { changes, writes } = await world.provision();
    assert.deepEqual([changes, writes], [[], 0]);
    return { refused: true, adopted: true, writesAfterwards: writes };
  },
};

export const destruction: Stage = {
  name: 'destruction',
  shows: 'What was provisioned is removed, twice without a write the second time, and provisioned again.',
  async run(world) {
    const recipient = world.recipient();
    await removeSample(recipient, await registered(world));
    recipient.close();
    const destroyed = await world.provision({ destroy: true, yes: true });
    const again = await world.provision({ destroy: true, yes: true });
    assert.deepEqual([again.changes, again.writes], [[], 0]);
    const provisioned = await world.provision();
    const silent = await world.provision();
    assert.deepEqual([silent.changes, silent.writes], [[], 0]);
    return { removed: destroyed.writes, provisionedAgain: provisioned.writes, writesAfterwards: silent.writes };
  },
};

async function byHand(world: World, work: (apiManager: ApiManager) => Promise<unknown>): Promise<void> {
  const { outputs, credentials } = await provisioningOf(world.environment);
  const apiManager = apiManagerByHand({ outputs, credentials });
  try {
    await work(apiManager);
  } finally {
    apiManager.close();
  }
}

/** As if a person had followed the vendor's guide. */
async function removeMarks({ publisher, admin }: Pick<Servers, 'publisher' | 'admin'>): Promise<void> {
  const found = await publisher.findApi(name, '0.2');
  const api = await publisher.getApi(found?.id ?? '');
  await publisher.updateApi(api.id, { ...api, additionalProperties: [] });
  const listed = (await admin.listKeyManagers()).find((one) => one.name === 'OBKM');
  const keyManager = await admin.getKeyManager(listed?.id ?? '');
  const { [mark]: _, ...additionalProperties } = keyManager.additionalProperties ?? {};
  await admin.updateKeyManager(keyManager.id, { ...keyManager, additionalProperties });
}
