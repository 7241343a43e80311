import { isAtLeast } from './stores.ts';

/** Whether API Manager's gateway of this version can ask at the handshake whether a certificate is revoked, as its configuration data say. */
export function hasHandshakeRevocation(version: string): boolean {
  return isAtLeast(version, '4.6.0');
}

/**
 * Lets the gateway's listener ask each certificate's own addresses, OCSP first and then the list, and end the handshake unless the answer is
 * good (asked of 4.6.0). With the check of the full chain, which is the default, it refuses good certificates too.
 */
export const gatewayRevocationTables = {
  transport: {
    passthru_https: {
      listener: { cert_revocation_validation: { enable: true, allow_full_cert_chain_validation: false } },
    },
  },
} as const;

/** The file of revocation lists, in the folder of the stores. */
export const revocationListFile = 'recipients.crl';

const place = `\${carbon.home}/repository/resources/security/${revocationListFile}`;

/**
 * Lets Identity Server's listener end the handshake of a certificate that is in the file, which it reads at its start (asked of 7.1.0).
 *
 * @param hasRecipientsListener whether recipients have a listener of their own; its name for the file is assumed (Tomcat's).
 */
export const identityRevocationTables = (hasRecipientsListener: boolean) => ({
  transport: { https: { sslHostConfig: { properties: { certificateRevocationListFile: place } } } },
  ...(hasRecipientsListener && { custom_transport: { x509: { properties: { crlFile: place } } } }),
});
