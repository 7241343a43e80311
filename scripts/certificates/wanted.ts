import { z } from 'zod';
import type { CertificateProfile } from '../../pki/issue-certificate.ts';
import { InvocationError } from '../engine/errors.ts';
import type { StackSettings } from './stack-settings.ts';

/** A key with a certificate that a stack's settings are to hold. */
export interface WantedCertificate {
  /** The setting with the PKCS#12 keystore, or those with certificate and key in PEM form. */
  place: { keystore: string } | { certificate: string; key: string };
  profile: CertificateProfile;
  /** The key signs tokens: no client checks the certificate's issuer, and it is never renewed automatically. */
  signing: boolean;
}

/** What a stack's settings are to hold, and what not, with the reason. */
export interface Wanted {
  certificates: WantedCertificate[];
  others: { setting: string; reason: string }[];
}

const names = z.array(z.string());

/**
 * What a stack needs that its settings do not leave to cert-manager or to the CDR's CA.
 *
 * @throws {InvocationError} when gatewayCertificateNames is no list.
 */
export function wantedCertificates(settings: Pick<StackSettings, 'get'>): Wanted {
  const signing = [signer('apiManager', 'api-manager'), signer('identityServer', 'identity-server')];
  if (settings.get('certificates') === 'certManager') {
    const reason = 'cert-manager issues it in the cluster';
    return { certificates: signing, others: [{ setting: 'every certificate of TLS', reason }] };
  }
  const ofCdr = settings.get('gatewayCertificateIssuer') !== 'servers';
  const gateway: WantedCertificate = {
    place: { keystore: 'apiManagerKeystore' },
    // API Manager has one key for its listeners and towards back ends that ask for a certificate.
    profile: profile('api-manager', [
      ...instanceNames(settings),
      ...gatewayNames(settings),
      settings.get('gatewayHost'),
      settings.get('portalHost'),
      // The portals' log-in pages call their server by this name.
      'localhost',
    ]),
    signing: false,
  };
  const hasDatabase = settings.get('database') === 'deployed' && settings.get('databaseTls') === 'verify';
  return {
    certificates: [
      ...(ofCdr ? [] : [gateway]),
      {
        place: { keystore: 'identityServerKeystore' },
        profile: profile('identity-server', [settings.get('identityHost'), settings.get('recipientHost')]),
        signing: false,
      },
      {
        place: { certificate: 'dcrServiceCertificate', key: 'dcrServiceKey' },
        profile: profile('dcr-service'),
        signing: false,
      },
      ...(hasDatabase
        ? [
            {
              place: { certificate: 'postgresCertificate', key: 'postgresKey' },
              profile: profile('database'),
              signing: false,
            },
          ]
        : []),
      ...signing,
    ],
    others: ofCdr
      ? [
          {
            setting: 'apiManagerKeystore',
            reason: "the CDR's CA issues it, as gatewayCertificateIssuer says; without one set that to servers",
          },
        ]
      : [],
  };
}

function signer(server: 'apiManager' | 'identityServer', commonName: string): WantedCertificate {
  return {
    place: { keystore: `${server}SigningKeystore` },
    profile: { commonName: `${commonName} signing`, purposes: [] },
    signing: true,
  };
}

function profile(service: string, publicNames: readonly (string | undefined)[] = []): CertificateProfile {
  const dnsNames = new Set([service, ...publicNames.filter((name) => name !== undefined)]);
  return { commonName: service, purposes: ['server', 'client'], dnsNames: [...dnsNames] };
}

/** Two API Managers have one certificate, and a name each. */
function instanceNames(settings: Pick<StackSettings, 'get'>): string[] {
  return Number(settings.get('apiManagerInstances') ?? 1) > 1 ? ['api-manager-1', 'api-manager-2'] : [];
}

function gatewayNames(settings: Pick<StackSettings, 'get'>): string[] {
  try {
    return names.parse(JSON.parse(settings.get('gatewayCertificateNames') ?? '[]'));
  } catch {
    throw new InvocationError('gatewayCertificateNames must be a list of DNS names: see docs/settings.md.');
  }
}
