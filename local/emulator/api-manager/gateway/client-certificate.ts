import { X509Certificate } from 'node:crypto';
import type { ServerHome } from '../../server-home.ts';
import type { TrustEntry } from '../../stores.ts';
import type { TransportHeaders } from './transport-headers.ts';

/** What decides whether a certificate in a header is believed (`[apimgt.mutual_ssl]`). */
export interface CertificateForwarding {
  header: string;
  enableClientValidation: boolean;
  /** Whether an edge URL-encodes the PEM that it sends. */
  clientCertificateEncode: boolean;
  listenerTrust: TrustEntry[];
}

export function certificateForwarding(home: ServerHome, listenerTrust: TrustEntry[]): CertificateForwarding {
  return {
    header: home.setting<string>('apimgt.mutual_ssl.certificate_header') ?? 'X-WSO2-CLIENT-CERTIFICATE',
    enableClientValidation: home.setting<boolean>('apimgt.mutual_ssl.enable_client_validation') ?? true,
    clientCertificateEncode: home.setting<boolean>('apimgt.mutual_ssl.client_certificate_encode') ?? true,
    listenerTrust,
  };
}

/**
 * The certificate of the caller: that of the connection, unless an edge in front of the gateway sends the caller's in the header. The
 * gateway trusts an edge if validation is off, or if the listener's truststore holds exactly the edge's own certificate (carbon-apimgt:
 * handlers.Utils.getClientCertificate).
 */
export function callerCertificate(
  forwarding: CertificateForwarding,
  ofConnection: X509Certificate | undefined,
  headers: TransportHeaders,
): X509Certificate | undefined {
  const claimed = headers.get(forwarding.header);
  if (claimed === undefined) return ofConnection;
  const edge = forwarding.listenerTrust.some(
    ({ certificate }) => certificate.fingerprint256 === ofConnection?.fingerprint256,
  );
  if (forwarding.enableClientValidation && !edge) return ofConnection;
  try {
    return new X509Certificate(forwarding.clientCertificateEncode ? decodeURIComponent(claimed) : claimed);
  } catch {
    return undefined;
  }
}

/**
 * MutualSSLCertificateHandler: takes the caller's header away and puts the certificate there, if there is one, as
 * base64url without padding of its PEM, whose base64 is on one line.
 */
export function forwardCertificate(
  { header }: CertificateForwarding,
  certificate: X509Certificate | undefined,
  headers: TransportHeaders,
): void {
  headers.remove(header);
  if (certificate === undefined) return;
  const pem = `-----BEGIN CERTIFICATE-----\n${certificate.raw.toString('base64')}\n-----END CERTIFICATE-----`;
  headers.set(header, Buffer.from(pem).toString('base64url'));
}
