import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from './effect.ts';
import { toml } from './rendered-lines.ts';

const place = `\${carbon.home}/repository/resources/security/recipients.crl`;

/** Which listeners look for revoked certificates. */
export async function revocationEffects(directory: string): Promise<Effects> {
  const file = join(directory, 'recipients.crl');
  await writeFile(file, '-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----\n');
  const lists = [
    `${toml('identity-server')}.transport.https.sslHostConfig.properties.certificateRevocationListFile = ${place}`,
    'ConfigMap identity-server-configuration data.recipients.crl = *',
  ];
  return {
    gatewayRevocation: [
      {
        value: 'true',
        changes: [
          `${toml('api-manager')}.transport.passthru_https.listener.cert_revocation_validation.enable = true`,
          `${toml('api-manager')}.transport.passthru_https.listener.cert_revocation_validation.allow_full_cert_chain_validation = false`,
          'NetworkPolicy api-manager spec.egress with {*"port":80,*} = there',
          'NetworkPolicy api-manager spec.egress with {*register*} = there',
          'NetworkPolicy register spec.ingress with {*api-manager*} = there',
        ],
      },
    ],
    identityRevocationLists: [
      { value: file, changes: lists },
      {
        in: 'loadBalancer, hosts apart',
        value: file,
        changes: [...lists, `${toml('identity-server')}.custom_transport.x509.properties.crlFile = ${place}`],
      },
    ],
  };
}
