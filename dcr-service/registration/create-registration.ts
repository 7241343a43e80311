import { randomUUID } from 'node:crypto';
import type { Registration } from '../store/registration-store.ts';
import { registeredMetadata } from '../validation/registered-metadata.ts';
import { type VerifiedRequest, validateRegistrationRequest } from '../validation/registration-request.ts';
import { auditFailure } from './audit.ts';
import { clientNameFor } from './client-name.ts';
import { leaseFrom, type RegistrationContext, singleUsesOf } from './context.ts';
import { unlessTimeIsUp, until } from './deadline.ts';
import { giveUp } from './give-up.ts';
import type { CreatedClient } from './platform.ts';
import { reconcile } from './reconcile.ts';
import { busy, outOfTime, type Rejected, rejectedFor, removedProduct, type Unavailable } from './registration-error.ts';
import { commitStep, runSaga } from './saga.ts';

export const replayed = [
  { code: 'invalid_client_metadata', description: 'JTI value of the registration request has been replayed.' },
] as const;

type Creation = { readonly outcome: 'done'; readonly registration: Registration } | Rejected | Unavailable;

/**
 * Reserves the software product. What an earlier attempt has left behind is cleared away first, so that an honest
 * retry need not wait for the reconciler.
 */
async function begin(
  softwareId: string,
  claim: string,
  verified: VerifiedRequest,
  context: RegistrationContext,
  deadline: AbortSignal,
) {
  const uses = singleUsesOf(verified, context);
  const attempt = () => {
    const now = context.validation.now();
    return context.store.beginCreation(softwareId, { uses, now, leaseUntil: leaseFrom(now, context), claim });
  };
  const begun = await until(deadline, attempt);
  // The JWT of a request that was answered 5xx is released when its creation has been undone: until then it is no replay.
  if (begun === 'replayed' && (await until(deadline, () => context.store.changeUnderWay(softwareId))) === 'creation')
    return 'unfinished';
  if (begun !== 'unfinished') return begun;
  await until(deadline, () => reconcile(context, { isDue: (candidate) => candidate === softwareId, batches: 1 }));
  return until(deadline, attempt);
}

/**
 * POST /register: verify, reserve the software product together with the JWT's jti, create client and application,
 * commit.
 *
 * @param deadline the request's, whose time runs already.
 * @throws StoreUnavailable when nothing can be reserved; the attempt is audited all the same.
 */
export async function createRegistration(
  body: string,
  certificate: string,
  context: RegistrationContext,
  deadline = AbortSignal.timeout(context.deadlineMs),
): Promise<Creation> {
  const { validation, policy, store, platform, audit } = context;
  const event = 'registration.create';
  const rejected = (result: Rejected, reason: string, softwareId?: string): Rejected => {
    audit({ event, outcome: 'rejected', softwareId, certificate, code: result.error, reason });
    return result;
  };

  const verdict = await until(deadline, () => validateRegistrationRequest(body, validation)).catch(unlessTimeIsUp);
  if (verdict === undefined) {
    audit({ event, outcome: 'unavailable', certificate, reason: 'out of time' });
    return outOfTime;
  }
  if (!verdict.accepted) return rejected(rejectedFor(verdict.error, verdict.faults), verdict.error);
  const metadata = registeredMetadata(verdict.value, validation.policy);
  const softwareId = metadata.software_id;
  if (context.isRemoved(metadata)) return rejected(removedProduct, removedProduct.error, softwareId);
  const now = validation.now();
  const claim = randomUUID();

  const reserved = await begin(softwareId, claim, verdict.value, context, deadline)
    .catch(unlessTimeIsUp)
    .catch(auditFailure(audit, { event, softwareId, certificate }));
  const begun = reserved ?? 'unfinished';
  if (begun === 'unfinished') {
    audit({ event, outcome: 'unavailable', softwareId, certificate, reason: begun });
    return busy('An earlier attempt is still being undone; send the request again in a minute.');
  }
  if (begun === 'replayed') return rejected(rejectedFor('invalid_client_metadata', replayed), begun, softwareId);
  if (begun === 'duplicate') {
    const description = 'Duplicate registrations for a given software_id are not valid.';
    const duplicate = rejectedFor(policy.duplicateError, [{ code: policy.duplicateError, description }]);
    return rejected(duplicate, begun, softwareId);
  }

  const name = clientNameFor(softwareId);
  const { oauthClients, developerPortal } = platform;
  let client: CreatedClient = { clientId: '', clientSecret: undefined };
  let applicationId = '';
  const registered = (): Registration => ({ clientId: client.clientId, clientIdIssuedAt: now, metadata });
  const saga = await runSaga([
    {
      name: 'create the OAuth client',
      run: async () => {
        client = await oauthClients.create(name, metadata, deadline);
      },
    },
    {
      name: 'create the application',
      run: async () => {
        ({ applicationId } = await developerPortal.createApplication(name, deadline));
      },
    },
    { name: 'map its keys', run: () => developerPortal.mapKeys(applicationId, client, deadline) },
    { name: 'subscribe it', run: () => developerPortal.subscribe(applicationId, deadline) },
    commitStep(() => store.commitCreation(registered(), claim), deadline),
  ]);
  if (!saga.done) {
    audit({ event, outcome: 'unavailable', softwareId, certificate, reason: saga.failedAt });
    return giveUp({ kind: 'creation', softwareId, registration: undefined, claim }, saga, context, deadline);
  }
  audit({ event, outcome: 'done', softwareId, clientId: client.clientId, certificate });
  return { outcome: 'done', registration: registered() };
}
