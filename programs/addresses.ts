/**
 * Where the parts of a stack find each other: by the names of their Services, which are the names in their certificates.
 * A namespace holds one stack, so that short names do.
 */
export const addresses = {
  apiManager: 'https://api-manager:9443',
  gateway: 'https://api-manager:8243',
  identityServer: 'https://identity-server:9443',
  dcrService: 'https://dcr-service:8443',
  register: 'https://register:8443',
  recipient: 'https://recipient:8444',
} as const;

/** The Service of one of two API Managers, by which the other and who looks at it alone reach it; they are numbered from 1. */
export function apiManagerInstance(number: number): string {
  return `api-manager-${number}`;
}

/** The Service for the gateway's port only, if there are two instances: it balances connections without session affinity. */
export const gatewayService = 'api-manager-gateway';
