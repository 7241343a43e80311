import { type Api, normaliseContext, Wso2Error, wso2Codes } from '@cdr-stack/wso2';
import { type Change, changeOf } from '../engine/change.ts';
import { StepError } from '../engine/errors.ts';
import type { Step, Task } from '../engine/step.ts';
import { notYet, waitFor } from '../engine/wait.ts';
import type { ApiEnvironment } from '../environment.ts';
import { labelChanges, labelled, refuseForeign } from '../ownership.ts';
import { definitionChanges } from './definition-changes.ts';
import { onceKeyManagersAreHeard } from './key-managers-heard.ts';
import { operationsIn } from './operations.ts';

interface Seen {
  api: Api | undefined;
  definition: unknown;
}

/**
 * The API itself, from its OpenAPI definition. It is made with its endpoint and plans, so that there is never one without; what
 * becomes of these later is the step endpoint's, and policies are the step policy's.
 */
export const api: Step<ApiEnvironment, Seen> = {
  name: 'api',
  title: 'API',
  needs: ['key-manager-operational', 'data-holder-scopes'],

  async read({ api: known }) {
    if ((await known.id()) === undefined) return { api: undefined, definition: undefined };
    const [found, definition] = await Promise.all([known.find(), known.definition()]);
    return { api: found, definition };
  },

  declares: ({ declared: { context, regulatory, definition } }) => ({ context, regulatory, definition }),

  plan({ api: found, definition }, { declared, owner }): Change[] {
    const resource = `API ${declared.name} ${declared.version}`;
    if (!found)
      return changeOf(resource, undefined, {
        context: declared.path,
        operations: operationsIn(declared.definition).map(({ verb, target }) => `${verb} ${target}`),
      });
    const { context } = declared;
    if (normaliseContext(found.context, declared.version) !== normaliseContext(context, declared.version)) {
      throw new StepError(
        `${resource} has the context ${found.context}, and ${context} is declared. A context cannot change: ` +
          'declare another version, or delete the API in the Publisher first.',
      );
    }
    const fields = definitionChanges(definition, declared);
    return [
      ...labelChanges(resource, found, { owner, regulatory: declared.regulatory }),
      ...(fields.length > 0 ? [{ action: 'update' as const, resource: `definition of ${resource}`, fields }] : []),
    ];
  },

  async apply(seen, environment, task) {
    const { apiManager, api: known, declared, owner, settleSeconds } = environment;
    if (seen.api) return update(seen.api, seen.definition, environment, task);
    const { name, version } = declared;
    try {
      const imported = await apiManager.publisher.importOpenApi(declared.definitionText, {
        name,
        version,
        context: declared.context,
        enableSchemaValidation: false,
        ...declared.runtime,
        ...labelled({}, { owner, regulatory: declared.regulatory }),
      });
      known.imported(imported.id);
    } catch (error) {
      if (!(error instanceof Wso2Error) || error.code !== 'conflict') throw error;
      const isTaken = error.wso2Code === wso2Codes.apiNameExists || error.wso2Code === wso2Codes.apiContextExists;
      if (isTaken) {
        throw new StepError(
          `API ${name} ${version}: an API that preflight did not find yet has its name or its context: ${error.message}`,
        );
      }
      // It is there already; the search's index has not caught up with it.
      const awaited = { for: `the search to find API ${name} ${version}`, seconds: settleSeconds };
      const found = await waitFor(task, awaited, async () => {
        known.forget();
        return (await known.find()) ?? notYet(`API Manager has it (${error.message}) and does not find it`);
      });
      refuseForeign(`API ${name} ${version}`, found, environment);
      await update(found, await known.definition(), environment, task);
    }
  },
};

async function update(found: Api, definition: unknown, environment: ApiEnvironment, task: Task) {
  const { apiManager, declared, owner } = environment;
  const labels = { owner, regulatory: declared.regulatory };
  const differs = definitionChanges(definition, declared).length > 0;
  const { apiThrottlingPolicy } = declared.runtime;
  // A limit for the API as a whole takes the place of those of its operations: with another than the declared one, the definition
  // would never be stored as declared (4.6.0).
  const limited = differs && (found.apiThrottlingPolicy ?? null) !== (apiThrottlingPolicy ?? null);
  if (limited || labelChanges('', found, labels).length > 0) {
    const limit = limited ? { apiThrottlingPolicy: apiThrottlingPolicy ?? null } : {};
    const body = { ...found, ...labelled(found, labels), ...limit };
    await onceKeyManagersAreHeard(task, environment, () => apiManager.publisher.updateApi(found.id, body));
  }
  if (!differs) return;
  task.checkpoint();
  await onceKeyManagersAreHeard(task, environment, () =>
    apiManager.publisher.updateDefinition(found.id, declared.definitionText),
  );
}
