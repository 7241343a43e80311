import assert from 'node:assert/strict';
import { subscriberOf } from '../../processes/secrets.ts';
import { phases } from '../../quickstart/phases.ts';
import { proveRegistration } from '../../quickstart/prove.ts';
import type { Stage } from '../stage.ts';
import { everyServer } from '../world.ts';

export const quickStart: Stage = {
  name: 'quick start',
  shows: 'From nothing the servers start, are provisioned, and a registration is accepted and used.',
  async run(world) {
    const { run, finished } = phases(() => {}, new AbortController().signal);
    await run('servers', () => world.start(...everyServer));
    const provisioned = await run('provisioning', () => world.provision());
    const { outputs, state, secrets, urls } = world.environment;
    const { registration, portal } = await proveRegistration(
      { outputs, pki: state.pki, subscriber: subscriberOf(secrets), recipientUrl: urls.recipient, issuer: urls.issuer },
      { run, finished },
    );
    assert.equal(registration.status, 201);
    assert.equal(registration.read.status, 200);
    assert.ok(portal.subscriptions.length > 0, 'the developer portal shows no subscription');
    const seconds = Object.fromEntries(finished().map(({ name, seconds }) => [name, seconds]));
    return { seconds, reads: provisioned.reads, writes: provisioned.writes };
  },
};
