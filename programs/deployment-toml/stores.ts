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
  endpointSecret: 'WSO2_ENDPOINT_SECRET',
  endpointSecretHash: 'WSO2_ENDPOINT_SECRET_HASH',
  idlePassword: 'WSO2_IDLE_PASSWORD',
  servicePath: 'WSO2_SERVICE_PATH',
  tlsKeystorePassword: 'WSO2_TLS_KEYSTORE_PASSWORD',
  signingKeystorePassword: 'WSO2_SIGNING_KEYSTORE_PASSWORD',
  truststorePassword: 'WSO2_TRUSTSTORE_PASSWORD',
} as const;

/** The variable with the address of the pod, by which a server that is one of several says where it is. */
export const nodeAddressVariable = 'NODE_IP';

/** The variable with the pod's namespace, in which it looks for the others. */
export const namespaceVariable = 'POD_NAMESPACE';

/** The alias of the server's own key in its keystores; the product's default. */
export const keyAlias = 'wso2carbon';

/**
 * Beneath a server's home: an argument file of java with the key for calls by the JVM's own TLS, such as those that a mediator of API Manager
 * waits for. They know nothing of deployment.toml.
 */
export const clientKeyOptions = 'repository/resources/security/client-key.options';

/** TLS 1.2 and 1.3 (BCP 195), as both servers' listeners spell it. */
export const tlsProtocols = 'TLSv1.2,TLSv1.3';

/** Whether a product's version, such as `7.3.0`, is this one or a later one. */
export function isAtLeast(version: string, oldest: string): boolean {
  return version.localeCompare(oldest, 'en', { numeric: true }) >= 0;
}

/** A reference that the server resolves from its environment at start. */
export function fromEnvironment(name: string): string {
  return `$env{${name}}`;
}

/** The stores of a server, as its deployment.toml names them. */
export interface Stores {
  /** The key that the server shows by TLS; without `signingKeystore` it signs tokens with it, too. */
  keystore: Store;
  /** The key that it signs tokens with, and encrypts with what it keeps, where that is another: TLS renewed does not touch it. */
  signingKeystore?: Store;
  truststore: Store;
}

/** The store of a listener that recipients call: the CDR's CAs and no others, which may issue certificates to anybody. */
export function recipientsStore(truststore: Store): Store {
  return { ...truststore, fileName: truststore.fileName.replace(/^client/, 'recipients') };
}

/** The keystore and truststore tables, the same in both servers. */
export function storeTables({ keystore, signingKeystore, truststore }: Stores): Record<string, unknown> {
  const tls = keyTable(keystore, secretEnvironment.tlsKeystorePassword);
  const signing = signingKeystore && keyTable(signingKeystore, secretEnvironment.signingKeystorePassword);
  return {
    // "internal" is what they encrypt with: said outright, so that it stays with the key that stays.
    keystore: signing ? { tls, primary: signing, internal: signing } : { tls, primary: tls },
    truststore: {
      file_name: truststore.fileName,
      type: truststore.type,
      password: fromEnvironment(secretEnvironment.truststorePassword),
    },
  };
}

function keyTable({ fileName, type }: Store, password: string): Record<string, unknown> {
  return {
    file_name: fileName,
    type,
    password: fromEnvironment(password),
    alias: keyAlias,
    key_password: fromEnvironment(password),
  };
}
