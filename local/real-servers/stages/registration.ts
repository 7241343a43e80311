import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordRequests } from '../../flow/testing/recorded-requests.ts';
import { removeSample } from '../../quickstart/sample-registration.ts';
import { registered } from '../registered.ts';
import type { Stage } from '../stage.ts';

export const registration: Stage = {
  name: 'registration',
  shows: 'A registration is made, read, replaced and removed through the gateway with tokens of its own.',
  async run(world) {
    await removeAll(world);
    const recipient = world.recipient();
    const created = await recipient.register(await recipient.registrationRequest());
    assert.equal(created.status, 201, JSON.stringify(created.data));
    const clientId: string = created.data.client_id;
    const read = await recipient.read(clientId, await recipient.accessToken(clientId));
    assert.equal(read.status, 200, JSON.stringify(read.data));
    assert.deepEqual(read.data, created.data);
    const replaced = await recipient.replace(
      clientId,
      await recipient.accessToken(clientId),
      await recipient.registrationRequest(),
    );
    assert.equal(replaced.status, 200, JSON.stringify(replaced.data));
    const token = await recipient.accessToken(clientId);
    const removed = await recipient.remove(clientId, token);
    assert.equal(removed.status, 204);
    const gone = await recipient.read(clientId, token);
    assert.ok([401, 403].includes(gone.status), `a removed registration is read: ${gone.status}`);
    await assert.rejects(recipient.accessToken(clientId), /refused a token/);
    recipient.close();
    return { post: 201, get: 200, put: 200, delete: 204, getAfterDelete: gone.status };
  },
};

export const callerIdentity: Stage = {
  name: 'caller identity',
  shows:
    "Identity headers that a caller makes up never reach dcr-service; the recipient's own certificate and token do.",
  async run(world) {
    const { environment } = world;
    const recipient = world.recipient();
    const clientId = await registered(world);
    const token = await recipient.accessToken(clientId);
    const thief = world.recipient('gateway');
    const stolen = await thief.read(clientId, token);
    assert.equal(stolen.status, 401, 'a token is taken with the certificate of another');
    thief.close();
    await refusedHandshake(world, 'foreign');
    await refusedHandshake(world, null);

    await world.stop('dcr-service');
    const { received, close } = await recordRequests(environment);
    try {
      const forged = 'LS0tLS1GT1JHRUQ';
      const made = [
        'X-WSO2-CLIENT-CERTIFICATE',
        'x-wso2-mutual-auth-cert',
        'x-forwarded-client-cert',
        'ssl-client-cert',
      ];
      const headers = {
        ...Object.fromEntries(made.map((name) => [name, forged])),
        'x-wso2-client-id': 'somebody-else',
      };
      const endpoint = `${environment.urls.gateway}/open-banking/0.2/register`;
      await recipient.http.post(endpoint, 'a.b.c', { headers: { ...headers, 'content-type': 'application/jwt' } });
      await recipient.http.get(`${endpoint}/${clientId}`, {
        headers: { ...headers, authorization: `Bearer ${token}` },
      });
    } finally {
      await close();
      await world.start('dcr-service');
      recipient.close();
    }
    assert.equal(received.length, 2, 'both requests reach the back end');
    const certificate = new X509Certificate(await readFile(join(environment.state.pki, 'recipient.pem')));
    for (const headers of received) {
      assert.doesNotMatch(JSON.stringify(headers), /RkORHRUQ|LS0tLS1GT1JHRUQ|somebody-else/);
      const presented = Buffer.from(String(headers['x-wso2-client-certificate']), 'base64url').toString();
      assert.equal(new X509Certificate(presented).fingerprint256, certificate.fingerprint256);
    }
    assert.equal(received[1]?.['x-wso2-client-id'], clientId);
    assert.equal(received[1]?.authorization, `Bearer ${token}`);
    return { forgedHeaders: 5, stolenToken: stolen.status, foreignCertificate: 'no handshake', none: 'no handshake' };
  },
};

async function removeAll(world: Parameters<Stage['run']>[0]): Promise<void> {
  const recipient = world.recipient();
  await removeSample(recipient, await registered(world));
  recipient.close();
}

async function refusedHandshake(world: Parameters<Stage['run']>[0], party: string | null): Promise<void> {
  const caller = world.recipient(party);
  await assert.rejects(
    caller.http.get(`${world.environment.urls.gateway}/open-banking/0.2/register/x`),
    (error: { response?: unknown }) => error.response === undefined,
    `the gateway answers a caller with ${party === null ? 'no certificate' : 'a certificate of another CA'}`,
  );
  caller.close();
}
