import { sampleProductName } from '../pki/parties.ts';
import type { SoftwareProduct } from './software-statement.ts';

/**
 * The software product that the quick start registers. Its ids are fixed, so that a second run meets the registration of
 * the first (one per software_id); its addresses are the recipient's, laid out as the official mock recipient has them.
 * @param recipientUrl where the recipient listens, without a trailing slash.
 */
export function sampleProduct(recipientUrl: string): SoftwareProduct {
  return {
    legalEntityId: '2b6a4b3c-52f5-4f6e-9a3e-4d1b0c7f1e10',
    legalEntityName: 'Brolga Finance Pty Ltd',
    brandId: '8c1f0a52-6f0d-4f4a-8d0e-7b6b1f3c9a21',
    brandName: 'Brolga',
    softwareId: 'f3d8a6c4-0b7e-4c59-9a57-2e6f4d8b1c32',
    name: sampleProductName,
    description: 'Sorts spending into budgets and warns before one runs dry.',
    clientUri: 'https://www.brolga.example/budget-planner',
    logoUri: 'https://www.brolga.example/budget-planner/logo.png',
    tosUri: 'https://www.brolga.example/budget-planner/terms',
    policyUri: 'https://www.brolga.example/budget-planner/privacy',
    redirectUris: [`${recipientUrl}/consent/callback`, `${recipientUrl}/consent/callback-app`],
    sectorIdentifierUri: `${recipientUrl}/sector-identifier`,
    jwksUri: `${recipientUrl}/jwks`,
    revocationUri: `${recipientUrl}/revocation`,
    recipientBaseUri: recipientUrl,
    scope: [
      'openid',
      'profile',
      'common:customer.basic:read',
      'common:customer.detail:read',
      'bank:accounts.basic:read',
      'bank:accounts.detail:read',
      'bank:transactions:read',
      'bank:regular_payments:read',
      'bank:payees:read',
      // The Register gives every product the scopes of all sectors; a holder ignores what it does not serve.
      'energy:electricity.servicepoints.basic:read',
      'energy:electricity.usage:read',
      'cdr:registration',
    ].join(' '),
  };
}
