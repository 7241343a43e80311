import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { parseSettings } from '../../../scripts/settings.ts';
import { until } from '../../cluster/until.ts';
import { accountsApi, startAccountService } from '../../flow/testing/accounts-api.ts';
import { requestOf } from '../../flow/testing/software-ids.ts';
import { removeSample } from '../../quickstart/sample-registration.ts';
import type { RecipientClient } from '../../register/recipient-client.ts';
import { sampleProduct } from '../../register/sample-product.ts';
import { type Consumer, openConsumer } from '../consent.ts';
import { registered } from '../registered.ts';
import type { Findings, Stage } from '../stage.ts';
import type { World } from '../world.ts';

/** The scopes of the accounts API, each with a path that wants it. */
const paths = {
  'bank:accounts.basic:read': '/banking/accounts',
  'bank:accounts.detail:read': '/banking/accounts/1',
  'bank:transactions:read': '/banking/accounts/1/transactions',
} as const;
type BankScope = keyof typeof paths;
const bankScopes = Object.keys(paths) as BankScope[];

/** The statements' bank scopes of the four clients. */
const clients: readonly (readonly BankScope[])[] = [
  [],
  ['bank:accounts.basic:read'],
  ['bank:accounts.basic:read', 'bank:accounts.detail:read'],
  bankScopes,
];

export const accounts: Stage = {
  name: 'accounts',
  shows:
    'A client gets the scopes of its statement for either grant; a regulatory API gives data for the token of a consumer alone, and for as long as the product is active.',
  async run(world) {
    const service = await startAccountService(world.environment.state.pki);
    const consumer = await openConsumer(world);
    const recipient = world.recipient();
    const cleanUp = async () => {
      const absent = { ...accountsApi(service.url), state: 'absent' };
      await world.provision({ settings: parseSettings({ apis: [registrationApi, absent] }, 'the test'), yes: true });
      await consumer.close();
      recipient.close();
      service.close();
    };
    const shown = async () => {
      await world.provision({
        settings: parseSettings({ apis: [registrationApi, accountsApi(service.url)] }, 'the test'),
      });
      return {
        ...(await scopesBind(world, recipient, consumer)),
        ...(await onlyConsumersData(world, recipient, consumer)),
        ...(await statusesEndData(world, recipient, consumer)),
      };
    };
    const findings = await shown().catch(async (error: Error) => {
      // What went wrong first is what has to be known.
      await cleanUp().catch(() => {});
      throw error;
    });
    await cleanUp();
    return findings;
  },
};

const registrationApi = { name: 'CDRDynamicClientRegistrationAPI' };

/** Registers a product, by default a new one, with these bank scopes in its statement; or replaces the registration of a client. */
async function register(
  { environment }: World,
  recipient: RecipientClient,
  scopes: readonly string[],
  { softwareId = randomUUID(), clientId }: { softwareId?: string; clientId?: string } = {},
) {
  const scope = ['openid', 'profile', ...scopes, 'cdr:registration'].join(' ');
  const request = await requestOf(softwareId, { state: environment.state, recipient: () => recipient }, { scope });
  const answer =
    clientId === undefined
      ? await recipient.register(request)
      : await recipient.replace(clientId, await recipient.accessToken(clientId), request);
  assert.equal(answer.status, clientId === undefined ? 201 : 200, JSON.stringify(answer.data));
  return { softwareId, clientId: String(answer.data.client_id), scope: String(answer.data.scope) };
}

const bankScopesOf = (scope: string) =>
  scope
    .split(' ')
    .filter((one) => one.startsWith('bank:'))
    .toSorted();

async function scopesBind(world: World, recipient: RecipientClient, consumer: Consumer): Promise<Findings> {
  const granted: string[] = [];
  for (const scopes of clients) {
    const { clientId, softwareId, scope } = await register(world, recipient, scopes);
    const everything = ['openid', 'cdr:registration', ...bankScopes].join(' ');
    const own = decodeJwt<{ scope?: string }>(await recipient.accessToken(clientId, everything)).scope ?? '';
    const consented = await consumer.consent(recipient, clientId, everything);
    const wanted = [...scopes].toSorted();
    for (const [what, found] of Object.entries({
      'is answered': scope,
      'its own token': own,
      consent: consented.scope,
    }))
      assert.deepEqual(bankScopesOf(found), wanted, `${what}: ${found}`);
    granted.push(`${scopes.length} of 3`);

    if (scopes.length === bankScopes.length) {
      const [kept] = bankScopes;
      await register(world, recipient, [kept ?? ''], { clientId, softwareId });
      const again = { grant_type: 'refresh_token', refresh_token: consented.refresh_token };
      const { status } = await recipient.http.post(
        world.environment.urls.issuer,
        new URLSearchParams({ ...again, ...(await recipient.proof(clientId)) }),
      );
      assert.equal(status, 400, 'a refresh token outlives a scope that the registration lost');
      const fewer = await consumer.consent(recipient, clientId, everything);
      assert.deepEqual(bankScopesOf(fewer.scope), [kept]);
    }
    await recipient.remove(clientId, await recipient.accessToken(clientId));
  }
  return { granted };
}

const call = (world: World, caller: RecipientClient, path: string, token?: string) =>
  caller.http.get(`${world.environment.urls.gateway}/cds-au/1.0${path}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

async function onlyConsumersData(world: World, recipient: RecipientClient, consumer: Consumer): Promise<Findings> {
  const [basic, detail] = bankScopes as [BankScope, BankScope];
  const { clientId } = await register(world, recipient, [basic]);
  const { access_token: token } = await consumer.consent(recipient, clientId, `openid ${basic}`);
  const asked: Record<string, string> = {};
  const expect = async (
    what: string,
    status: number,
    challenge: RegExp | undefined,
    answer: ReturnType<typeof call>,
  ) => {
    const { status: found, headers, data } = await answer;
    const said = String(headers['www-authenticate'] ?? '');
    asked[what] = `${found} ${said}`.trim();
    assert.equal(found, status, `${what}: ${found} ${JSON.stringify(data)}`);
    if (challenge) assert.match(said, challenge, what);
    else assert.equal(said, '', what);
    assert.equal(headers['x-wso2-client-certificate'], undefined, `${what}: the certificate comes back`);
  };
  await expect('consumer', 200, undefined, call(world, recipient, paths[basic], token));
  await expect('no token', 401, /^(?!.*error=).*Bearer/, call(world, recipient, paths[basic]));
  await expect('no JWT', 401, /invalid_token/, call(world, recipient, paths[basic], 'x'));
  await expect('scope that it lacks', 403, /insufficient_scope/, call(world, recipient, paths[detail], token));
  const own = await recipient.accessToken(clientId, `cdr:registration ${basic}`);
  await expect("client's own token", 403, /insufficient_scope/, call(world, recipient, paths[basic], own));
  const thief = world.recipient('gateway');
  await expect('certificate of another', 401, /invalid_token/, call(world, thief, paths[basic], token));
  thief.close();
  const managed = await recipient.remove(clientId, token);
  assert.ok([401, 403].includes(managed.status), `a consumer's token removes a registration: ${managed.status}`);
  asked["consumer's token at DELETE"] = `${managed.status} ${managed.headers['www-authenticate'] ?? ''}`;

  await recipient.remove(clientId, await recipient.accessToken(clientId));
  // The gate caches a positive decision for 30 s.
  const began = performance.now();
  let gone = await call(world, recipient, paths[basic], token);
  await until('401 for a client that is gone', 60, async () => {
    gone = await call(world, recipient, paths[basic], token);
    return gone.status === 401;
  });
  const seconds = Math.round((performance.now() - began) / 1000);
  asked['client that is gone'] = `${gone.status} ${gone.headers['www-authenticate'] ?? ''} after ${seconds} s`;
  return { asked: Object.entries(asked).map(([what, answer]) => `${what}: ${answer}`) };
}

async function statusesEndData(world: World, recipient: RecipientClient, consumer: Consumer): Promise<Findings> {
  const [basic] = bankScopes as [BankScope];
  const { softwareId } = sampleProduct(world.environment.urls.recipient);
  // The Register knows the status of the sample product alone. Its client is older than the API, and so not subscribed to it.
  await removeSample(recipient, await registered(world));
  const { clientId } = await register(world, recipient, [basic], { softwareId });
  const { access_token: token } = await consumer.consent(recipient, clientId, `openid ${basic}`);
  assert.equal((await call(world, recipient, paths[basic], token)).status, 200);
  const delays: Record<string, number> = {};
  const tellsRegister = async (softwareProduct: string) => {
    const { status } = await recipient.http.put(`${world.environment.urls.register}/status`, { softwareProduct });
    assert.equal(status, 200);
  };
  const becomes = async (status: string, wanted: number) => {
    const began = performance.now();
    await tellsRegister(status);
    let found = 0;
    await until(`${wanted} for a product that is ${status}`, 300, async () => {
      found = (await call(world, recipient, paths[basic], token)).status;
      return found === wanted;
    });
    delays[status] = Math.round((performance.now() - began) / 1000);
  };
  await becomes('INACTIVE', 403);
  const inactive = await call(world, recipient, paths[basic], token);
  assert.match(JSON.stringify(inactive.data), /urn:au-cds:error:cds-all:Authorisation\/AdrStatusNotActive/);
  assert.equal((await recipient.read(clientId, await recipient.accessToken(clientId))).status, 200);
  await becomes('ACTIVE', 200);
  await becomes('REMOVED', 401);
  await assert.rejects(recipient.accessToken(clientId), /refused a token/);
  await tellsRegister('ACTIVE');
  // Each attempt counts against the recipient's limit, which the next stage needs as well.
  await until('the product to register again', 300, async () => (await registered(world)) !== '', 10_000);
  return { secondsUntil: delays };
}
