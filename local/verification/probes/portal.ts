import {
  changeLifecycle,
  createApplication,
  devportal,
  madeApi,
  madeKeyManager,
  refusal,
  settledState,
  unreachableKeyManager,
} from '../objects.ts';
import { type Probe, probes } from '../probe.ts';
import type { Session } from '../session.ts';

const APPLICATIONS = `${devportal}/applications`;

async function madeApplication(session: Session): Promise<string> {
  const { body } = await createApplication(session);
  return body.applicationId;
}

const generateKeys = (session: Session, applicationId: string, keyManager: string) =>
  session.apiManager('POST', `${APPLICATIONS}/${applicationId}/generate-keys`, {
    body: { keyType: 'PRODUCTION', keyManager, grantTypesToBeSupported: ['client_credentials'], callbackUrl: '' },
  });

/** An API that the developer portal offers. */
async function offeredApi(session: Session) {
  const api = await madeApi(session);
  await changeLifecycle(session, api.id, 'Publish');
  await settledState(session, api.id, 'Published');
  return api;
}

/** Subscribes; the subscription goes before application and API do. */
async function subscribe(session: Session, applicationId: string, apiId: string) {
  const body = { applicationId, apiId, throttlingPolicy: 'Unlimited' };
  const answer = await session.apiManager('POST', `${devportal}/subscriptions`, { body });
  const id = answer.body?.subscriptionId;
  if (answer.status === 201) session.cleanUp(() => session.apiManager('DELETE', `${devportal}/subscriptions/${id}`));
  return answer;
}

/** Applications, their keys and their subscriptions, as the developer portal has them. */
export const portal: Probe[] = probes('api-manager', [
  {
    id: 'application-name-is-taken',
    fact: 'An application is created with 201; a second one of its name is a conflict: 409.',
    source: 'contract B.8',
    expect: { first: 201, second: 409 },
    async run(session) {
      const name = session.name();
      const first = await createApplication(session, name);
      return { first: first.status, second: (await createApplication(session, name)).status };
    },
  },
  {
    id: 'application-keeps-its-description',
    fact: 'An application keeps and gives back its description.',
    source: 'devportal-api.yaml',
    expect: 'A probe of cdr-stack.',
    async run(session) {
      const id = await madeApplication(session);
      return (await session.apiManager('GET', `${APPLICATIONS}/${id}`)).body.description;
    },
  },
  {
    id: 'keys-of-a-disabled-key-manager',
    fact: 'Keys of a key manager that is disabled are refused as if it were not there: 400, 901403.',
    source: 'real servers',
    expect: { status: 400, code: 901403 },
    async run(session) {
      const { name } = await madeKeyManager(session);
      return refusal(await generateKeys(session, await madeApplication(session), name));
    },
  },
  {
    id: 'keys-of-a-key-manager-that-makes-none',
    fact: 'Keys of a key manager that makes no clients are refused: 400, 901405.',
    source: 'contract B.3',
    destructive: true,
    expect: { status: 400, code: 901405 },
    async run(session) {
      const { name } = await madeKeyManager(session, { enabled: true, enableOAuthAppCreation: false });
      return refusal(await generateKeys(session, await madeApplication(session), name));
    },
  },
  {
    id: 'keys-of-an-unreachable-key-manager',
    fact: 'Keys of a key manager that cannot be reached are refused with 409, 901409, as if there were some.',
    source: 'contract B.3',
    destructive: true,
    expect: { status: 409, code: 901409 },
    async run(session) {
      const { name } = await unreachableKeyManager(session);
      const id = await madeApplication(session);
      const settled = await session.until(
        () => generateKeys(session, id, name),
        ({ status }) => status === 409,
      );
      return refusal(settled);
    },
  },
  {
    id: 'keys-of-no-key-manager',
    fact: 'Keys of a key manager that is not there are refused: 400, 901403.',
    source: 'contract B.2',
    expect: { status: 400, code: 901403 },
    run: async (session) => refusal(await generateKeys(session, await madeApplication(session), session.name())),
  },
  {
    id: 'portal-lists-enabled-key-managers',
    fact: 'The developer portal lists key managers with name and enabled.',
    source: 'contract B.3',
    expect: { status: 200, told: true },
    async run(session) {
      const { status, body } = await session.apiManager('GET', `${devportal}/key-managers`);
      return { status, told: body.list.every((entry: object) => 'name' in entry && 'enabled' in entry) };
    },
  },
  {
    id: 'unpublished-api-is-not-offered',
    fact: 'An API that is not published cannot be subscribed to.',
    source: 'contract B.8',
    expect: false,
    async run(session) {
      const { id } = await madeApi(session);
      return (await subscribe(session, await madeApplication(session), id)).status < 300;
    },
  },
  {
    id: 'subscription-once',
    fact: 'A subscription is created with 201, and a second one of the same application is a conflict: 409.',
    source: 'contract B.8',
    expect: { first: 201, second: 409 },
    async run(session) {
      const { id } = await offeredApi(session);
      const applicationId = await madeApplication(session);
      const first = await subscribe(session, applicationId, id);
      return { first: first.status, second: (await subscribe(session, applicationId, id)).status };
    },
  },
  {
    id: 'subscription-to-a-removed-api',
    fact: 'A subscription to an API that was removed is answered 500 with 900967, the general error.',
    source: 'real servers (4.6.0)',
    expect: { status: 500, code: 900967 },
    async run(session) {
      const { id } = await offeredApi(session);
      const applicationId = await madeApplication(session);
      await session.apiManager('DELETE', `/api/am/publisher/v4/apis/${id}`);
      return refusal(await subscribe(session, applicationId, id));
    },
  },
  {
    id: 'api-with-subscriptions-stays',
    fact: 'An API that somebody subscribes to cannot be removed: 409.',
    source: 'carbon-apimgt [S]',
    expect: 409,
    async run(session) {
      const { id } = await offeredApi(session);
      await subscribe(session, await madeApplication(session), id);
      return (await session.apiManager('DELETE', `/api/am/publisher/v4/apis/${id}`)).status;
    },
  },
]);
