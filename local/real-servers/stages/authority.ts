import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPki } from '../../pki/certificates.ts';
import { useRegistration } from '../../quickstart/sample-registration.ts';
import { registered } from '../registered.ts';
import type { Stage } from '../stage.ts';
import { trustedServer, type World } from '../world.ts';

const restarted = ['identity-server', 'api-manager', 'dcr-service'] as const;

export const authority: Stage = {
  name: 'issuing CA exchanged',
  shows:
    "The CA of the servers' certificates is exchanged: trusted everywhere first, then issuing, then the old one goes.",
  async run(world) {
    const clientId = await registered(world);
    const { environment } = world;
    const { state } = environment;
    const present = join(state.pki, 'platform-ca.pem');
    const old = await readFile(present, 'utf8');

    // Trusted beside the old one.
    const elsewhere = await mkdtemp(join(state.path, 'next-'));
    await createPki(elsewhere);
    await copyFile(join(elsewhere, 'platform-ca.pem'), trustedServer(environment, 'platform-ca-next'));
    await again(world, clientId);

    // Issuing. What is trusted under the name of the issuing CA is the next one from here on.
    await copyFile(present, trustedServer(environment, 'platform-ca-previous'));
    for (const file of ['platform-ca.pem', 'platform-ca.key'])
      await copyFile(join(elsewhere, file), join(state.pki, file));
    await rm(trustedServer(environment, 'platform-ca-next'));
    await again(world, clientId);

    // Alone.
    await rm(trustedServer(environment, 'platform-ca-previous'));
    await rm(elsewhere, { recursive: true });
    await again(world, clientId);
    assert.ok(!world.environment.outputs.trust.servers.includes(old.trim()), 'the old CA is still trusted');
    return { restarts: 3, writesAfterwards: 0 };
  },
};

/** Starts anew with what is declared now, and uses the registration once provisioning finds all in place: a gateway loads its APIs late. */
async function again(world: World, clientId: string): Promise<void> {
  await world.stop(...restarted);
  await world.prepare();
  await world.start(...restarted);
  const { changes, writes } = await world.provision();
  assert.deepEqual([changes, writes], [[], 0]);
  const recipient = world.recipient();
  try {
    assert.equal(await useRegistration(recipient, clientId), 200);
  } finally {
    recipient.close();
  }
}
