import type { Api, Revision } from '@cdr-stack/wso2';
import { type FieldChange, fieldChanges } from '../engine/change.ts';
import type { ApiEnvironment } from '../environment.ts';
import { contentOf } from './api-content.ts';
import { endpointConfigFrom, maskEndpointSecurity } from './endpoint-config.ts';

/** A revision as provisioning judges it. */
export interface JudgedRevision extends Revision {
  /** `sha256:<12>` over what is declared of the API; undefined: nobody looked. */
  content?: string;
}

const rememberedAs = ({ declared: { name, version } }: ApiEnvironment) => `newest revision of API ${name} ${version}`;

const known = ({ id }: Revision, content: string) => JSON.stringify([id, content]);

/** Keeps what a revision holds that this run made, so that the next run need not read it. */
export const rememberContent = (made: Revision, content: string, environment: ApiEnvironment) =>
  environment.ledger.remember(rememberedAs(environment), known(made, content));

/**
 * Says what a revision holds. A description can be written by anybody: only of the newest revision that a run of ours made, which the
 * ledger knows, is the content known. Every other one is read, as the API that it froze.
 *
 * @param content of the working copy.
 */
export async function judgeRevision(
  revision: Revision,
  content: string,
  environment: ApiEnvironment,
): Promise<JudgedRevision> {
  const { apiManager, ledger } = environment;
  if (await ledger.wasApplied(rememberedAs(environment), known(revision, content))) return { ...revision, content };
  const [frozen, definition] = await Promise.all([
    apiManager.publisher.getApi(revision.id),
    apiManager.publisher.getDefinition(revision.id),
  ]);
  return { ...revision, content: contentOf(frozen, JSON.parse(definition), environment) };
}

/** What the server changes by itself, or what steps of provisioning show already. */
const noContent = new Set(
  `id apiId isRevision revisionId revisionedApiId createdTime lastUpdatedTime lastUpdatedTimestamp lastUpdatedBy
  lifeCycleStatus workflowStatus operations scopes tags additionalProperties additionalPropertiesMap serviceInfo monetization hasThumbnail provider
  isDefaultVersion accessControl`.split(/\s+/),
);

/**
 * What goes live with a new revision although nobody declared it: changes of the working copy that people made since the revision that
 * is deployed.
 */
export async function undeclaredChanges(
  deployed: Revision,
  workingCopy: Api,
  environment: ApiEnvironment,
): Promise<FieldChange[]> {
  const [frozen, current] = await undeclaredParts(deployed, workingCopy, environment);
  return fieldChanges(frozen, current).map(maskEndpointSecurity);
}

/** Whether the revision can stand for the working copy: what nobody declared is the same in both. */
export async function holdsUndeclared(revision: Revision, workingCopy: Api, environment: ApiEnvironment) {
  const [frozen, current] = await undeclaredParts(revision, workingCopy, environment);
  return fieldChanges(frozen, current).length === 0 && fieldChanges(current, frozen).length === 0;
}

async function undeclaredParts(revision: Revision, workingCopy: Api, { apiManager, declared }: ApiEnvironment) {
  const { endpointConfig, ...runtime } = declared.runtime;
  const frozen = await apiManager.publisher.getApi(revision.id);
  // Policies are declared as a whole: those of the whole API go with the rest.
  const isDeclared = (member: string) =>
    member in runtime || (member === 'apiPolicies' && declared.policies !== undefined);
  const members = Object.keys({ ...frozen, ...workingCopy }).filter((one) => !noContent.has(one) && !isDeclared(one));
  const part = (api: Api) => {
    // With what is declared of the endpoint in both, only the rest of it can differ.
    const whole: Record<string, unknown> = {
      ...api,
      endpointConfig: endpointConfigFrom(api.endpointConfig, endpointConfig),
    };
    return Object.fromEntries(members.map((one) => [one, whole[one]]));
  };
  return [part(frozen), part(workingCopy)] as const;
}
