import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { State } from '../state.ts';
import { applicationOf, putApplication } from './application.ts';
import type { Caller } from './authentication.ts';
import {
  type ClientMetadata,
  checkKeyReuse,
  checkMetadata,
  MetadataError,
  RegistrationRequest,
  UpdateRequest,
  updated,
} from './client-metadata.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import { callbackOf } from './redirect-uris.ts';
import {
  findClient,
  findClientByName,
  putClient,
  type RegisteredClient,
  randomCredential,
  removeClient,
} from './registered-client.ts';
import { registrationAnswer } from './registration-answer.ts';
import type { IdentityServerSettings } from './settings.ts';
import type { RegistrationOf } from './version.ts';

/** [oauth] client_id_validate_regex of the product. */
const CLIENT_ID = /^[a-zA-Z0-9_]{15,30}$/;

/**
 * Dynamic Client Registration v1.1 (`/register`). Statuses and words are those of the product's DCRMService and DCRMUtils: a name or
 * client id that is taken is 400, not 409; an unknown client is 401 without a body, not 404; and a version has its own members.
 */
export function clientRegistration(
  state: State,
  tokens: IssuedTokens,
  rules: RegistrationOf,
  settings: IdentityServerSettings,
) {
  const known = (body: unknown): unknown => {
    const unknown = Object.keys(Object(body)).find((member) => rules.takes?.includes(member) === false);
    if (unknown === undefined) return body;
    throw new MetadataError('invalid_client_metadata', `Unrecognized field "${unknown}", not marked as ignorable`);
  };
  const check = (metadata: ClientMetadata): void => {
    checkMetadata(metadata, { grants: settings.flows.grants, idTokens: settings.idToken.registrable });
    if (rules.wantsKeyReuse) checkKeyReuse(metadata);
  };
  const answer = (client: RegisteredClient, to: 'write' | 'id' | 'name') =>
    registrationAnswer(client, callbackOf(state, client), rules, settings, to);
  return async (app: FastifyInstance): Promise<void> => {
    app.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof MetadataError)) throw error;
      return reply.code(400).send({ error: error.code, error_description: error.message, traceId: randomUUID() });
    });

    app.post('/register', async (request, reply) => {
      const { client_name: name = '' } = Object(request.body);
      // The product fails without an error message, because the client would have no owner.
      if (request.askedBy?.kind === 'certificate') return reply.code(500).send();
      if (name.length > 255 || (name === '' && rules.withoutName === 500)) return reply.code(500).send();
      const { ext_param_client_id, ext_param_client_secret, ...metadata } = parse(
        RegistrationRequest,
        known(request.body),
      );
      check(metadata);
      refuseTakenName(state, metadata.client_name);
      const clientId = ext_param_client_id ?? randomCredential(28);
      refuseUnusableId(state, clientId);
      const client: RegisteredClient = {
        ...metadata,
        ext_application_owner: metadata.ext_application_owner ?? ownerName(request.askedBy),
        client_id: clientId,
        client_secret: ext_param_client_secret ?? randomCredential(44),
      };
      putClient(state, client);
      return reply.code(201).send(answer(client, 'write'));
    });

    app.get<{ Querystring: { client_name?: string } }>('/register', async (request, reply) => {
      const name = request.query.client_name ?? '';
      if (name === '') throw new MetadataError('invalid_client_metadata', 'Insufficient data in the request');
      const client = findClientByName(state, name);
      return client === undefined ? reply.code(401).send() : answer(client, 'name');
    });

    app.get<{ Params: { clientId: string } }>('/register/:clientId', async (request, reply) => {
      const client = findClient(state, request.params.clientId);
      return client === undefined ? reply.code(401).send() : answer(client, 'id');
    });

    app.put<{ Params: { clientId: string } }>('/register/:clientId', async (request, reply) => {
      const client = findClient(state, request.params.clientId);
      if (client === undefined) return reply.code(401).send();
      const update = parse(UpdateRequest, known(request.body));
      const metadata = updated(client, update);
      check({ ...metadata, token_endpoint_allow_reuse_pvt_key_jwt: update.token_endpoint_allow_reuse_pvt_key_jwt });
      if (metadata.client_name !== client.client_name) refuseTakenName(state, metadata.client_name);
      const changed = { ...client, ...metadata };
      putClient(state, changed);
      if (update.redirect_uris.length > 0) {
        putApplication(state, { ...applicationOf(state, client.client_id), callback: undefined });
      }
      return answer(changed, 'write');
    });

    app.delete<{ Params: { clientId: string } }>('/register/:clientId', async (request, reply) => {
      const client = findClient(state, request.params.clientId);
      if (client === undefined) return reply.code(401).send();
      removeClient(state, client.client_id);
      tokens.revokeAllOf(client.client_id);
      return reply.code(204).send();
    });
  };
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new MetadataError('invalid_client_metadata', z.prettifyError(parsed.error));
}

/** Whose a client is that says nothing of it. */
const ownerName = (caller: Caller | undefined): string | undefined =>
  caller?.kind === 'user' ? `${caller.user.username}@carbon.super` : undefined;

function refuseTakenName(state: State, name: string): void {
  if (findClientByName(state, name) === undefined) return;
  throw new MetadataError('invalid_client_metadata', `Application with the name ${name} already exist in the system`);
}

function refuseUnusableId(state: State, clientId: string): void {
  if (!CLIENT_ID.test(clientId)) {
    const regex = CLIENT_ID.source;
    throw new MetadataError(
      'invalid_client_metadata',
      `Provided client id is not adhering to the provided regex ${regex}`,
    );
  }
  if (findClient(state, clientId) !== undefined) {
    throw new MetadataError('invalid_client_metadata', `Client id ${clientId} already exist in the system`);
  }
}
