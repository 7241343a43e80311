import { z } from 'zod';
import { keystore, oneOf, optionalSecret, pemCertificate, privateKey, unlessEmpty } from './setting-types.ts';

/** An issuer of cert-manager: its kind, with the group where that is not cert-manager's own, and its name. */
const issuer = z
  .string()
  .regex(
    /^[A-Z][A-Za-z]*(\.[a-z0-9][-.a-z0-9]*)?\/[a-z0-9][-.a-z0-9]*$/,
    'must be kind/name of an issuer of cert-manager, for example ClusterIssuer/internal-ca',
  )
  .transform((reference) => {
    const [kindAndGroup = '', name = ''] = reference.split('/');
    const [kind = '', ...group] = kindAndGroup.split('.');
    return { kind, group: group.join('.') || 'cert-manager.io', name };
  });

/** Keys and certificates of a stack's servers; those of a deployed PostgreSQL are among the settings of databases. */
export const certificateSettings = {
  certificates: oneOf(['given', 'certManager']),
  certificateIssuer: unlessEmpty(issuer),
  apiManagerKeystore: optionalSecret(keystore('API Manager')),
  identityServerKeystore: optionalSecret(keystore('Identity Server')),
  apiManagerSigningKeystore: optionalSecret(keystore('API Manager')),
  identityServerSigningKeystore: optionalSecret(keystore('Identity Server')),
  dcrServiceCertificate: unlessEmpty(pemCertificate('dcr-service')),
  dcrServiceKey: optionalSecret(privateKey('dcr-service')),
};

const schema = z.object(certificateSettings);

/** The settings of keys and certificates, checked one by one. */
export type CertificateSettings = z.output<typeof schema>;

const given = {
  apiManagerKeystore: "API Manager's PKCS#12 keystore in base64",
  identityServerKeystore: "Identity Server's PKCS#12 keystore in base64",
  dcrServiceCertificate: "dcr-service's certificate in PEM form",
  dcrServiceKey: "dcr-service's private key in PEM form",
} as const;

/**
 * Missing or superfluous keys and certificates. It checks the raw configured values, so that these faults are reported together with those
 * of other settings.
 */
export function certificateFaults(configured: Readonly<Record<string, string | undefined>>): string[] {
  if (configured.certificates === 'certManager') return faultsWithCertManager(configured);
  return [
    ...(configured.certificateIssuer
      ? ['certificateIssuer is set, but certificates is given: set that to certManager, or leave this empty.']
      : []),
    ...Object.entries(given).flatMap(([key, what]) =>
      configured[key] ? [] : [`${key} is not set: give ${what}, or let npm run certificates issue it.`],
    ),
  ];
}

function faultsWithCertManager(configured: Readonly<Record<string, string | undefined>>): string[] {
  // The certificate that recipients see may have to come from the CDR's CA, which cert-manager cannot use.
  const gatewayIsIssued = configured.gatewayCertificateIssuer === 'servers';
  const issued = [...Object.keys(given), 'postgresCertificate', 'postgresKey'].filter(
    (key) => gatewayIsIssued || key !== 'apiManagerKeystore',
  );
  return [
    ...(configured.certificateIssuer
      ? []
      : ['certificateIssuer is not set: name the issuer of cert-manager, for example ClusterIssuer/internal-ca.']),
    ...issued
      .filter((key) => configured[key])
      .map((key) => `${key} is set, but certificates is certManager, which issues it: pulumi config rm ${key}.`),
    ...(gatewayIsIssued || configured.apiManagerKeystore
      ? []
      : [
          "apiManagerKeystore is not set: the CDR's CA issues it, as gatewayCertificateIssuer says; give it, or set that to servers.",
        ]),
    ...['apiManagerSigningKeystore', 'identityServerSigningKeystore']
      .filter((key) => !configured[key])
      .map(
        (key) =>
          `${key} is not set: cert-manager exchanges keys of TLS, so tokens are signed with another; npm run certificates makes it.`,
      ),
  ];
}
