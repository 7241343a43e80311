import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registrationContext } from '../testing/registration-context.ts';
import {
  recipientSigner,
  registerSigner,
  registrationRequest,
  requestClaims,
  sign,
  softwareStatementClaims,
} from '../testing/signed-requests.ts';
import { createRegistration } from './create-registration.ts';
import { registrationAnswer } from './registration-answer.ts';
import { removeRegistration } from './remove-registration.ts';

const softwareId = 'f3d8a6c4-0b7e-4c59-9a57-2e6f4d8b1c32';

test('a registration has a client, and an application with its keys and subscription', async () => {
  const context = registrationContext();
  const result = await createRegistration(await registrationRequest(), 'thumbprint', context);
  assert.equal(result.outcome, 'done');
  const { clientId } = result.registration;
  assert.equal(context.platform.clients.get(softwareId)?.clientId, clientId);
  const application = context.platform.applications.get(softwareId);
  assert.deepEqual(
    { clientId: application?.clientId, subscribed: application?.subscribed },
    { clientId, subscribed: true },
  );
  assert.deepEqual(await context.store.find(clientId), result.registration);
  assert.deepEqual(context.audited, [
    { event: 'registration.create', outcome: 'done', softwareId, clientId, certificate: 'thumbprint' },
  ]);
});

test('the answer holds what was registered, defaults and filtered scopes included, and nothing else', async () => {
  const statement = await sign(softwareStatementClaims(), registerSigner);
  const leftOut = { application_type: undefined, request_object_signing_alg: undefined, redirect_uris: undefined };
  const unknown = { client_id: 'mine', id_token_encrypted_response_alg: 'RSA-OAEP', client_name: 'Somebody else' };
  const body = await sign(requestClaims(statement, { ...leftOut, ...unknown }), recipientSigner);
  const result = await createRegistration(body, 'thumbprint', registrationContext());
  assert.equal(result.outcome, 'done');
  const answer = JSON.parse(JSON.stringify(registrationAnswer(result.registration)));
  assert.deepEqual(answer, {
    client_id: result.registration.clientId,
    client_id_issued_at: result.registration.clientIdIssuedAt,
    client_name: 'Brolga Budget Planner',
    client_description: 'Sorts spending into budgets.',
    client_uri: 'https://www.brolga.example',
    legal_entity_id: '2b6a4b3c-52f5-4f6e-9a3e-4d1b0c7f1e10',
    legal_entity_name: 'Brolga Finance Pty Ltd',
    org_id: '8c1f0a52-6f0d-4f4a-8d0e-7b6b1f3c9a21',
    org_name: 'Brolga',
    redirect_uris: ['https://app.brolga.example/callback', 'https://app.brolga.example/other'],
    sector_identifier_uri: 'https://www.brolga.example/sector',
    logo_uri: 'https://www.brolga.example/logo.png',
    tos_uri: 'https://www.brolga.example/terms',
    policy_uri: 'https://www.brolga.example/privacy',
    jwks_uri: 'https://app.brolga.example/jwks',
    revocation_uri: 'https://app.brolga.example/revocation',
    recipient_base_uri: 'https://app.brolga.example',
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'PS256',
    grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'web',
    id_token_signed_response_alg: 'PS256',
    authorization_signed_response_alg: 'PS256',
    request_object_signing_alg: 'PS256',
    software_statement: statement,
    software_id: softwareId,
    software_roles: 'data-recipient-software-product',
    scope: 'openid profile bank:accounts.basic:read cdr:registration',
  });
  assert.equal(Number.isInteger(answer.client_id_issued_at), true);
});

test('members that the software statement does not have are left out, not null', async () => {
  const body = await registrationRequest({ statement: { legal_entity_id: undefined, tos_uri: undefined } });
  const result = await createRegistration(body, 'thumbprint', registrationContext());
  assert.equal(result.outcome, 'done');
  const text = JSON.stringify(registrationAnswer(result.registration));
  assert.doesNotMatch(text, /null|legal_entity_id|tos_uri/);
});

test('the same request again is a replay', async () => {
  const context = registrationContext();
  const body = await registrationRequest();
  assert.equal((await createRegistration(body, 'thumbprint', context)).outcome, 'done');
  const again = await createRegistration(body, 'thumbprint', context);
  assert.deepEqual(again, {
    outcome: 'rejected',
    error: 'invalid_client_metadata',
    description: 'JTI value of the registration request has been replayed.',
  });
});

test('a replay is refused also when the registration is gone and others are under way', async () => {
  const context = registrationContext();
  const body = await registrationRequest();
  const made = await createRegistration(body, 'thumbprint', context);
  assert.equal(made.outcome, 'done');
  await removeRegistration(made.registration.clientId, { by: 'test' }, context);
  const now = context.validation.now();
  await context.store.beginCreation('another', { uses: [], now, leaseUntil: now + 45, claim: 'another attempt' });
  const again = await createRegistration(body, 'thumbprint', context);
  assert.match(again.outcome === 'rejected' ? again.description : again.outcome, /replayed/);
});

test('a request that is refused does not burn its jti', async () => {
  const context = registrationContext();
  const bad = await registrationRequest({ request: { jti: 'the one', response_types: ['token'] } });
  assert.equal((await createRegistration(bad, 'thumbprint', context)).outcome, 'rejected');
  const good = await registrationRequest({ request: { jti: 'the one' } });
  assert.equal((await createRegistration(good, 'thumbprint', context)).outcome, 'done');
});

for (const duplicateError of ['invalid_client_metadata', 'invalid_software_statement'] as const) {
  test(`a second registration of a software product is refused with ${duplicateError} where that is set`, async () => {
    const context = registrationContext({ policy: { duplicateError } });
    assert.equal((await createRegistration(await registrationRequest(), 'thumbprint', context)).outcome, 'done');
    assert.deepEqual(await createRegistration(await registrationRequest(), 'thumbprint', context), {
      outcome: 'rejected',
      error: duplicateError,
      description: 'Duplicate registrations for a given software_id are not valid.',
    });
  });
}

test('of 20 parallel registrations of one software product exactly one succeeds', async () => {
  const context = registrationContext();
  const bodies = await Promise.all(Array.from({ length: 20 }, () => registrationRequest()));
  const results = await Promise.all(bodies.map((body) => createRegistration(body, 'thumbprint', context)));
  assert.equal(results.filter(({ outcome }) => outcome === 'done').length, 1);
  assert.equal(results.filter(({ outcome }) => outcome === 'rejected').length, 19);
  assert.equal(context.platform.clients.size, 1);
  assert.equal(context.platform.applications.size, 1);
});

test('a software statement serves twice, unless the data holder says otherwise', async () => {
  const context = registrationContext({ policy: { singleUseSoftwareStatement: true } });
  const statement = await sign(softwareStatementClaims(), registerSigner);
  const post = async () =>
    createRegistration(await sign(requestClaims(statement), recipientSigner), 'thumbprint', context);
  assert.equal((await post()).outcome, 'done');
  const again = await post();
  assert.equal(again.outcome === 'rejected' && again.error, 'invalid_client_metadata');
});
