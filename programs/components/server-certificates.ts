import type { Input, Output } from '@pulumi/pulumi';
import { given } from '../given-setting.ts';
import type { Settings } from '../settings.ts';
import { Certificates, type IssuedCertificate } from './certificates.ts';

/** A server's certificate with its chain and the key, PEM; or the Secret of cert-manager with them. */
export type TlsFiles = { certificate: string; key: Output<string> } | IssuedCertificate;

/** A server's PKCS#12 keystore, base64; or the Secret of cert-manager with it. */
export type Keystore = Output<string> | IssuedCertificate;

/** What each server shows by TLS. */
export interface ServerCertificates {
  apiManager: Keystore;
  identityServer: Keystore;
  dcrService: TlsFiles;
  /** Of a PostgreSQL that the stack runs with TLS. */
  database: TlsFiles | undefined;
}

/** The certificates that the settings give, or that cert-manager issues where they say so. */
export function openCertificates(namespace: Input<string>, settings: Settings): ServerCertificates {
  const { certificateIssuer: issuer, storePassword, postgresCertificate, postgresKey } = settings;
  if (issuer !== undefined) {
    const issued = new Certificates('certificates', { namespace, issuer, storePassword, settings });
    const { identityServer, dcrService, database } = issued;
    return {
      apiManager: issued.apiManager ?? given(settings, 'apiManagerKeystore'),
      identityServer,
      dcrService,
      database,
    };
  }
  return {
    apiManager: given(settings, 'apiManagerKeystore'),
    identityServer: given(settings, 'identityServerKeystore'),
    dcrService: { certificate: given(settings, 'dcrServiceCertificate'), key: given(settings, 'dcrServiceKey') },
    database: postgresCertificate && postgresKey ? { certificate: postgresCertificate, key: postgresKey } : undefined,
  };
}
