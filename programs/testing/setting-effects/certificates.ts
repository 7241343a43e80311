import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleCertificates } from '../sample-certificates.ts';
import { issuedByCertManager } from '../sample-settings.ts';
import type { Effect, Effects } from './effect.ts';
import { anotherJob, pods, servers, toml } from './rendered-lines.ts';

const { cdrRoot, cdrIssuing, platform, other } = sampleCertificates;
const keystore = Buffer.from('another').toString('base64');
const annotations = (part: string) => `Deployment ${part} spec.template.metadata.annotations`;

const { certificates: _, ...withCertManager } = issuedByCertManager;
/** Of a server that reads its certificate as it starts, which a Secret of cert-manager's holds. */
const issuedKeystore = (part: string) => [
  `+ Certificate ${part}`,
  `- Secret ${part}-keystore`,
  `${annotations(part)}.cdr-stack/certificate = 2026-11-01T00:00:00Z/2027-01-30T00:00:00Z`,
  `${pods(part)}.initContainers.prepare.env.KEYSTORE_SOURCE_ALIAS.value = any`,
  `${pods(part)}.volumes.keystore.secret.secretName = ${part}-certificate`,
];
const issuedToDcrService = [
  '+ Certificate dcr-service',
  '- Secret dcr-service-tls',
  `${pods('dcr-service')}.volumes.tls.secret.secretName = dcr-service-certificate`,
];

/** A signing keystore: another one, and none. */
function signingKeystore(part: string): Effect[] {
  return [
    { value: keystore, changes: [`Secret ${part}-signing-keystore data.keystore.p12 = ${keystore}`] },
    {
      value: '',
      changes: [
        `- Secret ${part}-signing-keystore`,
        `${toml(part)}.keystore.internal.* gone`,
        `${toml(part)}.keystore.primary.file_name = wso2carbon.*`,
        `${toml(part)}.keystore.primary.*password = $env{WSO2_TLS_KEYSTORE_PASSWORD}`,
        `${pods(part)}.containers.${part}.env.WSO2_SIGNING_KEYSTORE_PASSWORD.* gone`,
        `${pods(part)}.initContainers.prepare.env.SIGNING_KEYSTORE.* gone`,
        `${pods(part)}.initContainers.prepare.volumeMounts.signing-keystore.* gone`,
        `${pods(part)}.volumes.signing-keystore.* gone`,
        `Secret ${part}-credentials stringData.WSO2_SIGNING_KEYSTORE_PASSWORD gone`,
      ],
    },
  ];
}

/** The identities of the parts, and the CAs that they trust.
 *
 * @param directory for the files that settings name.
 */
export async function certificateEffects(directory: string): Promise<Effects> {
  const trust = join(directory, 'another-trust');
  for (const [file, pem] of [
    ['recipients/recipients-ca.pem', cdrRoot],
    ['servers/servers-ca.pem', other],
  ] as const) {
    await mkdir(join(trust, file, '..'), { recursive: true });
    await writeFile(join(trust, file), pem);
  }
  const readers = ['api-manager', 'dcr-service', 'identity-server'];
  const anotherTrust = [
    ...['cdr-issuing', 'cdr-root'].map((alias) => `ConfigMap trust-recipients data.${alias}.pem gone`),
    'ConfigMap trust-servers data.platform-ca.pem gone',
    `ConfigMap trust-recipients data.recipients-ca.pem = ${cdrRoot}`,
    `ConfigMap trust-servers data.servers-ca.pem = ${other}`,
    `ConfigMap dcr-service-trust data.gateway.pem = ${cdrRoot}`,
    `ConfigMap dcr-service-trust data.recipients.pem = ${cdrRoot}`,
    `ConfigMap dcr-service-trust data.servers.pem = ${other}${cdrRoot}`,
    ...readers.flatMap((part) =>
      ['recipients', 'servers'].map((set) => `${annotations(part)}.cdr-stack/${set}-trust = *`),
    ),
    `outputs trust.recipients = ${cdrRoot}`,
    `outputs trust.servers = ${other}${cdrRoot}`,
  ];
  return {
    certificates: [
      {
        value: 'certManager',
        with: withCertManager,
        changes: [
          ...issuedKeystore('api-manager'),
          ...issuedKeystore('identity-server'),
          ...issuedToDcrService,
          '+ Secret certificates-keystore-password',
          `ConfigMap dcr-service-trust data.gateway.pem = ${platform}`,
        ],
      },
      {
        // The gateway shows recipients a certificate of the CDR's CA, which is given.
        in: 'deployed',
        value: 'certManager',
        with: {
          certificateIssuer: 'Issuer/own',
          identityServerKeystore: '',
          dcrServiceCertificate: '',
          dcrServiceKey: '',
          postgresCertificate: '',
          postgresKey: '',
        },
        changes: [
          ...issuedKeystore('identity-server'),
          ...issuedToDcrService,
          '+ Certificate database',
          '+ Secret certificates-keystore-password',
          '- Secret database-tls',
          `${annotations('database')}.cdr-stack/certificate = *`,
          `${pods('database')}.volumes.tls.secret.secretName = database-certificate`,
        ],
      },
    ],
    certificateIssuer: [
      {
        in: 'certManager',
        value: 'Issuer.pki.example/own',
        changes: ['api-manager', 'dcr-service', 'identity-server'].flatMap((part) => [
          `Certificate ${part} spec.issuerRef.group = pki.example`,
          `Certificate ${part} spec.issuerRef.kind = Issuer`,
          `Certificate ${part} spec.issuerRef.name = own`,
        ]),
      },
    ],
    apiManagerKeystore: [
      { value: keystore, changes: [`Secret api-manager-keystore data.keystore.p12 = ${keystore}`] },
      {
        in: 'certManager',
        value: keystore,
        with: { gatewayCertificateIssuer: 'recipients' },
        changes: [
          '+ Secret api-manager-keystore',
          '- Certificate api-manager',
          `ConfigMap dcr-service-trust data.gateway.pem = ${cdrIssuing}${cdrRoot}`,
          `${annotations('api-manager')}.cdr-stack/certificate gone`,
          `${pods('api-manager')}.initContainers.prepare.env.KEYSTORE_SOURCE_ALIAS.* gone`,
          `${pods('api-manager')}.volumes.keystore.secret.secretName = api-manager-keystore-*`,
        ],
      },
    ],
    identityServerKeystore: [
      { value: keystore, changes: [`Secret identity-server-keystore data.keystore.p12 = ${keystore}`] },
    ],
    apiManagerSigningKeystore: signingKeystore('api-manager'),
    identityServerSigningKeystore: signingKeystore('identity-server'),
    dcrServiceCertificate: [
      { value: cdrRoot, changes: [`Secret dcr-service-tls stringData.tls.crt = ${cdrRoot.trim()}`] },
    ],
    dcrServiceKey: [
      {
        value: '-----BEGIN PRIVATE KEY-----\nanother\n-----END PRIVATE KEY-----',
        changes: ['Secret dcr-service-tls stringData.tls.key = *another*'],
      },
    ],
    trustDirectory: [
      { value: trust, changes: anotherTrust },
      {
        // Its own PostgreSQL has a certificate of the servers' CAs, too.
        in: 'deployed',
        value: trust,
        changes: [
          ...anotherTrust,
          ...servers.flatMap((part) => [
            `ConfigMap ${part}-schema-init data.database-ca.pem = ${other}`,
            anotherJob(`${part}-schema`),
          ]),
          `ConfigMap dcr-service-trust data.database-ca.pem = ${other}`,
        ],
      },
    ],
    gatewayCertificateIssuer: [
      { value: 'servers', changes: [`ConfigMap dcr-service-trust data.gateway.pem = ${platform}`] },
      {
        in: 'loadBalancer',
        value: 'servers',
        changes: [
          `ConfigMap dcr-service-trust data.gateway.pem = ${platform}`,
          `Secret portals-trust stringData.ca.crt = ${platform}`,
        ],
      },
    ],
  };
}
