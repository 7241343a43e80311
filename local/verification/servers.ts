import { Agent } from 'node:https';
import { rootCertificates } from 'node:tls';

export interface Account {
  username: string;
  password: string;
}

/** A server to check, with the account to use. */
export interface AskedServer {
  url: string;
  account: Account;
  /** Of API Manager: where its SOAP services are, where that is a secret. Recordings show the default, `services`. */
  servicePath?: string | undefined;
  /** Such as `4.2.0` or `4.7-prerelease`. */
  version: string;
}

/** The servers that are asked; one of them at least is there. */
export interface Servers {
  apiManager: AskedServer | undefined;
  identityServer: AskedServer | undefined;
  /** Verifies every certificate; there is no way around that. */
  agent: Agent;
}

/** `ca` is a PEM bundle that is trusted beside the public authorities. */
export const verifyingAgent = (ca: string | undefined): Agent =>
  new Agent({ keepAlive: true, maxSockets: 8, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) });
