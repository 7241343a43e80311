import { X509Certificate } from 'node:crypto';
import { type Connect, Wso2Error } from '@cdr-stack/wso2';
import { StepError } from '../engine/errors.ts';
import { watch } from '../engine/step.ts';
import type { Environment } from '../environment.ts';
import { lookAtPeer } from './peer-certificate.ts';

/**
 * Our own connections: API Manager and Identity Server show certificates that the declared CAs vouch for. Stores are the
 * program's to build; where there is none, this says which certificate is missing where.
 */
export const trust = watch<Environment>({
  name: 'trust',
  title: 'Servers trusted',
  needs: [],
  async look({ outputs, connect }) {
    const servers = { 'API Manager': outputs.apiManager.url, 'Identity Server': outputs.identityServer.url };
    const faults = await Promise.all(
      Object.entries(servers).map(([server, url]) => distrustOf(server, url, outputs.trust.servers, connect)),
    );
    const found = faults.filter((fault) => fault !== undefined);
    if (found.length > 0)
      throw new StepError(found.join('\n'), { cause: new Wso2Error('untrusted', found.join('\n')) });
  },
});

async function distrustOf(server: string, url: string, ca: string, connect?: Connect): Promise<string | undefined> {
  const peer = await lookAtPeer(url, ca, connect);
  // No certificate at all: the server is not up yet, which is the next step's to wait for.
  if (!peer?.distrust) return undefined;
  if (peer.distrust === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `${server}'s certificate (${peer.subject}) is not for the host of ${url}: reissue it with that name, or use its name.`;
  }
  return (
    `${server} at ${url} shows a certificate that is not trusted here (${peer.subject}, issued by ${peer.issuer}; ${peer.distrust}). ` +
    `Add the certificate of ${peer.issuer} to trust.servers in the outputs, or to the file given by --ca; it holds: ${subjectsIn(ca)}.`
  );
}

function subjectsIn(pem: string): string {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return certificates.map((one) => new X509Certificate(one).subject.split('\n').join(', ')).join('; ') || 'nothing';
}
