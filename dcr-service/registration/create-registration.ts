import { randomUUID } from 'node:crypto';
import type { Registration } from '../store/registration-store.ts';
import { asHeld } from '../validation/registered-metadata.ts';
import { allDone } from './all-done.ts';
import { openAttempt } from './attempt.ts';
import type { BoundClient } from './bound-client.ts';
import { clientNameFor } from './client-name.ts';
import { leaseSeconds, type RegistrationContext } from './context.ts';
import { until } from './deadline.ts';
import { giveUp } from './give-up.ts';
import { type Accepted, judgeRequest } from './judge-request.ts';
import type { CreatedClient } from './platform.ts';
import { reconcile } from './reconcile.ts';
import {
  busy,
  type Rejected,
  rejectedFor,
  replayedRequest,
  type Unavailable,
  unusableId,
} from './registration-error.ts';
import { reportDifferences } from './report-differences.ts';
import { commitStep, runSaga } from './saga.ts';
import { whenFree } from './when-free.ts';

type Creation = { readonly outcome: 'done'; readonly registration: Registration } | Rejected | Unavailable;

/**
 * Reserves the software product. What an earlier attempt has left behind is cleared away first, so that an honest
 * retry need not wait for the reconciler.
 */
async function reserve(
  { metadata, uses }: Accepted,
  claim: string,
  context: RegistrationContext,
  deadline: AbortSignal,
) {
  const { store, validation } = context;
  const softwareId = metadata.software_id;
  const begin = () =>
    until(deadline, () => {
      const now = validation.now();
      return store.beginCreation(softwareId, { uses, now, leaseUntil: now + leaseSeconds(context), claim });
    });
  // The JWT of a request that is answered 5xx is released when its creation has been undone: until then it is no replay.
  // The same request once more, at the same time, waits for what becomes of the first.
  const beginUnlessHeld = async () => {
    const outcome = await begin();
    const isHeld =
      outcome === 'replayed' && (await until(deadline, () => store.changeUnderWay(softwareId))) === 'creation';
    return isHeld ? 'held' : outcome;
  };
  const begun = await whenFree(beginUnlessHeld, (outcome) => (outcome === 'held' ? Infinity : 0), deadline);
  if (begun === 'held') return 'unfinished';
  if (begun !== 'unfinished') return begun;
  await until(deadline, () => reconcile(context, { only: softwareId }));
  return begin();
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
  const attempt = openAttempt({ event: 'registration.create', certificate }, audit, deadline);

  const judged = await judgeRequest(body, attempt, context);
  if (judged.outcome !== 'accepted') return judged;
  const { metadata } = judged;
  const softwareId = metadata.software_id;
  const name = clientNameFor(softwareId);
  const complaint = platform.oauthClients.nameComplaint?.(name, softwareId);
  if (complaint !== undefined) return attempt.rejected(unusableId(complaint));
  const now = validation.now();
  const claim = randomUUID();

  const begun = (await attempt.inTime(() => reserve(judged, claim, context, deadline))) ?? 'unfinished';
  if (begun === 'unfinished') {
    const unfinished = busy(
      'An earlier attempt is still being undone; send the request again in a minute.',
      leaseSeconds(context),
    );
    return attempt.unavailable(unfinished, begun);
  }
  if (begun === 'replayed') return attempt.rejected(replayedRequest, begun);
  if (begun === 'duplicate') {
    const description = 'Duplicate registrations for a given software_id are not valid.';
    const duplicate = rejectedFor(policy.duplicateError, [{ code: policy.duplicateError, description }]);
    return attempt.rejected(duplicate, begun);
  }

  const { oauthClients, developerPortal } = platform;
  let client: CreatedClient = { clientId: '', clientSecret: undefined };
  let applicationId = '';
  let bound: BoundClient = { held: {}, differences: [] };
  const registered = (): Registration => ({
    clientId: client.clientId,
    clientIdIssuedAt: now,
    metadata: asHeld(metadata, bound.held),
  });
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
    {
      // After API Manager has had to do with the client, so that what is read back is what stays.
      name: 'subscribe it, and bind the client to its scopes and redirect URIs',
      run: async () => {
        const fresh = { clientId: client.clientId, fresh: true };
        [bound] = await allDone(
          oauthClients.bind(fresh, metadata, deadline),
          developerPortal.subscribe(applicationId, deadline),
        );
      },
    },
    commitStep(() => store.commitCreation(registered(), claim), deadline),
  ]);
  if (!saga.done) {
    const change = { kind: 'creation', softwareId, registration: undefined, claim } as const;
    return attempt.unavailable(await giveUp(change, saga, context, deadline), saga.failedAt);
  }
  reportDifferences(context, { clientId: client.clientId, softwareId }, bound.differences);
  attempt.learn({ clientId: client.clientId });
  attempt.done();
  return { outcome: 'done', registration: registered() };
}
