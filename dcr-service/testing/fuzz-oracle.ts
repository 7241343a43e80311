import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { problems } from '../http/problem.ts';
import type { Shot } from './fuzz-world.ts';
import type { Answer } from './service.ts';
import { issuer, recipientSigner, registerSigner, type Signer, seconds } from './signed-requests.ts';

const publicKey = ({ jwk }: Signer) => createPublicKey({ key: jwk, format: 'jwk' });
const [recipientKey, registerKey] = [publicKey(recipientSigner), publicKey(registerSigner)];

/**
 * Verifies by node:crypto alone, so that no fault of the service's own verification can hide here.
 *
 * @returns the payload, if the owner of the key has signed it with PS256.
 */
function signedClaims(compact: unknown, key: KeyObject): Record<string, unknown> | undefined {
  if (typeof compact !== 'string') return undefined;
  const [header = '', payload = '', signature = '', ...rest] = compact.split('.');
  if (rest.length > 0) return undefined;
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const input = Buffer.from(`${header}.${payload}`);
  if (!verify('sha256', input, { key, ...padding }, Buffer.from(signature, 'base64url'))) return undefined;
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}

const ofStatement = [
  'client_name',
  'client_description',
  'client_uri',
  'legal_entity_id',
  'legal_entity_name',
  'org_id',
  'org_name',
  'sector_identifier_uri',
  'logo_uri',
  'tos_uri',
  'policy_uri',
  'jwks_uri',
  'revocation_uri',
  'recipient_base_uri',
  'software_id',
  'software_roles',
];
const ofRequest: Readonly<Record<string, unknown>> = {
  token_endpoint_auth_method: undefined,
  token_endpoint_auth_signing_alg: undefined,
  grant_types: undefined,
  response_types: undefined,
  id_token_signed_response_alg: undefined,
  authorization_signed_response_alg: undefined,
  application_type: 'web',
  request_object_signing_alg: 'PS256',
  software_statement: undefined,
};
const ours = ['client_id', 'client_id_issued_at', 'redirect_uris', 'scope'];

const isSubset = (part: unknown, whole: unknown) =>
  Array.isArray(part) && Array.isArray(whole) && part.length > 0 && part.every((item) => whole.includes(item));
const words = (text: unknown) => (typeof text === 'string' ? text.split(' ') : undefined);

/** Why a registration should not have been accepted, or holds unsigned values. */
function unbelievable(body: string | undefined, registered: Record<string, unknown>): string | undefined {
  const request = signedClaims(body?.trim(), recipientKey);
  if (!request) return 'the request is not signed by the recipient';
  const statement = signedClaims(request.software_statement, registerKey);
  if (!statement) return 'the software statement is not signed by the Register';
  if (statement.iss !== 'cdr-register' || request.iss !== statement.software_id) return 'the issuers are not right';
  if (![request.aud].flat().includes(issuer)) return 'the request is for somebody else';
  if (!(Number(request.exp) > seconds() - 40) || !(Number(statement.exp) > seconds() - 40))
    return 'something has expired';
  for (const [member, value] of Object.entries(registered)) {
    const wanted = ofStatement.includes(member)
      ? statement[member]
      : member in ofRequest
        ? (request[member] ?? ofRequest[member])
        : value;
    if (!isDeepStrictEqual(value, wanted)) return `${member} is not what was signed`;
    if (!ofStatement.includes(member) && !(member in ofRequest) && !ours.includes(member))
      return `${member} is answered`;
  }
  const missing = ofStatement.find((member) => statement[member] !== undefined && registered[member] === undefined);
  if (missing) return `${missing} was signed and is not answered`;
  if (!isSubset(registered.redirect_uris, statement.redirect_uris))
    return 'a redirect URI is not in the software statement';
  if (!isSubset(words(registered.scope), words(statement.scope))) return 'a scope is not in the software statement';
  return undefined;
}

const codes = [
  'invalid_redirect_uri',
  'invalid_client_metadata',
  'invalid_software_statement',
  'unapproved_software_statement',
];

function badRefusal({ status, headers, body }: Answer): string | undefined {
  if (body === '' && [400, 408, 413, 431].includes(status)) return undefined; // Node's own, before there is a request.
  if (!/^application\/json/.test(String(headers['content-type']))) return 'a refusal is not JSON';
  const { error, error_description: description } = JSON.parse(body) as Record<string, unknown>;
  if (typeof error !== 'string' || !(codes.includes(error) || error in problems))
    return `the error is ${String(error)}`;
  if (codes.includes(error) !== (status === 400 && error !== 'invalid_request'))
    return `${error} with status ${status}`;
  if (typeof description !== 'string' || !/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/.test(description))
    return 'the description has other characters than RFC 6749 allows';
  if (status === 401 && !/^Bearer\b/.test(String(headers['www-authenticate']))) return 'no WWW-Authenticate';
  if (status === 405 && !headers.allow) return 'no Allow';
  return undefined;
}

/** What is wrong with an answer; undefined: nothing. */
export function complaintAbout({ call, certificateIsGood, tokenIsGood }: Shot, answer: Answer): string | undefined {
  const { status, body } = answer;
  if (status >= 500) return `it is a ${status}`;
  if (status >= 400) return call.method === 'HEAD' ? undefined : badRefusal(answer);
  if (call.path.startsWith('/openapi.yaml')) return undefined;
  if (!certificateIsGood) return 'it was accepted without a good certificate';
  if (call.method === 'POST' || call.method === 'PUT') {
    if (!/^application\/jwt\s*(;|$)/i.test(String(call.headers?.['content-type'])))
      return 'another media type was accepted';
    return unbelievable(call.body, JSON.parse(body) as Record<string, unknown>);
  }
  return tokenIsGood ? undefined : 'it was accepted without a good token';
}
