import type { Logger } from 'pino';
import { openPki, type Pki } from '../pki/pki.ts';
import { seal, type UnsignedJwt } from './jwt.ts';
import { serveRecipient } from './recipient.ts';
import { serveRegister } from './register.ts';
import { registrationRequest } from './registration-request.ts';
import { sampleProduct } from './sample-product.ts';
import { type SoftwareProduct, softwareStatement } from './software-statement.ts';
import { type StatusChange, statusList } from './status-list.ts';
import { listen, type TlsListener, tlsListener, urlOf } from './tls-listener.ts';

export interface RegisterOptions {
  /** The directory that `createPki` filled. */
  readonly pki: string;
  /** 0 takes any free port. */
  readonly registerPort: number;
  readonly recipientPort: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** What others call them by, where that is not localhost and the port: statements and metadata name it. */
  readonly registerUrl?: string;
  readonly recipientUrl?: string;
  /** The audience of registration requests that name none. */
  readonly dataHolderIssuer?: string;
  readonly logger?: Logger;
}

export interface RunningRegister {
  readonly registerUrl: string;
  readonly recipientUrl: string;
  readonly pki: Pki;
  /** The one software product that this Register knows. */
  readonly product: SoftwareProduct;
  /** A fresh, valid request by the recipient with its statement, both unsigned: for mutations. `seal` it to send it. */
  request(audience: string): UnsignedJwt;
  /** Changes what the status lists say, and with it whether statements are issued. */
  setStatus(change: StatusChange): void;
  /** How often a path (of either listener, as in the route: `/jwks`) was asked for. */
  requests(path: string): number;
  close(): Promise<void>;
}

/**
 * Starts the Register and the recipient, each on a TLS listener of its own.
 * @throws Error when the PKI is incomplete or a port is in use; then nothing listens.
 */
export async function startRegister(options: RegisterOptions): Promise<RunningRegister> {
  const pki = await openPki(options.pki);
  const { registerSigning, recipientSigning } = pki.signers;
  const register = tlsListener(pki.parties.register, options.logger);
  const recipient = tlsListener(pki.parties.recipient, options.logger);
  const listeners = [register, recipient];
  const close = async () => void (await Promise.all(listeners.map((listener) => listener.close())));

  // Addresses are known only once both listen.
  const recipientUrl = () => options.recipientUrl ?? urlOf(recipient);
  const product = () => sampleProduct(recipientUrl());
  const statuses = statusList(product);
  const statement = () => (statuses.isActive() ? seal(softwareStatement(product(), registerSigning)) : undefined);
  const { dataHolderIssuer, host = '127.0.0.1' } = options;

  const requests = countRequests(listeners);
  serveRegister(register, { pki, product, statuses });
  serveRecipient(recipient, {
    key: recipientSigning,
    product,
    statement,
    ...(dataHolderIssuer && { dataHolderIssuer }),
  });
  try {
    await listen(register, 'Register', host, options.registerPort);
    await listen(recipient, 'recipient', host, options.recipientPort);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    registerUrl: options.registerUrl ?? urlOf(register),
    recipientUrl: recipientUrl(),
    pki,
    product: product(),
    request(audience) {
      const { softwareId, redirectUris } = product();
      const unsigned = softwareStatement(product(), registerSigning);
      return registrationRequest({ softwareId, redirectUris, statement: unsigned, audience }, recipientSigning);
    },
    setStatus: statuses.set,
    requests,
    close,
  };
}

function countRequests(listeners: readonly TlsListener[]): (path: string) => number {
  const counts = new Map<string, number>();
  for (const listener of listeners) {
    listener.addHook('onRequest', async ({ routeOptions: { url = '' } }) => {
      counts.set(url, (counts.get(url) ?? 0) + 1);
    });
  }
  return (path) => counts.get(path) ?? 0;
}
