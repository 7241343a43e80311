import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { State } from '../state.ts';
import { basicCredentials } from './basic-authentication.ts';
import { checkMetadata, MetadataError, RegistrationRequest, UpdateRequest, updated } from './client-metadata.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import {
  findClient,
  findClientByName,
  putClient,
  type RegisteredClient,
  randomCredential,
  removeClient,
} from './registered-client.ts';

/** [oauth] client_id_validate_regex of the product. */
const CLIENT_ID = /^[a-zA-Z0-9_]{15,30}$/;

/**
 * Dynamic Client Registration v1.1 (`/register`), for the administrator. Statuses and words are those of the product's
 * DCRMService and DCRMUtils: a name or client id that is taken is 400, not 409; an unknown client is 401
 * without a body, not 404. `ignored` are the members that this version does not know.
 */
export function clientRegistration(state: State, tokens: IssuedTokens, ignored: readonly string[] = []) {
  const known = (body: unknown): unknown =>
    Object.fromEntries(Object.entries(Object(body)).filter(([member]) => !ignored.includes(member)));
  return async (app: FastifyInstance): Promise<void> => {
    app.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof MetadataError)) throw error;
      return reply.code(400).send({ error: error.code, error_description: error.message });
    });

    app.post('/register', async (request, reply) => {
      const { ext_param_client_id, ext_param_client_secret, ...metadata } = parse(
        RegistrationRequest,
        known(request.body),
      );
      checkMetadata(metadata);
      refuseTakenName(state, metadata.client_name);
      const clientId = ext_param_client_id ?? randomCredential(28);
      refuseUnusableId(state, clientId);
      const client: RegisteredClient = {
        ...metadata,
        ext_application_owner:
          metadata.ext_application_owner ?? basicCredentials(request.headers.authorization)?.username,
        client_id: clientId,
        client_secret: ext_param_client_secret ?? randomCredential(44),
      };
      putClient(state, client);
      return reply.code(201).send(application(client));
    });

    app.get<{ Querystring: { client_name?: string } }>('/register', async (request, reply) => {
      const name = request.query.client_name ?? '';
      if (name === '') throw new MetadataError('invalid_client_metadata', 'Insufficient data in the request');
      const client = findClientByName(state, name);
      if (client === undefined) return reply.code(401).send();
      // By name the product leaves the JWKS address out: it sits with the service provider, which is not read here.
      const { jwks_uri: _, ...found } = withoutStatement(application(client));
      return found;
    });

    app.get<{ Params: { clientId: string } }>('/register/:clientId', async (request, reply) => {
      const client = findClient(state, request.params.clientId);
      return client === undefined ? reply.code(401).send() : withoutStatement(application(client));
    });

    app.put<{ Params: { clientId: string } }>('/register/:clientId', async (request, reply) => {
      const client = findClient(state, request.params.clientId);
      if (client === undefined) return reply.code(401).send();
      const metadata = updated(client, parse(UpdateRequest, known(request.body)));
      checkMetadata(metadata);
      if (metadata.client_name !== client.client_name) refuseTakenName(state, metadata.client_name);
      const changed = { ...client, ...metadata };
      putClient(state, changed);
      return application(changed);
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

/** The answer about a client. The product keeps several redirect URIs as one expression, and answers with that. */
function application(client: RegisteredClient) {
  const [first = '', ...more] = client.redirect_uris;
  const expression = `regexp=(${client.redirect_uris.map((uri) => uri.replace('?', '\\?')).join('|')})`;
  return {
    ...client,
    client_secret_expires_at: 0,
    redirect_uris: [more.length === 0 ? first : expression],
    ext_token_type: client.token_type_extension,
  };
}

/** The statement is echoed by POST and PUT alone. */
function withoutStatement<T extends { software_statement?: string | undefined }>(answer: T) {
  const { software_statement: _, ...rest } = answer;
  return rest;
}
