import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { ServerHome } from '../server-home.ts';

/** Encrypts what the server must be able to read again, such as the password of a key manager. */
export interface Encryption {
  seal(plain: string): string;
  /** Throws when the key is another one than at `seal`. */
  open(sealed: string): string;
}

/**
 * From 4.7 on, API Manager does not start without `[encryption] key`, 64 hexadecimal digits, the same on every node
 * and for the life of the database. Before, and so where `keystoreKey` is given, the internal keystore's key is what encrypts. The
 * provider with a symmetric key can be configured there, but lacks a bundle: it encrypts nothing (asked of 4.6.0; 4.2.0 and 4.5.0
 * ship the same).
 */
export function openEncryption(home: ServerHome, { keystoreKey }: { keystoreKey?: string } = {}): Encryption {
  if (keystoreKey === undefined) return encryptionWith(configuredKey(home));
  const provider = home.setting<string>('encryption.internal_crypto_provider') ?? '';
  const encryption = encryptionWith(createHash('sha256').update(keystoreKey).digest('hex'));
  return provider.endsWith('.SymmetricKeyInternalCryptoProvider') ? { ...encryption, seal: refuseToSeal } : encryption;
}

function refuseToSeal(): never {
  throw new Error('NoClassDefFoundError: org/wso2/carbon/uuid/generator/UUIDGeneratorManager');
}

function configuredKey(home: ServerHome): string {
  const configured = home.setting<string>('encryption.key');
  if (configured === undefined || !/^[0-9a-f]{64}$/i.test(configured)) {
    throw new Error(
      `${home.file('repository', 'conf', 'deployment.toml')}: [encryption] key must be 64 hexadecimal digits; ` +
        'API Manager 4.7 does not start without it. Make one with: openssl rand -hex 32',
    );
  }
  return configured;
}

function encryptionWith(configured: string): Encryption {
  const key = Buffer.from(configured, 'hex');
  return {
    seal(plain) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      try {
        return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new Error(
          'A stored secret cannot be read with this [encryption] key: start with the key of the first start.',
          { cause },
        );
      }
    },
  };
}
