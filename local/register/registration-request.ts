import { randomUUID } from 'node:crypto';
import type { SigningKey } from '../pki/signing-key.ts';
import { numericDate, type UnsignedJwt, unsignedJwt } from './jwt.ts';

/** The claims without which a registration request is refused (Consumer Data Standards, DCR APIs). */
export const requiredRequestClaims = [
  'iss',
  'iat',
  'exp',
  'jti',
  'aud',
  'software_statement',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'grant_types',
  'response_types',
  'id_token_signed_response_alg',
  'authorization_signed_response_alg',
] as const;

export interface RegistrationRequest {
  /** Also the request's issuer. */
  readonly softwareId: string;
  readonly redirectUris: readonly string[];
  /** As the Register gave it, or unsigned: then it is signed together with the request, and can be bent. */
  readonly statement: string | UnsignedJwt;
  /** The data holder's issuer, exactly as its discovery document has it. */
  readonly audience: string;
  readonly now?: Date;
}

const lifetimeSeconds = 300;

/** A recipient's request to be registered, or for its registration to be replaced; before it is signed. */
export function registrationRequest(request: RegistrationRequest, recipientKey: SigningKey): UnsignedJwt {
  const issuedAt = numericDate(request.now);
  return unsignedJwt(
    {
      iss: request.softwareId,
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + lifetimeSeconds,
      jti: randomUUID(),
      aud: request.audience,
      redirect_uris: request.redirectUris,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'PS256',
      grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'web',
      id_token_signed_response_alg: 'PS256',
      authorization_signed_response_alg: 'PS256',
      request_object_signing_alg: 'PS256',
      software_statement: request.statement,
    },
    recipientKey,
  );
}
