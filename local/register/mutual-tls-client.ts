import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import axios, { type AxiosInstance } from 'axios';

/** A key and certificate that a caller shows, and the CAs that it trusts. */
export interface TlsIdentity {
  cert?: string;
  key?: string;
  ca: string;
}

/** The identity of a party of the local PKI, by the name of its files: `recipient`, `gateway`, `foreign`; null for no certificate. */
export function identityFromPki(pki: string, party: string | null, ca: string): TlsIdentity {
  if (party === null) return { ca };
  return {
    cert: readFileSync(join(pki, `${party}.pem`), 'utf8'),
    key: readFileSync(join(pki, `${party}.key`), 'utf8'),
    ca,
  };
}

/** Has an agent reach hosts that TCP does not lead to: Services of a cluster, say. */
export type Tunnel = (agent: Agent) => Agent;

/** Longest time that one call may take, in milliseconds. */
const timeout = 15_000;

/**
 * An HTTP client over mutual TLS that hands every status back to its caller. Its connections stay open until its agent
 * (`defaults.httpsAgent`) is destroyed.
 */
export function mutualTlsClient(identity: TlsIdentity, tunnel: Tunnel = (agent) => agent): AxiosInstance {
  return axios.create({
    httpsAgent: tunnel(new Agent({ ...identity, keepAlive: true })),
    timeout,
    proxy: false,
    maxRedirects: 0,
    validateStatus: () => true,
  });
}
