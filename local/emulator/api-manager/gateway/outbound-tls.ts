import { Agent } from 'node:https';
import type { ServerHome } from '../../server-home.ts';
import { readKeystore, readTruststore } from '../../stores.ts';

/**
 * How the gateway connects to endpoints and key managers: it trusts the certificates of `[truststore]` and no others,
 * and presents the certificate of `[keystore.tls]` to servers that request one. Both stores are read once, now.
 */
export function openOutboundTls(home: ServerHome): Agent {
  const { key, chain } = readTlsKeystore(home);
  const trusted = readTruststore(
    home.file('repository', 'resources', 'security', home.required('truststore.file_name')),
    home.required('truststore.type'),
    home.required('truststore.password'),
  );
  const verifier = home.setting<string>('transport.passthru_https.sender.parameters.HostnameVerifier');
  return new Agent({
    keepAlive: true,
    minVersion: 'TLSv1.2',
    key,
    cert: chain.join('\n'),
    ca: trusted.map(({ pem }) => pem),
    // Java takes any certificate in a truststore as an anchor, not roots alone.
    allowPartialTrustChain: true,
    ...(verifier === 'AllowAll' ? { checkServerIdentity: () => undefined } : {}),
  });
}

/** The gateway's own key: of its listener, and towards endpoints. */
export function readTlsKeystore(home: ServerHome): { key: string; chain: string[] } {
  return readKeystore(
    home.file('repository', 'resources', 'security', home.required('keystore.tls.file_name')),
    home.required('keystore.tls.type'),
    home.required('keystore.tls.password'),
    home.required('keystore.tls.alias'),
  );
}
