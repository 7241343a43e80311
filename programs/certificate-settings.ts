import { keystore, optionalSecret } from './setting-types.ts';

/** Keys and certificates of a stack's servers. */
export const certificateSettings = {
  apiManagerSigningKeystore: optionalSecret(keystore('API Manager')),
  identityServerSigningKeystore: optionalSecret(keystore('Identity Server')),
};
