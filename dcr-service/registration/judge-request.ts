import type { SingleUse } from '../store/registration-store.ts';
import { type RegisteredMetadata, registeredMetadata } from '../validation/registered-metadata.ts';
import { validateRegistrationRequest } from '../validation/registration-request.ts';
import type { Attempt } from './attempt.ts';
import { type RegistrationContext, singleUsesOf } from './context.ts';
import { outOfTime, type Rejected, rejectedFor, removedProduct, type Unavailable } from './registration-error.ts';

/** A request that may be registered. */
export interface Accepted {
  readonly outcome: 'accepted';
  readonly metadata: RegisteredMetadata;
  /** The JWTs that it uses up. */
  readonly uses: readonly SingleUse[];
}

/** What POST and PUT judge alike: the request and its software statement, and the Register's word on the product. */
export async function judgeRequest(
  body: string,
  attempt: Attempt,
  context: RegistrationContext,
): Promise<Accepted | Rejected | Unavailable> {
  const { validation } = context;
  const verdict = await attempt.inTime(() => validateRegistrationRequest(body, validation));
  if (!verdict) return attempt.unavailable(outOfTime, 'out of time');
  if (!verdict.accepted) return attempt.rejected(rejectedFor(verdict.error, verdict.faults));
  const metadata = registeredMetadata(verdict.value, validation.policy);
  attempt.learn({ softwareId: metadata.software_id });
  if (context.isRemoved(metadata)) return attempt.rejected(removedProduct);
  return { outcome: 'accepted', metadata, uses: singleUsesOf(verdict.value, context) };
}
