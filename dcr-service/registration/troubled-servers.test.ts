import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { samplePki } from '../../local/pki/testing/sample-pki.ts';
import { registrationContext } from '../testing/registration-context.ts';
import { registrationRequest } from '../testing/signed-requests.ts';
import { stubPlatform } from '../testing/stub-platform.ts';
import { startWso2Stub, type Trouble } from '../testing/wso2-stub.ts';
import { keptRedirects } from '../validation/shapes.ts';
import type { RegistrationContext } from './context.ts';
import { createRegistration } from './create-registration.ts';
import { reconcile } from './reconcile.ts';
import { removeRegistration } from './remove-registration.ts';
import { replaceRegistration } from './replace-registration.ts';

const directory = mkdtempSync(join(tmpdir(), 'dcr-trouble-'));
const { parties, authorities } = await samplePki(join(directory, 'pki'));
after(() => rmSync(directory, { recursive: true }));

const softwareId = 'f3d8a6c4-0b7e-4c59-9a57-2e6f4d8b1c32';
const by = { certificate: 'thumbprint' };

/** What the server does, and what the caller gets: 503 if waiting may help, 502 if an operator has to look into it. */
interface Troubled {
  readonly what: string;
  readonly trouble: Trouble;
  readonly reason: 'away' | 'refused';
  /** For the request. */
  readonly deadlineMs: number;
}

const troubles: readonly Troubled[] = [
  // Long enough for a busy machine to get as far as the call that hangs.
  { what: 'never answers', trouble: 'hang', reason: 'away', deadlineMs: 4_000 },
  { what: 'closes the connection', trouble: 'cut', reason: 'away', deadlineMs: 10_000 },
  { what: 'answers 500', trouble: { status: 500, body: '{"code":500}' }, reason: 'away', deadlineMs: 10_000 },
  { what: 'answers 401', trouble: { status: 401, body: '{"code":401}' }, reason: 'refused', deadlineMs: 10_000 },
  { what: 'answers garbage', trouble: { status: 200, body: '<html>' }, reason: 'refused', deadlineMs: 10_000 },
];

interface Scenario {
  /** The calls of an undisturbed run. */
  readonly calls: readonly string[];
  readonly change: 'create' | 'replace' | 'remove';
}

interface Case extends Troubled {
  readonly change: Scenario['change'];
  readonly call: string;
}

const scenarios: readonly Scenario[] = [
  {
    change: 'create',
    calls: [
      'POST client',
      'POST registration of the service',
      'POST token',
      'POST application',
      'POST keys',
      // By name and by tag, at once.
      'GET API',
      'GET API',
      'POST subscription',
      ...['GET client application', 'GET resources', 'GET resource', 'POST authorization'],
      ...['GET protocol', 'PUT protocol', 'GET protocol'],
    ],
  },
  {
    change: 'replace',
    // The resource is known from the creation.
    calls: [
      ...['PUT client', 'GET client application', 'GET authorization', 'PATCH authorization'],
      ...['GET protocol', 'PUT protocol', 'GET protocol'],
    ],
  },
  { change: 'remove', calls: ['GET application', 'DELETE application', 'GET client', 'DELETE client'] },
];

/** A service without registrations, or with one, and servers of its own. */
async function bench(t: TestContext, change: Scenario['change'], deadlineMs: number) {
  const { certificate: cert, key } = parties.identityServer;
  const stub = await startWso2Stub({ cert, key });
  const platform = stubPlatform(stub, authorities.platform.certificate, 2_000);
  t.after(async () => {
    platform.close();
    await stub.close();
  });
  const clock = { ahead: 0 };
  const context = { ...registrationContext({ deadlineMs, clock: () => clock.ahead }), platform };
  if (change === 'create') return { stub, context, clock, clientId: '' };
  const created = await createRegistration(await registrationRequest(), 'thumbprint', context);
  assert.equal(created.outcome, 'done');
  return { stub, context, clock, clientId: created.registration.clientId };
}

async function attempt(change: Scenario['change'], clientId: string, body: string, context: RegistrationContext) {
  if (change === 'create') return createRegistration(body, 'thumbprint', context);
  if (change === 'replace') return replaceRegistration(clientId, body, 'thumbprint', context);
  return removeRegistration(clientId, by, context);
}

const redirectUrisOfSecond = ['https://app.brolga.example/other', 'https://app.brolga.example/callback'];
const second = {
  request: { redirect_uris: redirectUrisOfSecond },
  statement: { scope: 'openid cdr:registration' },
};

const nameOf = ({ change, call, what }: Case) =>
  `${change}: a server that ${what} from ${call} on is named in time, and leaves nothing behind`;

/** What the caller gets when a server fails from a call on, and the state when the server works again. */
async function endure(t: TestContext, { change, call, trouble, reason, deadlineMs }: Case): Promise<void> {
  const { stub, context, clock, clientId } = await bench(t, change, deadlineMs);
  const held = () => [stub.clients.size, stub.applications.size];
  const redirectUris = () => stub.clients.get(softwareId)?.redirect_uris;
  const body = await registrationRequest(second);
  let troubled: string | undefined;
  stub.onCall((met, stage) => {
    if (stage !== 'arrived') return undefined;
    if (met.name === call) troubled = met.server;
    return met.server === troubled ? trouble : undefined;
  });
  const began = performance.now();
  const failed = await attempt(change, clientId, body, context);
  const took = performance.now() - began;
  assert.ok(took < deadlineMs + 3000, `answered after ${Math.round(took)} ms`);
  assert.equal(failed.outcome, 'unavailable');
  assert.ok(failed.outcome === 'unavailable' && failed.retryAfter > 0);
  if (change !== 'remove') {
    assert.equal(failed.reason, reason);
    assert.match(failed.description, new RegExp(`^${troubled} (is not available|refused)`));
  }

  stub.onCall(() => undefined);
  do clock.ahead += 60;
  while ((await reconcile(context)).failed.length > 0);
  if (change === 'replace') assert.deepEqual(redirectUris(), ['https://app.brolga.example/callback']);
  else assert.deepEqual(held(), [0, 0]);
  assert.deepEqual(await context.store.pendingChanges(), { count: 0, oldest: undefined });
  const stands = await context.store.findBySoftwareId(softwareId);
  assert.equal(stands?.clientId, change === 'replace' ? clientId : undefined);

  const again = await attempt(change === 'remove' ? 'create' : change, clientId, body, context);
  assert.equal(again.outcome, 'done', 'the same request succeeds');
  assert.deepEqual(held(), [1, 1]);
  assert.deepEqual(redirectUris(), redirectUrisOfSecond);
  const { scopes, callbackURLs } = stub.bound.get(stub.clients.get(softwareId)?.client_id ?? '') ?? {};
  assert.deepEqual(scopes, ['cdr:registration']);
  assert.deepEqual(callbackURLs, [keptRedirects(redirectUrisOfSecond)]);
}

for (const { change, calls } of scenarios) {
  test(`${change}: the calls that are troubled here are those that it makes`, async (t) => {
    const { stub, context, clientId } = await bench(t, change, 10_000);
    const seen: string[] = [];
    stub.onCall((met, stage) => void (stage === 'arrived' && seen.push(met.name)));
    assert.equal((await attempt(change, clientId, await registrationRequest(second), context)).outcome, 'done');
    // What is bound and what is subscribed goes on at once.
    assert.deepEqual(seen.toSorted(), calls.toSorted());
  });
}

test('replace: a client that somebody has deleted in Identity Server blocks nothing: 502, and the registration can be removed', async (t) => {
  const { stub, context, clock, clientId } = await bench(t, 'replace', 10_000);
  stub.clients.clear();
  const failed = await attempt('replace', clientId, await registrationRequest(second), context);
  assert.equal(failed.outcome === 'unavailable' && failed.reason, 'refused');
  assert.match(failed.outcome === 'unavailable' ? failed.description : '', /Nothing was changed/);
  assert.deepEqual(await context.store.pendingChanges(), { count: 0, oldest: undefined });

  // The same, but for a crash in between.
  const now = context.validation.now();
  await context.store.beginReplacement(clientId, { uses: [], now, leaseUntil: now + 1, claim: 'another attempt' });
  clock.ahead += 60;
  assert.deepEqual((await reconcile(context)).settled, [softwareId]);
  assert.equal((await attempt('remove', clientId, '', context)).outcome, 'done');
});

const cases = scenarios.flatMap(({ change, calls }) =>
  [...new Set(calls)].flatMap((call) => troubles.map((trouble): Case => ({ change, call, ...trouble }))),
);
const isHanging = ({ trouble }: Case) => trouble === 'hang';
for (const one of cases.filter((each) => !isHanging(each))) {
  // The client of a deletion ignores the body.
  if (one.call.startsWith('DELETE') && one.what === 'answers garbage') continue;
  test(nameOf(one), (t) => endure(t, one));
}
// These cost time and little else.
describe('side by side', { concurrency: 4 }, () => {
  for (const one of cases.filter(isHanging)) test(nameOf(one), (t) => endure(t, one));
});
