import { createHash, hkdfSync } from 'node:crypto';
import type { Server } from './required-settings.ts';
import { isAtLeast, secretEnvironment } from './stores.ts';

/** Secrets of a stack from which its servers get their own. */
export interface StackSecrets {
  /** 64 hexadecimal digits. */
  encryptionKey: string;
  /** In place of a word that WSO2 publishes: it opens management APIs, guard it as an administrator's password. */
  endpointSecret: string;
}

/** From which version on a server reads a key of 64 hexadecimal digits; before, it takes 32 characters as they are. */
const readsHexadecimalKeys: Record<Server, string> = { 'api-manager': '4.7.0', 'identity-server': '7.1.0' };

/**
 * What a server's deployment.toml names as `$env{}` of these secrets, by the variable's name. No server gets another's: what one of
 * them holds opens nothing at the other.
 */
export function ownSecrets(server: Server, version: string): Record<string, (secrets: StackSecrets) => string> {
  const own = (secret: string, bytes: number, purpose = '') => derived(secret, bytes, `${server}${purpose}`);
  const endpointSecret = (secrets: StackSecrets) => own(secrets.endpointSecret, 32);
  const hexadecimal = isAtLeast(version, readsHexadecimalKeys[server]);
  return {
    [secretEnvironment.encryptionKey]: ({ encryptionKey }) =>
      hexadecimal && server === 'api-manager' ? encryptionKey : own(encryptionKey, hexadecimal ? 32 : 16),
    [secretEnvironment.endpointSecret]: endpointSecret,
    [secretEnvironment.endpointSecretHash]: (secrets) =>
      createHash('sha256').update(endpointSecret(secrets)).digest('hex'),
    // For unused accounts that the products' files name: no name and no password that WSO2 publishes.
    [secretEnvironment.idlePassword]: (secrets) => own(secrets.endpointSecret, 16, ' idle'),
    ...(server === 'api-manager' && { [secretEnvironment.servicePath]: servicePath }),
  };
}

/** The path below which API Manager serves its SOAP services: a name that cannot be guessed. */
export const servicePath = ({ endpointSecret }: StackSecrets): string =>
  derived(endpointSecret, 16, 'api-manager services');

const derived = (secret: string, bytes: number, purpose: string): string =>
  Buffer.from(hkdfSync('sha256', secret, '', `cdr-stack ${purpose}`, bytes)).toString('hex');
