import type { Api, ApiManager } from '@cdr-stack/wso2';
import { parse } from 'yaml';
import { StepError } from './engine/errors.ts';

/** The API in API Manager, by name and version; what was read is kept until a step says that it wrote. */
export interface KnownApi {
  /** The API in full, or undefined when there is none. */
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
  publisher: ApiManager['publisher'],
  { name, version }: { name: string; version: string },
): KnownApi {
  let id: string | undefined;
  let api: Promise<Api | undefined> | undefined;
  let definition: Promise<unknown> | undefined;

  async function read(): Promise<Api | undefined> {
    id ??= (await publisher.findApi(name, version))?.id;
    return id === undefined ? undefined : publisher.getApi(id);
  }

  async function require(): Promise<Api> {
    const found = await find();
    if (found) return found;
    throw new StepError(`There is no API ${name} ${version} in API Manager: the step api imports it.`);
  }

  function find() {
    api ??= read();
    return api;
  }

  function forget() {
    api = undefined;
    definition = undefined;
  }

  return {
    find,
    require,
    forget,
    definition() {
      definition ??= require().then(async (found) => parse(await publisher.getDefinition(found.id)));
      return definition;
    },
    imported(apiId) {
      forget();
      id = apiId;
    },
  };
}
