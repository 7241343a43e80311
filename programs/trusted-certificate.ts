/** One certificate that a stack declares as trusted. */
export interface TrustedCertificate {
  /** Its name in the Java stores: the file's name, in lower case as Java keeps it. */
  alias: string;
  pem: string;
}
