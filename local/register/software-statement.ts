import { randomUUID } from 'node:crypto';
import type { SigningKey } from '../pki/signing-key.ts';
import { numericDate, type UnsignedJwt, unsignedJwt } from './jwt.ts';

/** What the Register knows of a software product and of who offers it. URIs are absolute. */
export interface SoftwareProduct {
  readonly legalEntityId: string;
  readonly legalEntityName: string;
  readonly brandId: string;
  readonly brandName: string;
  readonly softwareId: string;
  readonly name: string;
  readonly description: string;
  readonly clientUri: string;
  readonly logoUri: string;
  readonly tosUri: string;
  readonly policyUri: string;
  readonly redirectUris: readonly string[];
  readonly sectorIdentifierUri: string;
  readonly jwksUri: string;
  readonly revocationUri: string;
  readonly recipientBaseUri: string;
  /** Separated by spaces. */
  readonly scope: string;
}

/** The required members of a statement (Consumer Data Standards, Register APIs), in the order of the standard. */
export const requiredStatementMembers = [
  'iss',
  'iat',
  'exp',
  'jti',
  'org_id',
  'org_name',
  'client_name',
  'client_description',
  'client_uri',
  'redirect_uris',
  'logo_uri',
  'jwks_uri',
  'revocation_uri',
  'recipient_base_uri',
  'software_id',
  'software_roles',
  'scope',
] as const;

/** A statement is used at once: the Register lets it live for ten minutes. */
const lifetimeSeconds = 600;

/**
 * The Register's assertion about a software product (SSA), PS256, before it is signed.
 * @param now when it is issued.
 */
export function softwareStatement(product: SoftwareProduct, registerKey: SigningKey, now = new Date()): UnsignedJwt {
  const issuedAt = numericDate(now);
  return unsignedJwt(
    {
      iss: 'cdr-register',
      iat: issuedAt,
      exp: issuedAt + lifetimeSeconds,
      jti: randomUUID(),
      legal_entity_id: product.legalEntityId,
      legal_entity_name: product.legalEntityName,
      org_id: product.brandId,
      org_name: product.brandName,
      client_name: product.name,
      client_description: product.description,
      client_uri: product.clientUri,
      redirect_uris: product.redirectUris,
      sector_identifier_uri: product.sectorIdentifierUri,
      logo_uri: product.logoUri,
      tos_uri: product.tosUri,
      policy_uri: product.policyUri,
      jwks_uri: product.jwksUri,
      revocation_uri: product.revocationUri,
      recipient_base_uri: product.recipientBaseUri,
      software_id: product.softwareId,
      software_roles: 'data-recipient-software-product',
      scope: product.scope,
    },
    registerKey,
  );
}
