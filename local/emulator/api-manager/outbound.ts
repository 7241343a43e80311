import { X509Certificate } from 'node:crypto';
import { Agent } from 'node:https';
import axios from 'axios';
import type { TrustEntry } from '../stores.ts';

export interface OutboundRequest {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  url: string;
  basic?: { username: string; password: string };
  /** Sent as JSON, or as a form when it is URLSearchParams. */
  body?: unknown;
}

export interface OutboundAnswer {
  status: number;
  /** Parsed when it was JSON. */
  body: unknown;
}

/** Calls to other servers; their trusted certificates were read from `[truststore]` once, at the start. */
export interface Outbound {
  /** Resolves for every HTTP status; rejects when there was no answer, an untrusted certificate included. */
  call(request: OutboundRequest): Promise<OutboundAnswer>;
  close(): void;
}

export function openOutbound(trust: readonly TrustEntry[]): Outbound {
  // As in Java, any certificate in the truststore is an anchor, be it a root or not.
  const agent = new Agent({ ca: trust.map((entry) => entry.pem), allowPartialTrustChain: true, keepAlive: false });
  return {
    async call({ method, url, basic, body }) {
      const answer = await axios.request<unknown>({
        method,
        url,
        httpsAgent: agent,
        proxy: false,
        timeout: 10_000,
        maxRedirects: 0,
        validateStatus: () => true,
        ...(basic === undefined ? {} : { auth: basic }),
        ...(body === undefined ? {} : { data: body }),
      });
      return { status: answer.status, body: answer.data };
    },
    close: () => agent.destroy(),
  };
}

/**
 * Whether a server that trusts `trust` would accept the certificate chain that it shows itself. Its components talk to
 * each other over TLS (data bridge, artifact synchroniser): where it does not, no API ever reaches the gateway.
 */
export function trustsOwnCertificate(trust: readonly TrustEntry[], ownChain: readonly string[]): boolean {
  return ownChain
    .map((pem) => new X509Certificate(pem))
    .some((certificate) =>
      trust.some(
        (entry) =>
          entry.certificate.fingerprint256 === certificate.fingerprint256 ||
          (certificate.checkIssued(entry.certificate) && certificate.verify(entry.certificate.publicKey)),
      ),
    );
}
