import { hash } from 'node:crypto';

/**
 * Of the rows whose shipped value is told in words: the SHA-256, in hexadecimal digits, of the value that WSO2 publishes, by the row's
 * key. With it a file is known to hold that value.
 */
export const publishedValues: Readonly<Record<string, string>> = {
  // The word, hashed as the file has it.
  'account_recovery.endpoint.auth.hash': hash('sha256', hash('sha256', 'dashboard')),
  'identity.auth_framework.endpoint.app_password': hash('sha256', 'dashboard'),
  'encryption.key': '629418269a2a0952e34d3f0426c6bcedd2a328bc3b6a2e14590de8823d29d7ae',
};

/** Whether a value of a row's key is the one that WSO2 publishes. */
export function isPublished(key: string, value: unknown): boolean {
  return typeof value === 'string' && publishedValues[key] === hash('sha256', value.trim());
}
