import { join } from 'node:path';
import { issuer } from './signed-requests.ts';

/**
 * The settings of a service on free ports of this machine, whose certificates `pki` has, but for its store and for where
 * keys are published. Nothing looks up whether certificates are revoked, and nobody sends too much.
 *
 * @param pki directory with the certificates of the parties, as local/pki makes it.
 * @param serversUrl of Identity Server and API Manager.
 */
export const environment = (pki: string, serversUrl: string) => ({
  DCR_HOST: '127.0.0.1',
  DCR_PORT: '0',
  DCR_HEALTH_HOST: '127.0.0.1',
  DCR_HEALTH_PORT: '0',
  DCR_TLS_CERT_FILE: join(pki, 'dcr-service.pem'),
  DCR_TLS_KEY_FILE: join(pki, 'dcr-service.key'),
  DCR_GATEWAY_CA_FILE: join(pki, 'cdr-root.pem'),
  DCR_GATEWAY_NAMES: 'gateway.data-holder.example',
  DCR_ALLOWED_PRIVATE_ADDRESSES: '127.0.0.0/8,::1/128',
  DCR_ISSUER: issuer,
  DCR_IS_URL: serversUrl,
  DCR_IS_USERNAME: 'admin',
  DCR_IS_PASSWORD: 'secret-of-is',
  DCR_APIM_URL: serversUrl,
  DCR_APIM_USERNAME: 'admin',
  DCR_APIM_PASSWORD: 'secret-of-apim',
  DCR_RECIPIENT_CA_FILE: join(pki, 'cdr-issuing.pem'),
  DCR_REVOCATION: 'off',
  DCR_RATE_LIMIT: '0',
});
