import assert from 'node:assert/strict';
import { useRegistration } from '../../quickstart/sample-registration.ts';
import { registered } from '../registered.ts';
import type { Stage } from '../stage.ts';
import { wso2Servers } from '../world.ts';

export const restart: Stage = {
  name: 'restart',
  shows: 'Both servers stop and start: what was provisioned and registered is there, and provisioning writes nothing.',
  async run(world) {
    const clientId = await registered(world);
    const [stop, start] = [
      await timed(() => world.stop(...wso2Servers)),
      await timed(() => world.start(...wso2Servers)),
    ];
    const { changes, writes } = await world.provision();
    assert.deepEqual([changes, writes], [[], 0]);
    assert.equal(await registered(world), clientId, 'the registration is another');
    const recipient = world.recipient();
    assert.equal(await useRegistration(recipient, clientId), 200);
    recipient.close();
    return { seconds: { stop, start }, writes };
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return Math.round((performance.now() - began) / 100) / 10;
}
