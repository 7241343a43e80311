import { type Api, normaliseContext, Wso2Error } from '@cdr-stack/wso2';
import { type Change, changeOf } from '../engine/change.ts';
import { StepError } from '../engine/errors.ts';
import type { Step } from '../engine/step.ts';
import { notYet, waitFor } from '../engine/wait.ts';
import type { Environment } from '../environment.ts';
import { definitionChanges } from './definition-changes.ts';
import { operationsIn } from './operations.ts';

interface Seen {
  api: Api | undefined;
  definition: unknown;
}

/** The API itself, from its OpenAPI definition. Endpoint, plans and policy are later steps'. */
export const api: Step<Environment, Seen> = {
  name: 'api',
  title: 'API',
  needs: ['resident-key-manager'],

  async read({ api: known }) {
    const found = await known.find();
    return { api: found, definition: found && (await known.definition()) };
  },

  plan({ api: found, definition }, { declared, settings }): Change[] {
    const resource = `API ${declared.name} ${declared.version}`;
    if (!found)
      return changeOf(resource, undefined, {
        context: declared.path,
        operations: operationsIn(declared.definition).map(({ verb, target }) => `${verb} ${target}`),
      });
    const { context } = settings.api;
    if (normaliseContext(found.context, declared.version) !== normaliseContext(context, declared.version)) {
      throw new StepError(
        `${resource} has the context ${found.context}, and ${context} is declared. A context cannot change: ` +
          'declare another version, or delete the API in the Publisher first.',
      );
    }
    const fields = definitionChanges(definition, declared.definition);
    return fields.length > 0 ? [{ action: 'update', resource: `definition of ${resource}`, fields }] : [];
  },

  async apply({ api: found }, environment, task) {
    const { apiManager, api: known, declared, settings, settleSeconds } = environment;
    if (found) {
      await apiManager.publisher.updateDefinition(found.id, declared.definitionText);
      return;
    }
    const { name, version } = declared;
    try {
      const imported = await apiManager.publisher.importOpenApi(declared.definitionText, {
        name,
        version,
        context: settings.api.context,
        enableSchemaValidation: false,
      });
      known.imported(imported.id);
    } catch (error) {
      if (!(error instanceof Wso2Error) || error.code !== 'conflict') throw error;
      // It is there already; the search's index has not caught up with it.
      await waitFor(task, { for: `the search to find API ${name} ${version}`, seconds: settleSeconds }, async () => {
        known.forget();
        return (await known.find()) ?? notYet(`API Manager has it (${error.message}) and does not find it`);
      });
    }
  },
};
