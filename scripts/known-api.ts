import type { Api, ApiManager } from '@cdr-stack/wso2';
import { parse } from 'yaml';
import { StepError } from './engine/errors.ts';

/**
 * The API in API Manager, by name and version. The clients cache what they read until a write, so reading again costs nothing; only the id
 * is kept here, because the search that finds it lags behind.
 */
export interface KnownApi {
  /** The id of the API, or undefined if the API does not exist. With the id, a step can read the API's parts at once. */
  id(): Promise<string | undefined>;
  /** The API in full, or undefined if it does not exist. */
  find(): Promise<Api | undefined>;
  /** The API in full. Throws a StepError that names the step which makes it. */
  require(): Promise<Api>;
  /** The stored OpenAPI document, parsed. */
  definition(): Promise<unknown>;
  /** The API that was just imported: the search may not find it for minutes. */
  imported(apiId: string): void;
  /** Read anew when asked next. */
  forget(): void;
}

export function knowApi(
  { publisher, forget }: Pick<ApiManager, 'publisher' | 'forget'>,
  { name, version }: { name: string; version: string },
): KnownApi {
  let known: string | undefined;

  async function id(): Promise<string | undefined> {
    known ??= (await publisher.findApi(name, version))?.id;
    return known;
  }

  async function required(): Promise<string> {
    const found = await id();
    if (found !== undefined) return found;
    throw new StepError(`There is no API ${name} ${version} in API Manager: the step api imports it.`);
  }

  return {
    id,
    async find() {
      const found = await id();
      return found === undefined ? undefined : publisher.getApi(found);
    },
    require: async () => publisher.getApi(await required()),
    definition: async () => parse(await publisher.getDefinition(await required())),
    imported(apiId) {
      known = apiId;
    },
    forget,
  };
}
