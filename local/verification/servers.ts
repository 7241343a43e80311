import { Agent } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { Generation } from './generation.ts';

export interface Account {
  username: string;
  password: string;
}

/** The servers that are asked, and as whom. */
export interface Servers {
  apiManager: { url: string; account: Account };
  identityServer: { url: string; account: Account } | undefined;
  generation: Generation;
  /** Verifies every certificate; there is no way around that. */
  agent: Agent;
}

/** `ca` is a PEM bundle that is trusted beside the public authorities. */
export const verifyingAgent = (ca: string | undefined): Agent =>
  new Agent({ keepAlive: true, maxSockets: 8, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) });
