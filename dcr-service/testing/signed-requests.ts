import { randomUUID } from 'node:crypto';
import { CompactSign, type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';

/** A key that signs, and its public half as a JWKS has it. */
export interface Signer {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function generateSigner(kid: string, alg = 'PS256'): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig' } };
}

/** The Register publishes its keys with operations that a public key does not have; so do we. */
export const registerSigner = await generateSigner('register-1');
export const recipientSigner = await generateSigner('recipient-1');
export const registerKeySet = { keys: [{ ...registerSigner.jwk, alg: 'PS256', key_ops: ['sign', 'verify'] }] };
export const recipientKeySet = { keys: [recipientSigner.jwk] };

export const softwareId = 'f3d8a6c4-0b7e-4c59-9a57-2e6f4d8b1c32';
export const redirectUris = ['https://app.brolga.example/callback', 'https://app.brolga.example/other'];
export const issuer = 'https://localhost:9446/oauth2/token';

/** Members to change; those that are undefined are taken away. */
export type Changes = Record<string, unknown>;

const merged = (claims: Record<string, unknown>, changes: Changes) =>
  Object.fromEntries(Object.entries({ ...claims, ...changes }).filter(([, value]) => value !== undefined));

export const seconds = (): number => Math.floor(Date.now() / 1000);

export function softwareStatementClaims(changes: Changes = {}): Record<string, unknown> {
  return merged(
    {
      iss: 'cdr-register',
      iat: seconds(),
      exp: seconds() + 600,
      jti: randomUUID(),
      legal_entity_id: '2b6a4b3c-52f5-4f6e-9a3e-4d1b0c7f1e10',
      legal_entity_name: 'Brolga Finance Pty Ltd',
      org_id: '8c1f0a52-6f0d-4f4a-8d0e-7b6b1f3c9a21',
      org_name: 'Brolga',
      client_name: 'Brolga Budget Planner',
      client_description: 'Sorts spending into budgets.',
      client_uri: 'https://www.brolga.example',
      redirect_uris: redirectUris,
      sector_identifier_uri: 'https://www.brolga.example/sector',
      logo_uri: 'https://www.brolga.example/logo.png',
      tos_uri: 'https://www.brolga.example/terms',
      policy_uri: 'https://www.brolga.example/privacy',
      jwks_uri: 'https://app.brolga.example/jwks',
      revocation_uri: 'https://app.brolga.example/revocation',
      recipient_base_uri: 'https://app.brolga.example',
      software_id: softwareId,
      software_roles: 'data-recipient-software-product',
      scope: 'openid profile energy:electricity.usage:read bank:accounts.basic:read cdr:registration',
    },
    changes,
  );
}

export function requestClaims(softwareStatement: string, changes: Changes = {}): Record<string, unknown> {
  return merged(
    {
      iss: softwareId,
      iat: seconds(),
      exp: seconds() + 300,
      jti: randomUUID(),
      aud: issuer,
      redirect_uris: ['https://app.brolga.example/callback'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'web',
      id_token_signed_response_alg: 'PS256',
      authorization_signed_response_alg: 'PS256',
      request_object_signing_alg: 'PS256',
      software_statement: softwareStatement,
    },
    changes,
  );
}

/** What the Identity Server says in an access token of a client. */
export const accessTokenClaims = (clientId: string, thumbprint: string, changes: Changes = {}) => ({
  iss: issuer,
  aud: clientId,
  aut: 'APPLICATION',
  azp: clientId,
  sub: clientId,
  jti: randomUUID(),
  iat: seconds(),
  exp: seconds() + 300,
  scope: 'cdr:registration',
  cnf: { 'x5t#S256': thumbprint },
  ...changes,
});

export function sign(claims: unknown, signer: Signer, header: Record<string, unknown> = {}): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: signer.alg, kid: signer.kid, ...header })
    .sign(signer.privateKey);
}

/** An access token as the Identity Server signs it. */
export const signAccessToken = (
  claims: unknown,
  signer: Signer,
  header: Record<string, unknown> = {},
): Promise<string> => sign(claims, signer, { typ: 'at+jwt', ...header });

/** A request as a recipient would send it, bent as the test wants. */
export async function registrationRequest(bent: { request?: Changes; statement?: Changes } = {}): Promise<string> {
  const statement = await sign(softwareStatementClaims(bent.statement), registerSigner, { typ: 'JWT' });
  return sign(requestClaims(statement, bent.request), recipientSigner);
}
