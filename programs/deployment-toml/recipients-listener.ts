import { tlsSuites } from '../hardening/row.ts';
import {
  fromEnvironment,
  isAtLeast,
  keyAlias,
  recipientsStore,
  type Store,
  type Stores,
  secretEnvironment,
  tlsProtocols,
} from './stores.ts';

/** The port of Identity Server's listener that requires a recipient's certificate; no offset is added to it. */
export const recipientsPort = 9444;

/** Whether Identity Server of this version can have such a listener, and name its host in the discovery document. */
export function hasRecipientsListener(version: string): boolean {
  return isAtLeast(version, '7.1.0');
}

/**
 * Tables of deployment.toml that give recipients a separate listener and publish its host: for the token and PAR endpoints by
 * `mtls_endpoint_aliases` (RFC 8705, section 5), for endpoints without an alias directly. Verified with Identity Server 7.1.0: if the token
 * endpoint is also set directly, it no longer accepts its issuer as `aud` of a client's assertion.
 *
 * @param host the host that recipients call, on 443.
 */
export function recipientsListenerTables(host: string, { keystore, truststore }: Stores) {
  const at = (path: string) => `https://${host}/oauth2/${path}`;
  return {
    oauth: {
      mtls_aliases: { enabled: true, hostname: host },
      endpoints: {
        v2: {
          oauth2_user_info_url: at('userinfo'),
          oauth2_revoke_url: at('revoke'),
          oauth2_introspect_url: at('introspect'),
        },
      },
    },
    custom_transport: {
      // Under another name than this, login redirects go to this port.
      x509: {
        properties: {
          protocol: 'org.apache.coyote.http11.Http11NioProtocol',
          port: recipientsPort,
          scheme: 'https',
          secure: true,
          SSLEnabled: true,
          // "true": who shows no certificate of the truststore's CAs ends at the handshake.
          clientAuth: 'true',
          sslEnabledProtocols: tlsProtocols,
          ciphers: tlsSuites.join(','),
          ...storeProperties('keystore', keystore, secretEnvironment.tlsKeystorePassword),
          keyAlias,
          ...storeProperties('truststore', recipientsStore(truststore), secretEnvironment.truststorePassword),
          // What its URLs would name else is the port above.
          proxyPort: 443,
        },
      },
    },
  };
}

function storeProperties(kind: 'keystore' | 'truststore', { fileName, type }: Store, password: string) {
  return {
    [`${kind}File`]: `\${carbon.home}/repository/resources/security/${fileName}`,
    [`${kind}Pass`]: fromEnvironment(password),
    [`${kind}Type`]: type,
  };
}
