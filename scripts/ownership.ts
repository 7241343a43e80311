import type { Api, ApiSummary, KeyManager } from '@cdr-stack/wso2';
import { type Change, changeOf } from './engine/change.ts';
import { ConsentNeeded } from './engine/errors.ts';

/** The ownership mark of every object that provisioning creates: the name of its environment. API Manager keeps it and shows it in every
 * read, in an API as an additional property, in a key manager as a member of `additionalProperties` (carbon-apimgt's KeyManagerMappingUtil
 * hands back what no form field takes). Policies and revisions go with their API.
 */
export const mark = 'cdr_stack';

/** By which dcr-service finds the APIs that every new client is subscribed to. */
export const regulatoryTag = 'cdr-regulatory';

/** Whose an API or a key manager is; undefined when a person made it, or another tool. */
export function ownerOf({ additionalProperties }: Pick<ApiSummary | KeyManager, 'additionalProperties'>) {
  const value = Array.isArray(additionalProperties)
    ? additionalProperties.find(({ name }) => name === mark)?.value
    : additionalProperties?.[mark];
  return typeof value === 'string' ? value : undefined;
}

/** The mark of a user: its `externalId`, which the client that creates the user chooses (RFC 7643, 3.1). */
export const userMark = (owner: string) => `${mark}:${owner}`;

/** Whose a user is; undefined when a person made it, or another tool. */
export const ownerOfUser = (externalId: string | null | undefined) =>
  externalId?.startsWith(`${mark}:`) ? externalId.slice(mark.length + 1) : undefined;

/** Labels of an API that are ours to set. */
export interface Labels {
  owner: string;
  regulatory: boolean;
}

/** What an API's labels should be, all others left as they are. */
export function labelled(
  { additionalProperties, tags }: Partial<Pick<Api, 'additionalProperties' | 'tags'>>,
  labels: Labels,
) {
  const others = (additionalProperties ?? []).filter(({ name }) => name !== mark);
  const otherTags = (tags ?? []).filter((tag) => tag !== regulatoryTag);
  return {
    additionalProperties: [...others, { name: mark, value: labels.owner, display: false }],
    tags: labels.regulatory ? [...otherTags, regulatoryTag] : otherTags,
  };
}

/** The differences in an API's labels, with a notice if somebody else owns the API. */
export function labelChanges(resource: string, api: Api, labels: Labels): Change[] {
  const actual = { owner: ownerOf(api), regulatory: (api.tags ?? []).includes(regulatoryTag) };
  return changeOf(resource, actual, { ...labels }).map((change) => ({
    ...change,
    ...takeover(actual.owner, labels.owner),
  }));
}

/** A remark on a change to an object that is not ours. */
export function takeover(owner: string | undefined, ours: string): Pick<Change, 'remark'> {
  return owner === ours ? {} : { remark: `${madeBy(owner)}: apply changes it only with --adopt` };
}

const madeBy = (owner: string | undefined) =>
  owner === undefined ? 'not owned by any environment' : `owned by environment ${owner}`;

/** Refuses to change an object that this environment does not own.
 *
 * @throws {ConsentNeeded} unless `adopt` was said.
 */
export function refuseForeign(
  resource: string,
  object: Pick<ApiSummary | KeyManager, 'additionalProperties'>,
  whose: Whose,
): void {
  refuseOwnedBy(ownerOf(object), resource, whose);
}

interface Whose {
  owner: string;
  consent: { adopt: boolean };
}

/** Refuses to change an object of another owner.
 *
 * @throws {ConsentNeeded} unless `adopt` was said.
 */
export function refuseOwnedBy(found: string | undefined, resource: string, { owner, consent }: Whose): void {
  if (found === owner || consent.adopt) return;
  throw new ConsentNeeded(
    `${resource} exists and is ${madeBy(found)}, so it is left alone. --plan shows the differences, --adopt takes it over` +
      (found === undefined ? '.' : `; or is this run meant for ${found} (--owner ${found})?`),
  );
}
