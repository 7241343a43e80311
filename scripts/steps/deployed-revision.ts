import type { Api, Revision } from '@cdr-stack/wso2';
import { type FieldChange, fieldChanges } from '../engine/change.ts';
import type { ApiEnvironment } from '../environment.ts';
import { contentOf } from './api-content.ts';

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
  { apiManager, declared }: ApiEnvironment,
): Promise<FieldChange[]> {
  const frozen = await apiManager.publisher.getApi(deployed.id);
  const members = Object.keys({ ...frozen, ...workingCopy }).filter((one) => !noContent.has(one));
  const part = (api: Api) => Object.fromEntries(members.map((one) => [one, (api as Record<string, unknown>)[one]]));
  return fieldChanges(part(frozen), part(workingCopy)).filter(({ path }) => !isDeclared(declared.runtime, path));
}

const isDeclared = (declared: unknown, path: string): boolean =>
  path.split('.').reduce<unknown>((inner, key) => Object(inner)[key], declared) !== undefined;
