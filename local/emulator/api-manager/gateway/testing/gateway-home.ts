import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'smol-toml';
import { splitBundle } from '../../../../../pki/pem.ts';
import { pkcs12Keystore, pkcs12Truststore } from '../../../../../pki/pkcs12.ts';
import { temporaryDirectory } from '../../../../../programs/testing/temporary-directory.ts';
import type { Pki } from '../../../../pki/pki.ts';
import { openServerHome, type ServerHome } from '../../../server-home.ts';

const STAND_IN = fileURLToPath(new URL('../../home', import.meta.url));
const failureSequences = fileURLToPath(new URL('../../../../../programs/init/failure-sequences.sh', import.meta.url));
const PASSWORD = 'password of the stores';
export const CERTIFICATE_HANDLER =
  '<handler class="org.wso2.carbon.apimgt.gateway.handlers.common.MutualSSLCertificateHandler"/>';

/** Differences from the home that provisioning needs. */
export interface GatewayHome {
  offset?: number;
  /** Text of the API template's `<handlers>`, before the product's own; default: the certificate handler. */
  firstHandlers?: string;
  /** Whom the listener trusts (PEM); default: the CDR's root. */
  recipients?: string[];
  /** Whom the gateway trusts on its way out (PEM); default: the platform's CA. */
  servers?: string[];
  verifyClient?: 'require' | 'optional';
  oauth?: Record<string, boolean>;
  mutualSsl?: Record<string, unknown>;
  /** Whether the init step has changed what answers to who is refused. */
  ownChallenges?: true;
  /** Whether `application/jwt` can be read. */
  jwtBuilder?: boolean;
}

/** Lays a home of API Manager out of the stand-in templates, as the init steps would leave it. */
export function gatewayHome(pki: Pki, changes: GatewayHome = {}): ServerHome {
  const home = temporaryDirectory();
  cpSync(STAND_IN, home, { recursive: true });
  const file = (...segments: string[]) => join(home, 'repository', ...segments);
  mkdirSync(file('conf'), { recursive: true });
  mkdirSync(file('resources', 'security'), { recursive: true });

  replaceIn(file('resources', 'api_templates', 'velocity_template.xml'), '#foreach( $handler', (anchor) =>
    [changes.firstHandlers ?? CERTIFICATE_HANDLER, anchor].join('\n'),
  );
  const profile = ['resources', 'conf', 'templates', 'repository', 'resources', 'security', 'listenerprofiles.xml.j2'];
  replaceIn(file(...profile), '{{truststore.file_name}}', () => 'recipients-truststore.p12');

  const { certificate, key } = pki.parties.gateway;
  const stores = {
    'wso2carbon.p12': pkcs12Keystore({ alias: 'wso2carbon', key, chain: splitBundle(certificate) }, PASSWORD),
    'client-truststore.p12': truststore(changes.servers ?? [pki.authorities.platform.certificate]),
    'recipients-truststore.p12': truststore(changes.recipients ?? [pki.authorities.cdrRoot.certificate]),
  };
  for (const [name, content] of Object.entries(stores)) writeFileSync(file('resources', 'security', name), content);
  writeFileSync(file('conf', 'deployment.toml'), deploymentToml(changes));
  const sequences = file('deployment', 'server', 'synapse-configs', 'default', 'sequences');
  if (changes.ownChallenges) execFileSync('sh', [failureSequences, sequences]);
  return openServerHome(home, { STORE_PASSWORD: PASSWORD });
}

function truststore(pems: string[]): Buffer {
  return pkcs12Truststore(
    pems.flatMap(splitBundle).map((pem, index) => ({ alias: `ca-${index}`, pem })),
    PASSWORD,
  );
}

function deploymentToml(changes: GatewayHome): string {
  const store = { type: 'PKCS12', password: '$env{STORE_PASSWORD}' };
  const jwt = [{ class: 'org.apache.axis2.format.PlainText', content_type: 'application/jwt' }];
  return stringify({
    server: { hostname: 'localhost', offset: changes.offset ?? 0 },
    keystore: {
      tls: { ...store, file_name: 'wso2carbon.p12', alias: 'wso2carbon', key_password: '$env{STORE_PASSWORD}' },
      listener_profile: { ssl_verify_client: changes.verifyClient ?? 'require' },
    },
    truststore: { ...store, file_name: 'client-truststore.p12' },
    apimgt: { mutual_ssl: { enable_client_validation: true, ...changes.mutualSsl } },
    apim: {
      oauth_config: {
        enable_outbound_auth_header: true,
        enable_certificate_bound_access_token: true,
        ...changes.oauth,
      },
    },
    ...(changes.jwtBuilder === false ? {} : { custom_message_builders: jwt, custom_message_formatters: jwt }),
  });
}

function replaceIn(file: string, searched: string, replacement: (searched: string) => string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(searched, replacement));
}
