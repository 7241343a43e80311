import { getCiphers } from 'node:tls';
import { type Offer, shakeHands } from '../../scripts/audit/handshake.ts';

/** What a listener speaks. */
export interface Spoken {
  /** Protocol and suite by OpenSSL's names, such as `TLSv1.2 ecdhe-rsa-aes128-gcm-sha256`; empty where it does not speak TLS. */
  taken: string[];
  /** Those of them that BCP 195 (RFC 9325, sections 3.1.1 and 4.2) does not recommend. */
  weak: string[];
}

type Range = [lowest: Offer['minVersion'], highest: Offer['maxVersion']];

const protocols = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
const recommended = /^TLSv1\.2 ecdhe-(rsa|ecdsa)-aes(128|256)-gcm-|^TLSv1\.3 /;

/** Offers a listener every protocol with every suite that this OpenSSL knows, one at a time. */
export async function tlsOf(host: string, port: number): Promise<Spoken> {
  if (!(await takes(host, port, ['TLSv1', 'TLSv1.3']))) return { taken: [], weak: [] };
  const spoken: Offer['minVersion'][] = [];
  for (const protocol of protocols) {
    if (await takes(host, port, [protocol, protocol])) spoken.push(protocol);
  }
  const taken: string[] = [];
  for (const protocol of spoken) {
    const suites = getCiphers().filter((suite) => suite.startsWith('tls_') === (protocol === 'TLSv1.3'));
    // One after the other: some listeners end connections that come in numbers.
    for (const suite of suites) {
      if (await takes(host, port, [protocol, protocol], suite)) taken.push(`${protocol} ${suite}`);
    }
  }
  return { taken, weak: taken.filter((one) => !recommended.test(one)) };
}

async function takes(host: string, port: number, [minVersion, maxVersion]: Range, suite?: string): Promise<boolean> {
  // OpenSSL reads names in capitals only.
  const offer: Offer = { minVersion, maxVersion, ...(suite !== undefined && { ciphers: suite.toUpperCase() }) };
  return (await shakeHands(host, port, offer)).outcome === 'taken';
}
