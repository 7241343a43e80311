import type { FastifyInstance, FastifyRequest } from 'fastify';
import { notFound } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { pathParameter } from '../request-body.ts';
import { devportal } from '../scopes.ts';
import type { KeyMapping } from '../store.ts';
import { requireApplication } from './applications.ts';
import { shownKey } from './key-rules.ts';

/** The keys that an application has. */
export function applicationKeys(app: FastifyInstance, { store }: Instance): void {
  const path = `${devportal}/applications/:applicationId/oauth-keys`;

  app.get(path, async (request) => {
    const { applicationId } = requireApplication(store, request);
    // Rows that a failed generation left behind do not show.
    const list = store.keyMappings
      .list()
      .filter((row) => row.applicationId === applicationId && row.consumerKey !== undefined)
      .map((row) => shownKey(row));
    return { count: list.length, list };
  });

  app.get(`${path}/:keyMappingId`, async (request) => shownKey(requireRow(request)));

  app.post(`${path}/:keyMappingId/clean-up`, async (request, reply) => {
    store.keyMappings.remove(requireRow(request).keyMappingId);
    return reply.code(200).send();
  });

  function requireRow(request: FastifyRequest): KeyMapping {
    const { applicationId } = requireApplication(store, request);
    const id = pathParameter(request, 'keyMappingId');
    const row = store.keyMappings.get(id);
    if (row?.applicationId !== applicationId) throw notFound(`Requested key mapping with id ${id} not found`);
    return row;
  }
}
