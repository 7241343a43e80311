/**
 * Secrets that only some stacks need. Pulumi takes no default for a setting that is declared secret, so that the program looks
 * whether they are encrypted.
 */
export const optionalSecrets: readonly string[] = [
  'apiManagerKeystore',
  'apiManagerSigningKeystore',
  'dcrServiceKey',
  'identityServerKeystore',
  'identityServerSigningKeystore',
  'databasePassword',
  'dcrDatabasePassword',
  'postgresKey',
  'registryCredentials',
  'serviceUsers',
];
