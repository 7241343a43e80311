/** A Java store beneath `repository/resources/security/` of a server's home. */
export interface Store {
  fileName: string;
  type: 'JKS' | 'PKCS12';
}

/** Where a server finds the secrets that its deployment.toml names as `$env{}`: from a Kubernetes Secret, never in the file. */
export const secretEnvironment = {
  databasePassword: 'WSO2_DATABASE_PASSWORD',
  administratorPassword: 'WSO2_ADMIN_PASSWORD',
  encryptionKey: 'WSO2_ENCRYPTION_KEY',
  tlsKeystorePassword: 'WSO2_TLS_KEYSTORE_PASSWORD',
  truststorePassword: 'WSO2_TRUSTSTORE_PASSWORD',
} as const;

/** The variable with the address of the pod, by which a server that is one of several says where it is. */
export const nodeAddressVariable = 'NODE_IP';

/** The variable with the pod's namespace, in which it looks for the others. */
export const namespaceVariable = 'POD_NAMESPACE';

/** The alias of the server's own key in its keystores; the product's default. */
export const keyAlias = 'wso2carbon';

/** A reference that the server resolves from its environment at start. */
export function fromEnvironment(name: string): string {
  return `$env{${name}}`;
}

/** The keystore and truststore tables, the same in both servers. */
export function storeTables(keystore: Store, truststore: Store): Record<string, unknown> {
  const key = {
    file_name: keystore.fileName,
    type: keystore.type,
    password: fromEnvironment(secretEnvironment.tlsKeystorePassword),
    alias: keyAlias,
    key_password: fromEnvironment(secretEnvironment.tlsKeystorePassword),
  };
  return {
    keystore: { tls: key, primary: key },
    truststore: {
      file_name: truststore.fileName,
      type: truststore.type,
      password: fromEnvironment(secretEnvironment.truststorePassword),
    },
  };
}
