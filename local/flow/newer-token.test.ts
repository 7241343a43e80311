import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { administrator } from '../processes/secrets.ts';
import { type FlowEnvironment, prepareTemplate, startEnvironment } from './flow-environment.ts';

let environment: FlowEnvironment;
before(async () => {
  environment = await startEnvironment(await prepareTemplate(), {
    dcr: ({ secrets }) => ({
      DCR_TOKEN_VALIDATION: 'introspection',
      DCR_INTROSPECTION_USERNAME: administrator,
      DCR_INTROSPECTION_PASSWORD: secrets.identityServerPassword,
    }),
  });
  await environment.provision();
});
after(() => environment?.stop());

async function registered() {
  const recipient = environment.recipient();
  const created = await recipient.register(await recipient.registrationRequest());
  assert.equal(created.status, 201, JSON.stringify(created.data));
  return { recipient, clientId: String(created.data.client_id) };
}

test('of two tokens of one client the newer ends the older; one of other scopes ends neither', async () => {
  const { recipient, clientId } = await registered();
  // Not used before the next one: dcr-service believes an introspection for ten seconds.
  const older = await recipient.accessToken(clientId);
  const newer = await recipient.accessToken(clientId);
  const other = await recipient.accessToken(clientId, 'cdr:registration openid');
  const refused = await recipient.read(clientId, older);
  assert.equal(refused.status, 401);
  assert.match(String(refused.headers['www-authenticate']), /invalid_token/);
  assert.equal((await recipient.read(clientId, newer)).status, 200);
  assert.equal((await recipient.read(clientId, other)).status, 200);

  const tokens = await Promise.all(Array.from({ length: 5 }, () => recipient.accessToken(clientId)));
  assert.equal(new Set(tokens).size, 1, 'who asks at once ends nobody else’s');
  assert.equal((await recipient.read(clientId, tokens[0] ?? '')).status, 200);
  assert.equal((await recipient.remove(clientId, tokens[0] ?? '')).status, 204);
});
