import { randomUUID } from 'node:crypto';
import type { Registration } from '../store/registration-store.ts';
import { asHeld, type RegisteredMetadata } from '../validation/registered-metadata.ts';
import type { Fault } from '../validation/verdict.ts';
import { openAttempt } from './attempt.ts';
import type { BoundClient } from './bound-client.ts';
import { clientNameFor } from './client-name.ts';
import { leaseSeconds, type RegistrationContext } from './context.ts';
import { giveUp } from './give-up.ts';
import { judgeRequest } from './judge-request.ts';
import {
  anotherChange,
  outOfTime,
  type Rejected,
  rejectedFor,
  replayedRequest,
  type Unavailable,
  type Unknown,
  unusableId,
} from './registration-error.ts';
import { reportDifferences } from './report-differences.ts';
import { commitStep, runSaga } from './saga.ts';
import { briefly, whenFree } from './when-free.ts';

type Replacement = { readonly outcome: 'done'; readonly registration: Registration } | Rejected | Unavailable | Unknown;

/** The Register's ids are GUIDs. */
const isSameId = (one: string | undefined, other: string | undefined): boolean =>
  one?.toLowerCase() === other?.toLowerCase();

function unmodifiableFaults(
  before: RegisteredMetadata,
  after: RegisteredMetadata,
  allowOrganisationChange: boolean,
): Fault[] {
  const fixed = ['software_id', ...(allowOrganisationChange ? [] : (['org_id', 'legal_entity_id'] as const))] as const;
  return (
    fixed
      // A member that the statement gained (the Register added legal_entity_id later) is no change of owner.
      .filter((member) => before[member] !== undefined && !isSameId(before[member], after[member]))
      .map((member) => ({
        code: 'invalid_client_metadata',
        description: `The '${member}' of the software_statement must stay that of the registration.`,
      }))
  );
}

/** The sector of pairwise subjects: OpenID Connect Core, section 8.1. */
function sectorOf({ sector_identifier_uri, redirect_uris: [first] }: RegisteredMetadata): string | undefined {
  return URL.parse(sector_identifier_uri ?? first ?? '')?.hostname;
}

/**
 * PUT /register/{ClientId}: a full replacement, judged exactly like POST. Members that the new request leaves out
 * fall back to defaults.
 *
 * @param deadline the request's, whose time runs already.
 * @throws StoreUnavailable when nothing can be begun; the attempt is audited all the same.
 */
export async function replaceRegistration(
  clientId: string,
  body: string,
  certificate: string,
  context: RegistrationContext,
  deadline = AbortSignal.timeout(context.deadlineMs),
): Promise<Replacement> {
  const { validation, policy, store, platform, audit, logger } = context;
  const attempt = openAttempt({ event: 'registration.replace', clientId, certificate }, audit, deadline);

  const before = await attempt.inTime(() => store.find(clientId));
  if (deadline.aborted) return attempt.unavailable(outOfTime, 'out of time');
  if (!before) return { outcome: 'unknown' };
  const softwareId = before.metadata.software_id;
  attempt.learn({ softwareId });
  const judged = await judgeRequest(body, attempt, context);
  if (judged.outcome !== 'accepted') return judged;
  const { uses } = judged;
  // The product keeps the spelling by which its client is named.
  const metadata = { ...judged.metadata, software_id: softwareId };
  const faults = unmodifiableFaults(before.metadata, judged.metadata, policy.allowOrganisationChange);
  if (faults.length > 0) return attempt.rejected(rejectedFor('invalid_client_metadata', faults), 'unmodifiable');

  const name = clientNameFor(softwareId);
  const complaint = platform.oauthClients.nameComplaint?.(name, judged.metadata.software_id);
  if (complaint !== undefined) return attempt.rejected(unusableId(complaint));

  const now = validation.now();
  const claim = randomUUID();
  const begin = async () => {
    const outcome = await store.beginReplacement(clientId, {
      uses,
      now,
      leaseUntil: now + leaseSeconds(context),
      claim,
    });
    // As with a creation: a JWT that was answered 5xx is no replay while its replacement is being undone.
    const isHeld = outcome === 'replayed' && (await store.changeUnderWay(softwareId)) === 'replacement';
    return isHeld ? 'held' : outcome;
  };
  const patience = { held: Infinity, busy: briefly(context), begun: 0, replayed: 0, unknown: 0 };
  const begun = await attempt.inTime(() => whenFree(begin, (outcome) => patience[outcome], deadline));
  if (begun === 'unknown') return { outcome: 'unknown' };
  if (begun === 'replayed') return attempt.rejected(replayedRequest, begun);
  if (begun !== 'begun') return attempt.unavailable(anotherChange, 'busy');

  if (sectorOf(before.metadata) !== sectorOf(metadata)) {
    logger.warn(
      { clientId, from: sectorOf(before.metadata), to: sectorOf(metadata) },
      'the sector changes, and with it every pairwise subject of this client',
    );
  }
  let bound: BoundClient = { held: {}, differences: [] };
  const registered = () => asHeld(metadata, bound.held);
  const saga = await runSaga([
    {
      name: 'update the OAuth client',
      run: () => platform.oauthClients.update(clientId, name, metadata, deadline),
    },
    {
      name: 'bind it to its scopes and redirect URIs',
      run: async () => {
        bound = await platform.oauthClients.bind({ clientId, fresh: false }, metadata, deadline);
      },
    },
    commitStep(() => store.commitReplacement(clientId, registered(), claim), deadline),
  ]);
  if (!saga.done) {
    const change = { kind: 'replacement', softwareId, registration: before, claim } as const;
    return attempt.unavailable(await giveUp(change, saga, context, deadline), saga.failedAt);
  }
  reportDifferences(context, { clientId, softwareId }, bound.differences);
  attempt.done();
  return { outcome: 'done', registration: { ...before, metadata: registered() } };
}
