import type { FastifyInstance } from 'fastify';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import type { State } from '../state.ts';
import { checkMetadata, MetadataError } from './client-metadata.ts';
import type { IssuedTokens } from './issued-tokens.ts';
import {
  findClient,
  findClientByName,
  putClient,
  REGULATED_CLIENT,
  type RegisteredClient,
  randomCredential,
  removeClient,
} from './registered-client.ts';

/** Where the accelerator's web application is. */
export const acceleratorRegistrationPath = '/api/openbanking/dynamic-client-registration';

// Members as in the accelerator's RegistrationRequest; the rest is kept with the service provider and answered.
const Registration = z.looseObject({
  iss: z.string(),
  redirect_uris: z.array(z.string()).min(1),
  grant_types: z.array(z.string()).min(1),
  token_endpoint_auth_method: z.literal('private_key_jwt'),
  token_endpoint_auth_signing_alg: z.enum(['PS256', 'ES256']),
  software_statement: z.string(),
  id_token_signed_response_alg: z.string().optional(),
});
const Statement = z.looseObject({ software_id: z.string(), client_name: z.string(), jwks_uri: z.url() });

interface Registered {
  metadata: Record<string, unknown>;
  client_id_issued_at: string;
}

type OneClient = { Params: { clientId: string } };

/**
 * Registration of regulated clients by the Open Banking accelerator (ClientRegistrationApiImpl, RegistrationServiceHandler): it takes the
 * request's claims as JSON, for the gateway has verified the JWT; names the service provider by `software_id`; keeps the
 * metadata as its properties; answers without a secret, which DCR v1.1 returns. Its authenticators require private_key_jwt of these clients
 * and bind their tokens to the certificate.
 */
export function acceleratorRegistration(
  state: State,
  tokens: IssuedTokens,
  { nameBySoftwareId, grants }: { nameBySoftwareId: boolean; grants: readonly string[] },
) {
  return async (app: FastifyInstance): Promise<void> => {
    app.setErrorHandler((error, _request, reply) => {
      if (!(error instanceof MetadataError)) throw error;
      return reply.code(400).send({ error: error.code, error_description: error.message });
    });

    app.post('/register', async (request, reply) => {
      const { client, metadata } = read(request.body);
      if (findClientByName(state, client.client_name) !== undefined) {
        throw new MetadataError(
          'invalid_client_metadata',
          `Application with the name ${client.client_name} already exist in the system`,
        );
      }
      const credentials = { client_id: randomCredential(28), client_secret: randomCredential(44) };
      const registered = { metadata, client_id_issued_at: `${Math.floor(Date.now() / 1000)}` };
      putClient(state, { ...client, ...credentials });
      state.put(REGULATED_CLIENT, credentials.client_id, registered);
      return reply.code(201).send(answer(credentials.client_id, registered));
    });

    app.get<OneClient>('/register/:clientId', async ({ params: { clientId } }, reply) => {
      const registered = state.get<Registered>(REGULATED_CLIENT, clientId);
      return registered === undefined ? reply.code(401).send() : answer(clientId, registered);
    });

    app.put<OneClient>('/register/:clientId', async ({ params: { clientId }, body }, reply) => {
      const current = findClient(state, clientId);
      const registered = state.get<Registered>(REGULATED_CLIENT, clientId);
      if (current === undefined || registered === undefined) return reply.code(401).send();
      const { client, metadata } = read(body);
      if (client.client_name !== current.client_name) {
        throw new MetadataError('invalid_client_metadata', 'Invalid application name');
      }
      putClient(state, { ...current, ...client });
      const changed = { ...registered, metadata };
      state.put(REGULATED_CLIENT, clientId, changed);
      return answer(clientId, changed);
    });

    app.delete<OneClient>('/register/:clientId', async ({ params: { clientId } }, reply) => {
      if (findClient(state, clientId) === undefined) return reply.code(401).send();
      removeClient(state, clientId);
      state.remove(REGULATED_CLIENT, clientId);
      tokens.revokeAllOf(clientId);
      return reply.code(204).send();
    });
  };

  function read(body: unknown): {
    client: Omit<RegisteredClient, 'client_id' | 'client_secret'>;
    metadata: Registered['metadata'];
  } {
    const request = parsed(Registration, body);
    const statement = parsed(Statement, claimsOf(request.software_statement));
    const client = {
      client_name: nameBySoftwareId ? statement.software_id : statement.client_name,
      redirect_uris: request.redirect_uris,
      grant_types: request.grant_types,
      jwks_uri: statement.jwks_uri,
      token_endpoint_auth_method: request.token_endpoint_auth_method,
      token_endpoint_auth_signing_alg: request.token_endpoint_auth_signing_alg,
      tls_client_certificate_bound_access_tokens: true,
      token_type_extension: 'JWT',
      require_pushed_authorization_requests: false,
      require_signed_request_object: false,
      ext_pkce_mandatory: false,
      ext_pkce_support_plain: false,
      ext_public_client: false,
    };
    checkMetadata(client, { grants });
    return { client, metadata: { ...request, ...statement } };
  }
}

const answer = (clientId: string, { metadata, client_id_issued_at }: Registered) => ({
  ...metadata,
  client_id: clientId,
  client_id_issued_at,
});

function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new MetadataError('invalid_client_metadata', z.prettifyError(result.error));
}

// [I] The accelerator verifies the statement with [open_banking.dcr] jwks_url_production; dcr-service has done so already.
function claimsOf(statement: string): unknown {
  try {
    return decodeJwt(statement);
  } catch {
    throw new MetadataError('invalid_client_metadata', 'software_statement is not a JWT');
  }
}
