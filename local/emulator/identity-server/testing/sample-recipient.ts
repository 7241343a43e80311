import { randomUUID } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { AxiosResponse } from 'axios';
import { SignJWT } from 'jose';
import type { Credential } from '../../../../pki/issue-certificate.ts';
import type { Pki } from '../../../pki/pki.ts';
import { type SampleServer, send } from './sample-identity-server.ts';

/** Serves the recipient's public key under the CDR's CA, as recipients do. Returns the address of the key set. */
export async function serveRecipientKeys(t: TestContext, pki: Pki): Promise<string> {
  const { certificate, key } = pki.parties.recipient;
  const keys = JSON.stringify({ keys: [pki.signers.recipientSigning.publicJwk] });
  const server = createServer({ cert: certificate, key }, (_request, response) => {
    response.setHeader('content-type', 'application/json').end(keys);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `https://localhost:${(server.address() as AddressInfo).port}/jwks`;
}

/** The registration of a CDR recipient's client. */
export function recipientClient(jwksUri: string): Record<string, unknown> {
  return {
    client_name: randomUUID(),
    grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
    redirect_uris: ['https://recipient.example/callback', 'https://recipient.example/other'],
    jwks_uri: jwksUri,
    token_type_extension: 'JWT',
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_allow_reuse_pvt_key_jwt: false,
    token_endpoint_auth_signing_alg: 'PS256',
    id_token_signed_response_alg: 'PS256',
    request_object_signing_alg: 'PS256',
    tls_client_certificate_bound_access_tokens: true,
  };
}

/** A client assertion (RFC 7523) by the recipient's key; `claims` bends it. */
export async function clientAssertion(server: SampleServer, clientId: string, claims: object = {}): Promise<string> {
  const { privateKey, kid } = server.pki.signers.recipientSigning;
  return new SignJWT({ aud: server.issuer, jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'PS256', kid })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setExpirationTime('60s')
    .sign(privateKey);
}

/** The members of a form by which a client proves itself with an assertion. */
export function assertionForm(assertion: string, members: Record<string, string>): URLSearchParams {
  return new URLSearchParams({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...members,
  });
}

/** Asks for a token by client_credentials with a fresh assertion, presenting the recipient's certificate. */
export async function requestToken(
  server: SampleServer,
  clientId: string,
  scope: string,
  certificate: Credential | undefined = server.pki.parties.recipient,
): Promise<AxiosResponse> {
  const body = assertionForm(await clientAssertion(server, clientId), { grant_type: 'client_credentials', scope });
  return send(server, '/oauth2/token', { method: 'POST', body, certificate });
}
