import { CustomResource } from '@pulumi/kubernetes/apiextensions/index.js';
import { Secret } from '@pulumi/kubernetes/core/v1/index.js';
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate, type Output } from '@pulumi/pulumi';
import { apiManagerInstance } from '../addresses.ts';
import type { AvailabilitySettings } from '../availability-settings.ts';
import type { CertificateSettings } from '../certificate-settings.ts';
import type { DatabaseSettings } from '../database-settings.ts';
import type { EdgeSettings } from '../edge-settings.ts';
import { type Part, partLabels } from '../pods/labels.ts';

/** A Secret in which cert-manager keeps a server's key and certificate, always the latest. */
export interface IssuedCertificate {
  /** Its name. In it are tls.crt and tls.key, and keystore.p12 for a server that reads Java stores. */
  secret: Output<string>;
  /**
   * The validity of the certificate, which changes with each renewal. Pods that read the Secret only at start carry it as an
   * annotation.
   */
  validity: Output<string>;
}

export interface CertificatesArgs {
  namespace: Input<string>;
  issuer: NonNullable<CertificateSettings['certificateIssuer']>;
  /** Of the PKCS#12 keystores. */
  storePassword: Output<string>;
  settings: Pick<DatabaseSettings, 'database' | 'databaseTls'> &
    Pick<EdgeSettings, 'gatewayHost' | 'identityHost' | 'recipientHost' | 'portalHost'> &
    Pick<AvailabilitySettings, 'apiManagerInstances'> & {
      gatewayCertificateNames: readonly string[];
      gatewayCertificateIssuer: 'recipients' | 'servers';
    };
}

/** The annotation that shows which certificate a pod was started with. */
export const certificateAnnotation = 'cdr-stack/certificate';

const certManager = 'cert-manager.io/v1';
/** 90 days, of which the last 30 are for `pulumi up` to bring the next certificate to the servers that read it at start only. */
const lives = { duration: '2160h0m0s', renewBefore: '720h0m0s' } as const;

/** The certificates of a stack's servers, by the names by which they call each other, from an issuer of cert-manager. */
export class Certificates extends ComponentResource {
  /** None where recipients are to see a certificate of the CDR's CA. */
  readonly apiManager: IssuedCertificate | undefined;
  readonly identityServer: IssuedCertificate;
  readonly dcrService: IssuedCertificate;
  /** Of a PostgreSQL that the stack runs with TLS. */
  readonly database: IssuedCertificate | undefined;

  constructor(name: string, args: CertificatesArgs, options?: ComponentResourceOptions) {
    super('cdr-stack:programs:Certificates', name, {}, options);
    const { settings, namespace, storePassword } = args;
    const password = new Secret(
      `${name}-keystore-password`,
      {
        metadata: { namespace, labels: partLabels('certificates') },
        immutable: true,
        type: 'Opaque',
        stringData: { password: storePassword },
      },
      { parent: this },
    );
    const keystores = {
      pkcs12: {
        create: true,
        // Without it the encryption would be one that newer Java does not read.
        profile: 'Modern2023',
        passwordSecretRef: { name: password.metadata.name, key: 'password' },
      },
    };
    const { gatewayCertificateNames, gatewayHost, portalHost, apiManagerInstances } = settings;
    // Two have one certificate, and a name each.
    const instances = apiManagerInstances === 1 ? [] : [1, 2].map(apiManagerInstance);
    const publicNames = [...gatewayCertificateNames, gatewayHost, portalHost];
    // The portals' log-in pages call their server by the name localhost.
    const apiManagerNames = [...instances, ...publicNames, 'localhost'];
    this.apiManager =
      settings.gatewayCertificateIssuer === 'servers'
        ? issue(this, args, 'api-manager', apiManagerNames, { keystores })
        : undefined;
    this.identityServer = issue(this, args, 'identity-server', [settings.identityHost, settings.recipientHost], {
      keystores,
    });
    this.dcrService = issue(this, args, 'dcr-service');
    this.database =
      settings.database === 'deployed' && settings.databaseTls === 'verify' ? issue(this, args, 'database') : undefined;
    this.registerOutputs({});
  }
}

function issue(
  parent: ComponentResource,
  { namespace, issuer }: CertificatesArgs,
  part: Part,
  publicNames: readonly (string | undefined)[] = [],
  keystores: object = {},
): IssuedCertificate {
  const secretName = `${part}-certificate`;
  const names = new Set([part, ...publicNames.filter((name) => name !== undefined)]);
  const certificate = new CustomResource(
    part,
    {
      apiVersion: certManager,
      kind: 'Certificate',
      metadata: {
        name: part,
        namespace,
        labels: partLabels(part),
        annotations: { 'pulumi.com/waitFor': 'condition=Ready', 'pulumi.com/timeoutSeconds': '300' },
      },
      spec: {
        secretName,
        secretTemplate: { labels: partLabels(part) },
        issuerRef: issuer,
        commonName: part,
        dnsNames: [...names, interpolate`${part}.${namespace}.svc`],
        ...lives,
        privateKey: { algorithm: 'RSA', size: 2048, encoding: 'PKCS8', rotationPolicy: 'Always' },
        // API Manager is a client with it, too: dcr-service asks for its certificate.
        usages: ['digital signature', 'key encipherment', 'server auth', 'client auth'],
        ...keystores,
      },
    },
    { parent },
  );
  const issued = new CertificateAsIssued(`${part}-as-issued`, certificate, { parent });
  return {
    // Derived from the Certificate, so that dependants wait until the Secret exists.
    secret: certificate.id.apply(() => secretName),
    validity: issued.status.apply(({ notBefore, notAfter }) => `${notBefore}/${notAfter}`),
  };
}

/**
 * A Certificate as it is in the cluster now: Pulumi reads it at each `pulumi up` and preview, and so learns of renewals. Reading the Secret
 * instead would put the private key into Pulumi's state.
 */
class CertificateAsIssued extends CustomResource {
  declare readonly status: Output<{ notBefore: string; notAfter: string }>;

  constructor(name: string, certificate: CustomResource, options: ComponentResourceOptions) {
    // Its id is unknown in the preview that makes the Certificate: then nothing is read.
    super(
      name,
      { apiVersion: certManager, kind: 'Certificate', status: undefined },
      { ...options, id: certificate.id },
    );
  }
}
