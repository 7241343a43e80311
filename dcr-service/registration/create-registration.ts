import type { Registration } from '../store/registration-store.ts';
import { registeredMetadata } from '../validation/registered-metadata.ts';
import { type VerifiedRequest, validateRegistrationRequest } from '../validation/registration-request.ts';
import { clientNameFor } from './client-name.ts';
import { leaseSeconds, type RegistrationContext, singleUsesOf } from './context.ts';
import type { CreatedClient } from './platform.ts';
import { reconcile } from './reconciler.ts';
import { type Rejected, rejectedFor, type Unavailable } from './registration-error.ts';
import { runSaga } from './saga.ts';
import { settleFailure } from './settle-failure.ts';

export const replayed = [
  { code: 'invalid_client_metadata', description: 'JTI value of the registration request has been replayed.' },
] as const;

type Creation = { readonly outcome: 'done'; readonly registration: Registration } | Rejected | Unavailable;

/**
 * Reserves the software product. What an earlier attempt has left behind is cleared away first, so that an honest
 * retry need not wait for the reconciler.
 */
async function begin(softwareId: string, verified: VerifiedRequest, context: RegistrationContext) {
  const uses = singleUsesOf(verified, context);
  const attempt = () => {
    const now = context.validation.now();
    return context.store.beginCreation(softwareId, { uses, now, leaseUntil: now + leaseSeconds });
  };
  const begun = await attempt();
  if (begun !== 'unfinished') return begun;
  await reconcile(context);
  return attempt();
}

/**
 * POST /register: verify, reserve the software product together with the JWT's jti, create client and application,
 * commit.
 */
export async function createRegistration(
  body: string,
  certificate: string,
  context: RegistrationContext,
): Promise<Creation> {
  const { validation, policy, store, platform, audit } = context;
  const event = 'registration.create';

  const verdict = await validateRegistrationRequest(body, validation);
  if (!verdict.accepted) {
    audit({ event, outcome: 'rejected', certificate, reason: verdict.error });
    return rejectedFor(verdict.error, verdict.faults);
  }
  const metadata = registeredMetadata(verdict.value, validation.policy);
  const softwareId = metadata.software_id;
  const now = validation.now();

  const begun = await begin(softwareId, verdict.value, context);
  if (begun === 'unfinished') {
    audit({ event, outcome: 'unavailable', softwareId, certificate, reason: begun });
    const description = 'An earlier attempt is still being undone; send the request again in a minute.';
    return { outcome: 'unavailable', reason: 'busy', description };
  }
  if (begun !== 'begun') {
    audit({ event, outcome: 'rejected', softwareId, certificate, reason: begun });
    if (begun === 'replayed') return rejectedFor('invalid_client_metadata', replayed);
    const description = 'Duplicate registrations for a given software_id are not valid.';
    return rejectedFor(policy.duplicateError, [{ code: policy.duplicateError, description }]);
  }

  const name = clientNameFor(softwareId);
  let client: CreatedClient = { clientId: '', clientSecret: undefined };
  let applicationId = '';
  const registered = (): Registration => ({ clientId: client.clientId, clientIdIssuedAt: now, metadata });
  const nothing = async () => {};
  const saga = await runSaga([
    {
      name: 'create the OAuth client',
      run: async () => {
        client = await platform.oauthClients.create(name, metadata);
      },
      undo: () => platform.oauthClients.remove(name),
    },
    {
      name: 'create the application',
      run: async () => {
        ({ applicationId } = await platform.developerPortal.createApplication(name));
      },
      undo: () => platform.developerPortal.removeApplication(name),
    },
    // Keys and subscriptions go with the application.
    { name: 'map its keys', run: () => platform.developerPortal.mapKeys(applicationId, client), undo: nothing },
    { name: 'subscribe it', run: () => platform.developerPortal.subscribe(applicationId), undo: nothing },
    { name: 'store the registration', run: () => store.commitCreation(registered()), undo: nothing },
  ]);
  if (!saga.done) {
    audit({ event, outcome: 'unavailable', softwareId, certificate, reason: saga.failedAt });
    return settleFailure(softwareId, saga, context);
  }
  audit({ event, outcome: 'done', softwareId, clientId: client.clientId, certificate });
  return { outcome: 'done', registration: registered() };
}
