import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { State } from '../state.ts';
import { checkMetadata, MetadataError, RegistrationRequest } from './client-metadata.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import {
  findClient,
  findClientByName,
  putClient,
  type RegisteredClient,
  randomCredential,
  removeClient,
} from './registered-client.ts';

type OneClient = { Params: { encodedId: string } };

/**
 * Registration for API Manager's connector (`/keymanager-operations/dcr/register` of wso2-extensions/apim-km-wso2is, DCRMService): what a
 * client of the developer portal needs and no more. Ids in paths are base64url; neither how a client authenticates nor
 * whether its tokens are bound can be said, so that no CDR client can be registered here.
 */
export function keyManagerOperations(state: State, tokens: IssuedTokens, grants: readonly string[]) {
  const find = (encodedId: string) => findClient(state, Buffer.from(encodedId, 'base64url').toString());
  return async (app: FastifyInstance): Promise<void> => {
    app.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof MetadataError)) throw error;
      return reply.code(400).send({ error: error.code, error_description: error.message });
    });

    app.post('/dcr/register', async (request, reply) => {
      const body = RegistrationRequest.safeParse(request.body);
      if (!body.success) throw new MetadataError('invalid_client_metadata', z.prettifyError(body.error));
      const { ext_param_client_id, ext_param_client_secret, ...sent } = body.data;
      const { token_endpoint_auth_method, token_endpoint_auth_signing_alg, ...metadata } = sent;
      checkMetadata(metadata, { grants });
      if (findClientByName(state, metadata.client_name) !== undefined) {
        throw new MetadataError(
          'invalid_client_metadata',
          `Application with the name ${metadata.client_name} already exist in the system`,
        );
      }
      const client: RegisteredClient = {
        ...metadata,
        tls_client_certificate_bound_access_tokens: false,
        ext_application_owner:
          metadata.ext_application_owner ??
          (request.askedBy?.kind === 'user' ? request.askedBy.user.username : undefined),
        client_id: ext_param_client_id ?? randomCredential(28),
        client_secret: ext_param_client_secret ?? randomCredential(44),
      };
      putClient(state, client);
      return reply.code(201).send(shown(client));
    });

    app.get<OneClient>('/dcr/register/:encodedId', async ({ params }, reply) => {
      const client = find(params.encodedId);
      return client === undefined ? reply.code(404).send() : shown(client);
    });

    app.delete<OneClient>('/dcr/register/:encodedId', async ({ params }, reply) => {
      const client = find(params.encodedId);
      if (client === undefined) return reply.code(404).send();
      removeClient(state, client.client_id);
      tokens.revokeAllOf(client.client_id);
      return reply.code(204).send();
    });
  };
}

const shown = (client: RegisteredClient) => ({
  client_id: client.client_id,
  client_secret: client.client_secret,
  client_secret_expires_at: 0,
  client_name: client.client_name,
  redirect_uris: client.redirect_uris,
  grant_types: client.grant_types,
  ext_application_owner: client.ext_application_owner,
});
